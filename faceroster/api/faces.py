"""Faces: is this that person (1:1), are these two one person, and who is this (1:N)?

The pictures are checked here and looked at by a worker, who answers within the same request.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from faceroster import jobs, vision
from faceroster.api.base import ApiView
from faceroster.api.refs import PersonRef
from faceroster.api.uploads import MAX_PICTURE_BODY, PICTURE_PARSERS, RAW_PICTURE, PictureField
from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.enrollment.probes import probe_put
from faceroster.people.selectors import departments_visible_to, people_visible_to
from faceroster.trust.models import Scope, User


class FaceAnswer(serializers.Serializer[dict[str, Any]]):
    """One face of the picture."""

    box = serializers.ListField(
        child=serializers.FloatField(),
        min_length=4,
        max_length=4,
        help_text="Left, top, width and height, in pixels of the upright picture as it was sent.",
    )
    confidence = serializers.FloatField(help_text="The detector's, 0 to 1.")
    quality = serializers.FloatField(help_text="0 (useless) to 1 (fine).")
    main = serializers.BooleanField(help_text="The face that the answer is about: large and central.")


def _score_kind() -> serializers.ChoiceField:
    return serializers.ChoiceField(
        choices=["llr", "mean", "nearest"],
        help_text="The unit of the score. llr: 6 means that the face is 10^6 times likelier this person's "
        "than a stranger's (a logarithm, so 0 means neither). mean, nearest: a cosine, at most 1.",
    )


class VerifyAnswer(serializers.Serializer[dict[str, Any]]):
    same = serializers.BooleanField(help_text="Whether the score is at least the threshold.")
    score = serializers.FloatField(help_text="Likeness to all their photos together.")
    threshold = serializers.FloatField(help_text="The least score to be the same.")
    score_kind = _score_kind()
    distance = serializers.FloatField(
        help_text="Of the most similar of their photos; Euclidean, between unit vectors: 0 to 2."
    )
    similarity = serializers.FloatField(help_text="1 - distance² / 2, at most 1.")
    model = serializers.CharField(help_text="The embedder, as name@version.")
    person = PersonRef()
    templates = serializers.IntegerField(help_text="How many accepted photos of the person were used.")
    gallery_version = serializers.IntegerField()
    faces = FaceAnswer(many=True)


class FacesOfImage(serializers.Serializer[dict[str, Any]]):
    faces = FaceAnswer(many=True)


class PairAnswer(serializers.Serializer[dict[str, Any]]):
    same = serializers.BooleanField(help_text="Whether the distance is at most the threshold.")
    distance = serializers.FloatField(help_text="Euclidean, between unit vectors: 0 to 2.")
    similarity = serializers.FloatField(help_text="1 - distance² / 2, at most 1.")
    threshold = serializers.FloatField(help_text="The largest distance of one person's faces.")
    model = serializers.CharField(help_text="The embedder, as name@version.")
    images = FacesOfImage(many=True, help_text="The faces of the first picture and of the second.")


class CandidateAnswer(serializers.Serializer[dict[str, Any]]):
    person = PersonRef()
    score = serializers.FloatField(help_text="What the decision uses: likeness to all their photos together.")
    nearest = serializers.FloatField(help_text="The cosine with the most similar of their photos, at most 1.")
    templates = serializers.IntegerField(help_text="How many accepted photos they have.")


class IdentifyAnswer(serializers.Serializer[dict[str, Any]]):
    decision = serializers.ChoiceField(
        choices=[decision.value for decision in vision.Decision],
        help_text="ambiguous: near enough, but not clearly nearer to one person than to the next.",
    )
    person = PersonRef(allow_null=True, help_text="Set only when the decision is accepted.")
    candidates = CandidateAnswer(many=True, help_text="Best first; only people whom you may see.")
    threshold = serializers.FloatField(help_text="The least score to be accepted.")
    margin = serializers.FloatField(help_text="The least lead over the runner-up.")
    score_kind = _score_kind()
    model = serializers.CharField(help_text="The embedder, as name@version.")
    gallery_version = serializers.IntegerField()
    faces = FaceAnswer(many=True)


class VerifyInput(serializers.Serializer[Any]):
    image = PictureField(help_text="JPEG, PNG or WebP; its main face is compared.")
    person = serializers.UUIDField(help_text="Whose face it should be.")


class PairInput(serializers.Serializer[Any]):
    first = PictureField(help_text="JPEG, PNG or WebP.")
    second = PictureField(help_text="JPEG, PNG or WebP.")


class IdentifyInput(serializers.Serializer[Any]):
    image = PictureField(help_text="JPEG, PNG or WebP; its main face is looked up.")
    candidates = serializers.IntegerField(
        default=5, min_value=1, max_value=20, help_text="How many people to list at most."
    )


class _Probe:
    """A picture on its way to a worker: checked, made smaller if it is large, sealed."""

    def __init__(self, file: UploadedFile[Any]) -> None:
        image, self.scale = vision.decode_to_fit(file.read(), settings.FACEROSTER["PHOTO_MAX_SIDE"])
        self.id = probe_put(vision.encode_jpeg(image))

    def in_original_pixels(self, faces: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**face, "box": [round(side * self.scale, 1) for side in face["box"]]} for face in faces]


def _ask(task: str, *args: Any) -> dict[str, Any]:
    return jobs.ask(task, *args, timeout=settings.FACEROSTER["API_TIMEOUT_SECONDS"])


class _FaceView(ApiView):
    throttle_scope = "faces"
    problems = {"POST": (503,)}


class VerifyView(_FaceView):
    """Compare a picture with one person."""

    write_scope = Scope.FACES_VERIFY
    parser_classes = [MultiPartParser]
    max_body = MAX_PICTURE_BODY
    problems = {"POST": (404, 409, 503)}

    @extend_schema(
        operation_id="faces_verify",
        summary="Is this that person? (1:1)",
        request={"multipart/form-data": VerifyInput},
        responses={200: VerifyAnswer},
    )
    def post(self, request: Request) -> Response:
        given = VerifyInput(data=request.data)
        given.is_valid(raise_exception=True)
        person = people_visible_to(request.user).filter(pk=given.validated_data["person"]).first()
        if person is None:
            raise Http404
        probe = _Probe(given.validated_data["image"])
        answer = _ask("identify.verify", probe.id, str(person.pk))
        record(Action.PICTURE_VERIFIED, subject=person, details={"same": answer["same"], "where": "API"})
        faces = probe.in_original_pixels(answer["faces"])
        return Response(VerifyAnswer({**answer, "person": person, "faces": faces}).data)


class VerifyPairView(_FaceView):
    """Compare two pictures; the roster plays no part."""

    write_scope = Scope.FACES_VERIFY
    parser_classes = [MultiPartParser]
    max_body = 2 * MAX_PICTURE_BODY

    @extend_schema(
        operation_id="faces_verify_pair",
        summary="Do two pictures show one person? (1:1)",
        request={"multipart/form-data": PairInput},
        responses={200: PairAnswer},
    )
    def post(self, request: Request) -> Response:
        given = PairInput(data=request.data)
        given.is_valid(raise_exception=True)
        probes = [_Probe(given.validated_data[name]) for name in ("first", "second")]
        answer = _ask("identify.compare", *(probe.id for probe in probes))
        record(Action.PICTURE_COMPARED, details={"where": "API"})
        images = [
            {"faces": probe.in_original_pixels(image["faces"])}
            for probe, image in zip(probes, answer["images"], strict=True)
        ]
        return Response(PairAnswer({**answer, "images": images}).data)


class IdentifyView(_FaceView):
    """Look a picture up among everyone."""

    write_scope = Scope.FACES_IDENTIFY
    parser_classes = PICTURE_PARSERS
    max_body = MAX_PICTURE_BODY

    @extend_schema(
        operation_id="faces_identify",
        summary="Who is this? (1:N)",
        request={"multipart/form-data": IdentifyInput, **RAW_PICTURE},
        responses={200: IdentifyAnswer},
    )
    def post(self, request: Request) -> Response:
        """The decision is made among everyone who is enrolled and active; the answer names only people
        whom you may see. Nothing is stored, and nobody is punched."""
        given = IdentifyInput(data=request.data)
        given.is_valid(raise_exception=True)
        user = request.user
        assert isinstance(user, User)  # HasScope lets nobody else through
        departments = None
        if not user.sees_everyone:
            departments = [str(pk) for pk in departments_visible_to(user).values_list("pk", flat=True)]
        probe = _Probe(given.validated_data["image"])
        answer = _ask("identify.search", probe.id, departments, given.validated_data["candidates"])
        faces = probe.in_original_pixels(answer["faces"])
        named = _named(answer, user)
        record(
            Action.PICTURE_SEARCHED,
            subject=named["person"],
            details={"decision": named["decision"], "where": "API"},
        )
        return Response(IdentifyAnswer({**answer, **named, "faces": faces}).data)


def _named(answer: dict[str, Any], user: User) -> dict[str, Any]:
    """Ids to people. Someone who was deleted since the worker looked is in no answer any more."""
    ids = [candidate["person"] for candidate in answer["candidates"]]
    people = {str(person.pk): person for person in people_visible_to(user).filter(pk__in=ids)}
    person = people.get(answer["person"])
    return {
        "decision": "unknown" if answer["decision"] == "accepted" and person is None else answer["decision"],
        "person": person,
        "candidates": [
            {**candidate, "person": people[candidate["person"]]}
            for candidate in answer["candidates"]
            if candidate["person"] in people
        ],
    }
