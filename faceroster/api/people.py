"""People: list, search, add, change, deactivate, delete."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from faceroster.api.base import ApiView
from faceroster.api.refs import DepartmentRef, SiteRef
from faceroster.enrollment import embedders
from faceroster.people import services
from faceroster.people.models import Department, Person
from faceroster.people.selectors import people_visible_to
from faceroster.trust.models import Scope


class PersonSerializer(serializers.ModelSerializer[Person]):
    department = DepartmentRef()
    site = SiteRef(source="department.site")
    email = serializers.CharField(help_text="Empty where there is none.")
    enrolled = serializers.BooleanField(help_text="Whether a kiosk can know them: they have a template.")

    class Meta:
        model = Person
        fields = [
            "id", "employee_number", "name", "email", "active", "enrolled", "department", "site",
            "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class PersonInput(serializers.Serializer[Person]):
    """What may be written. Lengths and uniqueness are checked where people are saved, for all callers."""

    employee_number = serializers.CharField(max_length=40, help_text="Nobody else's.")
    name = serializers.CharField(max_length=150)
    department = serializers.PrimaryKeyRelatedField(queryset=Department.objects.all())
    email = serializers.EmailField(required=False, allow_blank=True)
    active = serializers.BooleanField(
        required=False, help_text="False: they have left, and the kiosk knows them no more."
    )


class PersonFilter(filters.FilterSet):
    search = filters.CharFilter(
        method="by_search",
        max_length=200,  # each word is a condition of the query
        help_text="Words that the name, the number or the email contains; all of them.",
    )
    employee_number = filters.CharFilter(help_text="Exactly this number.")
    department = filters.UUIDFilter(field_name="department_id")
    site = filters.UUIDFilter(field_name="department__site_id")
    active = filters.BooleanFilter()
    enrolled = filters.BooleanFilter()

    @extend_schema_field(OpenApiTypes.STR)
    def by_search(self, people: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        for word in value.split():
            people = people.filter(
                Q(name__icontains=word) | Q(employee_number__icontains=word) | Q(email__icontains=word)
            )
        return people


@extend_schema_view(
    list=extend_schema(summary="List and search people"),
    retrieve=extend_schema(summary="Read one person"),
)
class PersonViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiView, GenericViewSet[Person]):
    """People on the roster. Managers see those of their own departments."""

    read_scope = Scope.PEOPLE_READ
    write_scope = Scope.PEOPLE_WRITE
    rights = {
        "POST": "people.add_person",
        "PATCH": "people.change_person",
        "DELETE": "people.delete_person",
    }
    problems = {"destroy": (409,)}
    serializer_class = PersonSerializer
    filterset_class = PersonFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Person]:
        return (
            people_visible_to(self.request.user)
            .select_related("department__site")
            .annotate(enrolled=Exists(embedders.templates_in_force().filter(person=OuterRef("pk"))))
            .order_by("name", "employee_number")
        )

    @extend_schema(summary="Add a person", request=PersonInput, responses={201: PersonSerializer})
    def create(self, request: Request) -> Response:
        given = PersonInput(data=request.data)
        given.is_valid(raise_exception=True)
        person = services.person_create(**given.validated_data)
        where = reverse("api:person-detail", args=[person.pk], request=request)
        return Response(self._shown(person), status=status.HTTP_201_CREATED, headers={"Location": where})

    @extend_schema(
        summary="Change or deactivate a person", request=PersonInput, responses={200: PersonSerializer}
    )
    def partial_update(self, request: Request, **_: Any) -> Response:
        """Only what is given changes. Someone who leaves is set `"active": false`; their punches stay."""
        person = self.get_object()
        given = PersonInput(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        services.person_update(person=person, **given.validated_data)
        return Response(self._shown(person))

    @extend_schema(summary="Delete a person who was never punched", responses={204: None})
    def destroy(self, request: Request, **_: Any) -> Response:
        """For administrators, and for mistakes: photos, templates and the key are gone for good.
        Someone with punches is not deleted (409 `person.has_history`) but set inactive."""
        services.person_delete(person=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _shown(self, person: Person) -> dict[str, Any]:
        return PersonSerializer(self.get_queryset().get(pk=person.pk)).data
