"""Kiosks: list them, approve one by the code on its screen, revoke one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from faceroster.api.base import ApiView
from faceroster.api.refs import SiteRef
from faceroster.kiosks import services
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.presence import Sight, sight_filter, sight_of
from faceroster.kiosks.selectors import kiosks_shown
from faceroster.people.models import Site
from faceroster.trust.models import Scope, User


class KioskSerializer(serializers.ModelSerializer[Kiosk]):
    """The code is not told: it stands on the kiosk's screen, and whoever has it was there."""

    site = SiteRef(allow_null=True)
    sight = serializers.SerializerMethodField(
        help_text="Whether it is heard of: a kiosk is, every four seconds."
    )

    @extend_schema_field(serializers.ChoiceField(choices=Sight.choices))
    def get_sight(self, kiosk: Kiosk) -> str:
        return sight_of(kiosk, timezone.now()).value

    class Meta:
        model = Kiosk
        fields = [
            "id", "name", "site", "status", "sight", "paired_at", "last_seen_at", "version", "camera",
            "frames", "refusals", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class ApprovalInput(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=20, help_text="As the kiosk's screen shows it.")
    name = serializers.CharField(max_length=100, help_text="Such as “Main entrance”.")
    site = serializers.PrimaryKeyRelatedField(queryset=Site.objects.all())


class KioskFilter(filters.FilterSet):
    sight = filters.ChoiceFilter(choices=Sight.choices, method="by_sight")
    status = filters.ChoiceFilter(choices=KioskStatus.choices)
    site = filters.UUIDFilter(field_name="site_id")

    def by_sight(self, rows: QuerySet[Kiosk], name: str, value: str) -> QuerySet[Kiosk]:
        return rows.filter(sight_filter(Sight(value), timezone.now()))


@extend_schema_view(
    list=extend_schema(summary="List kiosks"), retrieve=extend_schema(summary="Read one kiosk")
)
class KioskViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiView, GenericViewSet[Kiosk]):
    """Devices by the door, for staff and administrators."""

    read_scope = Scope.KIOSKS_READ
    write_scope = Scope.KIOSKS_WRITE
    rights = {"GET": "kiosks.view_kiosk", "POST": "kiosks.change_kiosk"}
    problems = {"approve": (409,), "revoke": (409,)}
    serializer_class = KioskSerializer
    filterset_class = KioskFilter
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Kiosk]:
        return kiosks_shown().order_by("name", "created_at", "pk")

    @extend_schema(
        summary="Approve the kiosk that shows a code", request=ApprovalInput, responses=KioskSerializer
    )
    @action(detail=False, methods=["post"])
    def approve(self, request: Request) -> Response:
        given = ApprovalInput(data=request.data)
        given.is_valid(raise_exception=True)
        assert isinstance(request.user, User)  # HasScope lets nobody else through
        kiosk = services.kiosk_approve(**given.validated_data, user=request.user)
        return Response(KioskSerializer(kiosk).data)

    @extend_schema(summary="Revoke a kiosk", request=None, responses=KioskSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, **_: Any) -> Response:
        """Its next request is refused. Revoking twice does nothing more."""
        assert isinstance(request.user, User)  # HasScope lets nobody else through
        kiosk = services.kiosk_revoke(kiosk=self.get_object(), user=request.user)
        return Response(KioskSerializer(kiosk).data)
