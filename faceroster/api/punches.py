"""Punches: read them, record one. They are never changed or deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from faceroster.api.base import ApiView
from faceroster.api.refs import KioskRef, PersonRef, SiteRef
from faceroster.attendance import services
from faceroster.attendance.models import Direction, Punch, PunchSource
from faceroster.attendance.selectors import punches_visible_to
from faceroster.people.models import Person, Site
from faceroster.trust.models import Scope, User


class PunchSerializer(serializers.ModelSerializer[Punch]):
    person = PersonRef()
    site = SiteRef()
    kiosk = KioskRef(allow_null=True)
    local_time = serializers.SerializerMethodField(help_text="`at` by the site's clock.")

    class Meta:
        model = Punch
        fields = [
            "id", "person", "site", "at", "local_time", "zone", "day", "direction", "source", "kiosk",
            "note", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_local_time(self, punch: Punch) -> datetime:
        return punch.at.astimezone(ZoneInfo(punch.zone))


class RecordedPunch(PunchSerializer):
    fresh = serializers.BooleanField(
        help_text="False: within the site's debounce time there is this punch already; none was added."
    )

    class Meta(PunchSerializer.Meta):
        fields = [*PunchSerializer.Meta.fields, "fresh"]
        read_only_fields = fields


class MomentField(serializers.DateTimeField):
    """A time as it was given: the offset that is missing is not guessed, but asked for."""

    def enforce_timezone(self, value: datetime) -> datetime:
        return value


class PunchInput(serializers.Serializer[Any]):
    person = serializers.PrimaryKeyRelatedField(queryset=Person.objects.filter(active=True))
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.all())
    at = MomentField(
        required=False, help_text="With its offset from UTC, and not in the future; left out, it is now."
    )
    direction = serializers.ChoiceField(
        choices=Direction.choices, required=False, help_text="Left out, the site's rule tells."
    )
    note = serializers.CharField(max_length=200, required=False)


class PunchFilter(filters.FilterSet):
    day = filters.DateFilter(help_text="This working day of the site.")
    person = filters.UUIDFilter(field_name="person_id")
    department = filters.UUIDFilter(field_name="person__department_id")
    site = filters.UUIDFilter(field_name="site_id")
    direction = filters.ChoiceFilter(choices=Direction.choices)
    source = filters.ChoiceFilter(choices=PunchSource.choices)

    @classmethod
    def get_filters(cls) -> dict[str, filters.Filter]:
        # "from" is a word of the language and cannot be an attribute.
        return {
            "from": filters.DateFilter(field_name="day", lookup_expr="gte", help_text="First working day."),
            "to": filters.DateFilter(field_name="day", lookup_expr="lte", help_text="Last working day."),
            **super().get_filters(),
        }


@extend_schema_view(
    list=extend_schema(summary="List punches, oldest first"),
    retrieve=extend_schema(summary="Read one punch"),
)
class PunchViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiView, GenericViewSet[Punch]):
    """Who came and who went. Managers see the people of their departments."""

    read_scope = Scope.PUNCHES_READ
    write_scope = Scope.PUNCHES_WRITE
    rights = {"POST": "attendance.add_punch"}
    serializer_class = PunchSerializer
    filterset_class = PunchFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Punch]:
        return (
            punches_visible_to(self.request.user)
            .select_related("person", "site", "kiosk")
            .order_by("at", "pk")
        )

    @extend_schema(
        summary="Record a punch", request=PunchInput, responses={201: RecordedPunch, 200: RecordedPunch}
    )
    def create(self, request: Request) -> Response:
        """201 with a new punch; 200 with the one that is there already when the same person was punched
        within the site's debounce time, so that sending twice does no harm."""
        given = PunchInput(data=request.data)
        given.is_valid(raise_exception=True)
        assert isinstance(request.user, User)  # HasScope lets nobody else through
        result = services.punch_record(source=PunchSource.API, user=request.user, **given.validated_data)
        punch = self.get_queryset().get(pk=result.punch.pk)
        shown = {**PunchSerializer(punch).data, "fresh": result.fresh}
        if not result.fresh:
            return Response(shown)
        where = reverse("api:punch-detail", args=[punch.pk], request=request)
        return Response(shown, status=status.HTTP_201_CREATED, headers={"Location": where})
