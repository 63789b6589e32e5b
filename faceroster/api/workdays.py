"""Workdays: the figures that a payroll program takes. Derived, so they are only read."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.viewsets import GenericViewSet

from faceroster.api.base import ApiView
from faceroster.api.refs import PersonRef, SiteRef
from faceroster.attendance.models import DayStatus, Workday
from faceroster.attendance.selectors import workdays_visible_to
from faceroster.trust.models import Scope


class WorkdaySerializer(serializers.ModelSerializer[Workday]):
    person = PersonRef()
    site = SiteRef()
    closed = serializers.SerializerMethodField(help_text="Whether the day lies in a closed period.")
    trace = serializers.ListField(
        child=serializers.DictField(),
        read_only=True,
        help_text="Why each figure is what it is: codes and their values, in order.",
    )

    class Meta:
        model = Workday
        fields = [
            "id", "person", "site", "day", "zone", "status", "shift_names", "expected_start", "expected_end",
            "first_in", "last_out", "due_minutes", "worked_minutes", "break_minutes", "credited_minutes",
            "overtime_minutes", "weekly_overtime_minutes", "late_minutes", "early_minutes", "leave_days",
            "absent", "missed_out", "missed_in", "filled", "excused", "corrected", "closed", "rules_version",
            "computed_at", "trace",
        ]  # fmt: skip
        read_only_fields = fields

    def get_closed(self, workday: Workday) -> bool:
        return workday.period_id is not None


class WorkdayFilter(filters.FilterSet):
    day = filters.DateFilter()
    person = filters.UUIDFilter(field_name="person_id")
    department = filters.UUIDFilter(field_name="department_id", help_text="Where the day was worked.")
    site = filters.UUIDFilter(field_name="site_id")
    status = filters.ChoiceFilter(choices=DayStatus.choices)
    closed = filters.BooleanFilter(field_name="period", lookup_expr="isnull", exclude=True)
    computed_since = filters.IsoDateTimeFilter(
        method="by_computed", help_text="Only what was computed at or after this instant."
    )

    def by_computed(self, rows: QuerySet[Workday], name: str, value: datetime) -> QuerySet[Workday]:
        # In UTC: offsets may be larger than databases know, and reach past the first and last year.
        try:
            return rows.filter(computed_at__gte=value.astimezone(UTC))
        except OverflowError:
            return rows if value.year == 1 else rows.none()

    @classmethod
    def get_filters(cls) -> dict[str, filters.Filter]:
        # "from" is a word of the language and cannot be an attribute.
        return {
            "from": filters.DateFilter(field_name="day", lookup_expr="gte", help_text="First day."),
            "to": filters.DateFilter(field_name="day", lookup_expr="lte", help_text="Last day."),
            **super().get_filters(),
        }


@extend_schema_view(
    list=extend_schema(summary="List workdays, oldest first"),
    retrieve=extend_schema(summary="Read one workday"),
)
class WorkdayViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiView, GenericViewSet[Workday]):
    """What was worked, day by day. Managers see the people of their departments.

    A day is computed anew whenever its grounds change, until its period is closed: ask again with
    ``computed_since`` set to the latest ``computed_at`` that you have.
    """

    read_scope = Scope.PUNCHES_READ
    serializer_class = WorkdaySerializer
    filterset_class = WorkdayFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Workday]:
        return workdays_visible_to(self.request.user).order_by("day", "pk")
