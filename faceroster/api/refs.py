"""Small forms of people and places inside other answers."""

from __future__ import annotations

from rest_framework import serializers

from faceroster.kiosks.models import Kiosk
from faceroster.people.models import Department, Person, Site


class SiteRef(serializers.ModelSerializer[Site]):
    class Meta:
        model = Site
        fields = ["id", "name"]


class DepartmentRef(serializers.ModelSerializer[Department]):
    class Meta:
        model = Department
        fields = ["id", "name"]


class PersonRef(serializers.ModelSerializer[Person]):
    class Meta:
        model = Person
        fields = ["id", "employee_number", "name"]


class KioskRef(serializers.ModelSerializer[Kiosk]):
    class Meta:
        model = Kiosk
        fields = ["id", "name"]


class Reason(serializers.Serializer[dict[str, str]]):
    """Something that is wrong with a picture: a code for programs, a sentence for people."""

    code = serializers.CharField()
    message = serializers.CharField()
