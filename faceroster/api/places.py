"""Departments and sites, to read."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.viewsets import GenericViewSet

from faceroster.api.base import ApiView
from faceroster.api.refs import SiteRef
from faceroster.people.models import Department, Site
from faceroster.people.selectors import departments_visible_to, sites_visible_to
from faceroster.trust.models import Scope


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    site = SiteRef()

    class Meta:
        model = Department
        fields = ["id", "name", "site"]
        read_only_fields = fields


class SiteSerializer(serializers.ModelSerializer[Site]):
    # A "time" of the description would have an offset; this one is the site's own clock.
    day_starts_at = serializers.SerializerMethodField(help_text="hh:mm:ss on the site's clock.")

    class Meta:
        model = Site
        fields = ["id", "name", "timezone", "punch_rule", "day_starts_at", "debounce_seconds"]
        read_only_fields = fields

    def get_day_starts_at(self, site: Site) -> str:
        return site.day_starts_at.isoformat()


class DepartmentFilter(filters.FilterSet):
    site = filters.UUIDFilter(field_name="site_id")


@extend_schema_view(
    list=extend_schema(summary="List departments"), retrieve=extend_schema(summary="Read one department")
)
class DepartmentViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiView, GenericViewSet[Department]
):
    """Departments; for managers their own."""

    read_scope = Scope.PEOPLE_READ
    serializer_class = DepartmentSerializer
    filterset_class = DepartmentFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Department]:
        visible = departments_visible_to(self.request.user)
        return visible.select_related("site").order_by("site__name", "name")


@extend_schema_view(list=extend_schema(summary="List sites"), retrieve=extend_schema(summary="Read one site"))
class SiteViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiView, GenericViewSet[Site]):
    """Sites with their time zone and rules; for managers those of their departments."""

    read_scope = Scope.PEOPLE_READ
    serializer_class = SiteSerializer
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Site]:
        return sites_visible_to(self.request.user).order_by("name")
