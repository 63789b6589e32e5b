"""Asking a worker about pictures. The web process only checks and seals them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from faceroster import jobs, vision
from faceroster.audit.actions import Action
from faceroster.audit.services import record
from faceroster.core.errors import InvalidInput
from faceroster.core.sentences import of_picture
from faceroster.enrollment.probes import probe_lent
from faceroster.kiosks.limits import TooMany, attempt_add
from faceroster.lab.answers import PairAnswer, PictureAnswer
from faceroster.lab.emotions import emotion_lock
from faceroster.people.selectors import people_visible_to
from faceroster.trust.models import User

#: Looks that one user may have in a minute: each takes a worker's time from the kiosks.
LOOKS_A_MINUTE = 60


@dataclass(frozen=True)
class Picture:
    """A checked picture as JPEG bytes, made smaller if it was large; its width and height in pixels."""

    data: bytes
    size: tuple[int, int]


def picture_checked(data: bytes, *, which: str = "") -> Picture:
    """Check untrusted bytes. ``which``: of two pictures, ``first`` or ``second``.

    Raises:
        InvalidInput: an ``image.*`` code.
    """
    try:
        image, _ = vision.decode_to_fit(data, settings.FACEROSTER["PHOTO_MAX_SIDE"])
    except InvalidInput as error:
        message = of_picture(which, error.message) if which else error.message
        raise InvalidInput(error.code, message) from error
    height, width = image.shape[:2]
    return Picture(vision.encode_jpeg(image), (width, height))


def picture_look(*, user: User, picture: Picture) -> PictureAnswer:
    """Every face of a picture, with the people it resembles whom ``user`` may see.

    Raises:
        FaceRosterError: ``face.*``, ``worker.*``, ``probe.expired`` or ``lab.too_many``.
    """
    answer = _ask(user, "identify.look", picture)
    # Names are looked up among those whom the user may see at this moment, whatever the worker said.
    ids = {candidate["person"] for face in answer["faces"] for candidate in face["candidates"]}
    people = {str(person.pk): person for person in people_visible_to(user).filter(pk__in=ids)}
    return PictureAnswer.of(answer, picture.size, people, emotion_lock(user))


def pair_look(*, user: User, first: Picture, second: Picture) -> PairAnswer:
    """Whether the main faces of two pictures are one person's. Raises as :func:`picture_look`."""
    answer = _ask(user, "identify.look_pair", first, second)
    return PairAnswer.of(answer, [first.size, second.size])


def _ask(user: User, task: str, *pictures: Picture) -> dict[str, Any]:
    with ExitStack() as stack:
        ids = [stack.enter_context(probe_lent(picture.data)) for picture in pictures]
        # After the probes, which say it in words when the cache that both need does not answer.
        if attempt_add(f"lab:{user.pk}", seconds=60) > LOOKS_A_MINUTE:
            raise TooMany("lab.too_many", _("That were many pictures in one minute. Please wait a moment."))
        answer = jobs.ask(task, *ids, user.pk, timeout=settings.FACEROSTER["API_TIMEOUT_SECONDS"])
    _note_look(user, task)
    return answer


def _note_look(user: User, task: str) -> None:
    """The one place where every look that was answered is recorded."""
    pair = task == "identify.look_pair"
    record(Action.PICTURE_COMPARED if pair else Action.PICTURE_SEARCHED, by=user, details={"where": "lab"})
