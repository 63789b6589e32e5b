"""Consents of a person: which there were, entering one that was signed on paper, withdrawing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from faceroster.api.base import ApiView
from faceroster.api.uploads import MAX_PICTURE_BODY, PICTURE_PARSERS, BoundedJSONParser, PictureField
from faceroster.consents import services
from faceroster.consents.forms import signed_at
from faceroster.consents.models import Consent, How
from faceroster.consents.selectors import text_labelled
from faceroster.core.errors import InvalidInput
from faceroster.people.models import Person
from faceroster.people.selectors import people_visible_to
from faceroster.trust.models import Scope, User

_PERSON = OpenApiParameter("person_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


class ConsentSerializer(serializers.ModelSerializer[Consent]):
    """The signature itself never leaves through the API."""

    person = serializers.PrimaryKeyRelatedField[Person](read_only=True)
    text = serializers.CharField(
        source="text.label", allow_null=True, default=None, read_only=True, help_text="Like 1-en."
    )
    sha256 = serializers.CharField(source="text.digest", allow_null=True, default=None, read_only=True)
    ending = serializers.CharField(
        read_only=True, help_text="withdrawn, expired or replaced; empty while it lasts."
    )

    class Meta:
        model = Consent
        fields = [
            "id", "person", "how", "text", "sha256", "signed_at", "expires_at", "pictured", "ended_at",
            "ending", "reason",
        ]  # fmt: skip
        read_only_fields = fields


class ConsentInput(serializers.Serializer[Consent]):
    """A paper that the person has signed."""

    text = serializers.CharField(max_length=20, help_text="Which text was signed, like 1-en.")
    signed_on = serializers.DateField(help_text="The day on the paper.")
    scan = PictureField(required=False, help_text="JPEG, PNG or WebP of the paper, at most 15 MiB.")


class WithdrawalInput(serializers.Serializer[Consent]):
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class _OfPerson(ApiView):
    read_scope = Scope.PEOPLE_READ
    write_scope = Scope.PEOPLE_WRITE

    def _person(self: Any) -> Person:
        people = people_visible_to(self.request.user).select_related("subject_key", "department__site")
        return get_object_or_404(people, pk=self.kwargs["person_id"])


@extend_schema_view(list=extend_schema(summary="List a person's consents", parameters=[_PERSON]))
class PersonConsentViewSet(mixins.ListModelMixin, _OfPerson, GenericViewSet[Consent]):
    """Consents of one person, the newest first. Without one in force no photo is taken."""

    rights = {"POST": "consents.add_consent"}
    parser_classes = [*PICTURE_PARSERS[:1], BoundedJSONParser]
    max_body = MAX_PICTURE_BODY
    throttle_scope = "uploads"
    serializer_class = ConsentSerializer
    queryset = Consent.objects.none()  # the schema asks for it where there is no request

    def get_queryset(self) -> QuerySet[Consent]:
        return Consent.objects.filter(person=self._person().pk).select_related("text")

    @extend_schema(
        summary="Enter a consent that was signed on paper",
        parameters=[_PERSON],
        request={"application/json": ConsentInput, "multipart/form-data": ConsentInput},
        responses={201: ConsentSerializer},
    )
    def create(self, request: Request, person_id: UUID) -> Response:
        """One that was in force until now is replaced. Signing on a screen is for pages and kiosks."""
        person = self._person()
        given = ConsentInput(data=request.data)
        given.is_valid(raise_exception=True)
        values = given.validated_data
        text = text_labelled(values["text"])
        if text is None:
            told = _("There is no consent text %(label)s. Write it like 1-en.") % {"label": values["text"]}
            raise InvalidInput("consent.text_unknown", told)
        scan = values.get("scan")
        assert isinstance(request.user, User)  # HasScope lets nobody else through
        consent = services.consent_sign(
            person=person,
            text=text,
            how=How.PAPER,
            user=request.user,
            signed_at=signed_at(values["signed_on"], person),
            picture=scan.read() if scan is not None else None,
        )
        return Response(self.get_serializer(consent).data, status=status.HTTP_201_CREATED)


class WithdrawalView(_OfPerson, APIView):
    """The person has withdrawn their consent."""

    rights = {"POST": "consents.change_consent"}
    problems = {"POST": (409,)}

    @extend_schema(
        summary="Withdraw a person's consent",
        parameters=[_PERSON],
        request=WithdrawalInput,
        responses={200: ConsentSerializer},
    )
    def post(self, request: Request, person_id: UUID) -> Response:
        """Within seconds the face is not recognised any more; photos stay sealed until they are erased."""
        person = self._person()
        given = WithdrawalInput(data=request.data)
        given.is_valid(raise_exception=True)
        assert isinstance(request.user, User)
        consent = services.consent_withdraw(
            person=person, user=request.user, reason=given.validated_data.get("reason", "")
        )
        return Response(ConsentSerializer(consent).data)
