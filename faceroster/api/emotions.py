"""Emotion tagging: the setting of a site, and counts that name nobody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from faceroster.api.base import ApiView
from faceroster.api.refs import Reason, SiteRef
from faceroster.emotions.models import EmotionDay, EmotionSwitch
from faceroster.emotions.regions import EmotionLocked, Region, installation_lock, site_lock
from faceroster.emotions.selectors import Tagging, days_told_to, taggings_of
from faceroster.emotions.services import tagging_switch
from faceroster.emotions.tally import LABELS
from faceroster.people.models import Site
from faceroster.people.selectors import sites_visible_to
from faceroster.trust.models import Scope, User


class SwitchAnswer(serializers.ModelSerializer[EmotionSwitch]):
    by: Any = serializers.SlugRelatedField(
        slug_field="username", read_only=True, help_text="Who switched it."
    )
    region = serializers.CharField(help_text="eu or other; empty where it was switched off.")

    class Meta:
        model = EmotionSwitch
        fields = ["on", "region", "reason", "by", "at"]
        read_only_fields = fields


class TaggingAnswer(serializers.Serializer[Tagging]):
    """The setting of one site."""

    site = SiteRef()
    on = serializers.BooleanField(help_text="Whether faces are read after a punch.")
    lock = Reason(allow_null=True, help_text="Why it cannot be switched on, if it cannot.")
    switches = SwitchAnswer(many=True, help_text="The newest first.")


class TaggingInput(serializers.Serializer[Any]):
    on = serializers.BooleanField()
    reason = serializers.CharField(max_length=500, help_text="Kept with your name.")
    region = serializers.ChoiceField(
        choices=Region.choices, required=False, help_text="Under which law the site is; to switch on."
    )
    confirmed = serializers.BooleanField(
        default=False,
        help_text="That the law there allows it and those concerned have been told; to switch on.",
    )


class GroupAnswer(serializers.Serializer[dict[str, Any]]):
    emotions = serializers.ListField(
        child=serializers.ChoiceField(choices=LABELS),
        help_text="One, or several that are only told together. unsure: nothing was probable enough.",
    )
    people = serializers.IntegerField(help_text="Never fewer than `least`.")


class EmotionCountSerializer(serializers.ModelSerializer[EmotionDay]):
    site = SiteRef()
    people = serializers.IntegerField(
        allow_null=True, help_text="How many were read, each once; null: fewer than `least`."
    )
    groups = GroupAnswer(many=True, help_text="They divide these people. Empty: too few for two groups.")
    told_at = serializers.DateTimeField()
    least = serializers.IntegerField(help_text="The least people in a group.")

    class Meta:
        model = EmotionDay
        fields = ["site", "day", "least", "people", "groups", "told_at"]
        read_only_fields = fields


class EmotionCountFilter(filters.FilterSet):
    site = filters.UUIDFilter(field_name="site_id", help_text="A locked one is refused.")
    day = filters.DateFilter()


class EmotionTaggingView(ApiView):
    """The setting of a site: for staff to read, for administrators to change."""

    read_scope = Scope.EMOTIONS_READ
    write_scope = Scope.EMOTIONS_WRITE
    rights = {"GET": "emotions.view_emotionswitch", "POST": "emotions.add_emotionswitch"}

    @extend_schema(
        summary="Read a site's emotion tagging", operation_id="site_emotion_tagging", responses=TaggingAnswer
    )
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(self._answer(self._site(pk)))

    @extend_schema(
        summary="Switch a site's emotion tagging on or off",
        operation_id="site_emotion_tagging_switch",
        request=TaggingInput,
        responses=TaggingAnswer,
    )
    def post(self, request: Request, pk: UUID) -> Response:
        """403 `emotion.locked` where the declared law forbids it, or none was declared."""
        site = self._site(pk)
        given = TaggingInput(data=request.data)
        given.is_valid(raise_exception=True)
        assert isinstance(request.user, User)  # HasScope lets nobody else through
        tagging_switch(site=site, user=request.user, **given.validated_data)
        return Response(self._answer(site))

    def _site(self, pk: UUID) -> Site:
        return get_object_or_404(sites_visible_to(self.request.user), pk=pk)

    def _answer(self, site: Site) -> dict[str, Any]:
        return dict(TaggingAnswer(taggings_of([site])[0]).data)


@extend_schema_view(list=extend_schema(summary="List counts of emotions"))
class EmotionCountViewSet(mixins.ListModelMixin, ApiView, GenericViewSet[EmotionDay]):
    """Counts per site and day, once the day is over, over groups of at least `least` people; for managers
    the sites of their departments. Nothing is kept about a person, and so nothing is told."""

    read_scope = Scope.EMOTIONS_READ
    serializer_class = EmotionCountSerializer
    filterset_class = EmotionCountFilter

    def get_queryset(self) -> QuerySet[EmotionDay]:
        return days_told_to(self.request.user)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = super().list(request, *args, **kwargs)
        wanted = request.query_params.get("site")  # an id: others were refused by the filter
        site = sites_visible_to(request.user).filter(pk=wanted).first() if wanted else None
        if lock := site_lock(site) if site else installation_lock():
            raise EmotionLocked(lock)
        return answer
