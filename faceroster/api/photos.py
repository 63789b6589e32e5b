"""Enrollment photos: send one, see what became of it, delete it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import GenericViewSet

from faceroster.api.base import ApiView
from faceroster.api.refs import PersonRef, Reason
from faceroster.api.uploads import MAX_PICTURE_BODY, PICTURE_PARSERS, RAW_PICTURE, PictureField
from faceroster.enrollment import services
from faceroster.enrollment.codes import reason
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource, PhotoStatus
from faceroster.people.models import Person
from faceroster.people.selectors import departments_visible_to, people_visible_to
from faceroster.trust.models import Scope, User


class PhotoSerializer(serializers.ModelSerializer[EnrollmentPhoto]):
    """A photo's way into the gallery. The picture itself never leaves through the API."""

    person = serializers.PrimaryKeyRelatedField[Person](read_only=True)
    reasons = serializers.SerializerMethodField(help_text="Why it was not accepted, the worst first.")
    similar_person = serializers.SerializerMethodField(help_text="Who else this face looks like.")

    class Meta:
        model = EnrollmentPhoto
        fields = [
            "id", "person", "status", "reasons", "quality", "similar_person", "similarity", "source",
            "original_name", "width", "height", "created_at", "processed_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(Reason(many=True))
    def get_reasons(self, photo: EnrollmentPhoto) -> list[dict[str, str]]:
        return [{"code": code, "message": reason(code)} for code in photo.codes]

    @extend_schema_field(PersonRef(allow_null=True))
    def get_similar_person(self, photo: EnrollmentPhoto) -> dict[str, Any] | None:
        similar, departments = photo.similar_person, self.context["departments"]
        # A manager is not told about people of other departments.
        if similar is None or (departments is not None and similar.department_id not in departments):
            return None
        return PersonRef(similar).data


class PhotoInput(serializers.Serializer[EnrollmentPhoto]):
    image = PictureField(help_text="JPEG, PNG or WebP of one person, at most 15 MiB.")


class PhotoFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=PhotoStatus.choices)


class _Photos(ApiView, GenericViewSet[EnrollmentPhoto]):
    read_scope = Scope.PEOPLE_READ
    write_scope = Scope.PHOTOS_WRITE
    rights = {
        "POST": "enrollment.add_enrollmentphoto",
        "DELETE": "enrollment.delete_enrollmentphoto",
    }
    serializer_class = PhotoSerializer
    queryset = EnrollmentPhoto.objects.none()  # the schema asks for it where there is no request

    def get_queryset(self) -> QuerySet[EnrollmentPhoto]:
        return (
            EnrollmentPhoto.objects.filter(person__in=people_visible_to(self.request.user))
            .select_related("similar_person")
            .order_by("created_at", "pk")
        )

    def get_serializer_context(self) -> dict[str, Any]:
        user = self.request.user
        everyone = isinstance(user, User) and user.sees_everyone
        mine = None if everyone else set(departments_visible_to(user).values_list("pk", flat=True))
        return {**super().get_serializer_context(), "departments": mine}


_PERSON = OpenApiParameter("person_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


@extend_schema_view(list=extend_schema(summary="List a person's photos", parameters=[_PERSON]))
class PersonPhotoViewSet(mixins.ListModelMixin, _Photos):
    """The photos of one person."""

    parser_classes = PICTURE_PARSERS
    max_body = MAX_PICTURE_BODY
    throttle_scope = "uploads"
    filterset_class = PhotoFilter
    problems = {"create": (409,)}

    def get_queryset(self) -> QuerySet[EnrollmentPhoto]:
        return super().get_queryset().filter(person=self._person().pk)

    def _person(self) -> Person:
        return get_object_or_404(people_visible_to(self.request.user), pk=self.kwargs["person_id"])

    @extend_schema(
        summary="Send a photo",
        parameters=[_PERSON],
        request={"multipart/form-data": PhotoInput, **RAW_PICTURE},
        responses={202: PhotoSerializer},
    )
    def create(self, request: Request, person_id: UUID) -> Response:
        """Stored and queued: ask the address in `Location` what became of it. A picture that cannot
        be read at all is refused at once; what is wrong with the face is told later, as `reasons`."""
        person = self._person()
        given = PhotoInput(data=request.data)
        given.is_valid(raise_exception=True)
        file = given.validated_data["image"]
        assert isinstance(request.user, User)  # HasScope lets nobody else through
        photo = services.photo_add(
            person=person, data=file.read(), source=PhotoSource.API, name=file.name, user=request.user
        )
        where = reverse("api:photo-detail", args=[photo.pk], request=request)
        shown = self.get_serializer(photo).data
        return Response(shown, status=status.HTTP_202_ACCEPTED, headers={"Location": where})


@extend_schema_view(retrieve=extend_schema(summary="See what became of a photo"))
class PhotoViewSet(mixins.RetrieveModelMixin, _Photos):
    """One photo, whoever's it is."""

    lookup_value_converter = "uuid"

    @extend_schema(summary="Delete a photo and its template", responses={204: None})
    def destroy(self, request: Request, **_: Any) -> Response:
        services.photo_delete(photo=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)
