"""What a worker sees in the lab's pictures: every face, whom it resembles, and how two pictures compare.

Runs in a worker, on pictures of :mod:`faceroster.enrollment.probes`. Nothing is stored. Answers are plain
dicts, which travel back as JSON; people are named by their ids only. Coordinates are pixels of the
picture as it was sent to the worker.
"""

from __future__ import annotations

import logging
from typing import Any

from django.utils.translation import gettext as _

from faceroster import vision
from faceroster.core.errors import InvalidInput, NotAllowed
from faceroster.core.sentences import of_picture
from faceroster.enrollment import gallery, matching
from faceroster.enrollment.probes import probe_take
from faceroster.lab.emotions import emotion_lock
from faceroster.lab.models import USE_LAB
from faceroster.people.selectors import departments_visible_to
from faceroster.trust.models import User
from faceroster.trust.rights import may

logger = logging.getLogger(__name__)

#: How many people are listed at most for a face that is alone in its picture, and for one of several.
ALONE, OF_SEVERAL = 5, 3


def picture_look(*, probe_id: str, user_id: int) -> dict[str, Any]:
    """Every face of a picture, however poor, with the people it resembles whom the user may see.

    A face is compared with everyone who is enrolled and active; ``decision`` and ``candidates`` then leave
    out whom the user may not see, as :func:`faceroster.enrollment.matching.face_identify` does.

    Raises:
        InvalidInput: ``face.not_found``, ``face.too_small`` or an ``image.*`` code.
        NotAllowed: ``auth.forbidden``, when the user has lost the right meanwhile.
        Unavailable: ``probe.expired``.
    """
    user = _user(user_id)
    image, engine = vision.decode(probe_take(probe_id)), vision.engine()
    faces = _faces(image, engine)
    departments = None
    if not user.sees_everyone:
        departments = [str(pk) for pk in departments_visible_to(user).values_list("pk", flat=True)]
    k = ALONE if len(faces) == 1 else OF_SEVERAL
    seen = [
        {**described, **matching.who_is(face, visible_department_ids=departments, k=k)}
        for face, described in zip(faces, _described(faces), strict=True)
    ]
    if emotion_lock(user) is None:
        _add_emotions(seen, image, faces)
    return {"model": engine.model, "faces": seen}


def pair_look(*, probe_ids: tuple[str, str], user_id: int) -> dict[str, Any]:
    """Are the main faces of two pictures one person's? The roster plays no part.

    ``same``: by the distance, as everywhere else one to one. ``score``: what the kiosk's score would be if
    one picture were a person's only photo and the other came to the door, the mean of both ways round.

    Raises:
        InvalidInput: as :func:`picture_look`; the sentence says which picture is meant.
        NotAllowed, Unavailable: as :func:`picture_look`.
    """
    _user(user_id)
    engine = vision.engine()  # one for both, whatever is switched meanwhile
    first, second = (
        _faces_of_its(number, probe_id, engine)
        for number, probe_id in zip(("first", "second"), probe_ids, strict=True)
    )
    a, b = matching.vector_of(first[0]), matching.vector_of(second[0])
    limit = engine.spec.thresholds.verify if engine.spec.thresholds else vision.identify.VERIFY_THRESHOLD
    found = vision.identify.verify(a, b, limit)
    with gallery.synced(engine.model) as (known, _):
        scorer = known.scorer
    a, b = vision.rotate(a), vision.rotate(b)
    ways = [scorer.scores([scorer.person(one[None])], other)[0] for one, other in ((a, b), (b, a))]
    return {
        "same": found.same,
        "distance": round(found.distance, 5),
        "distance_limit": round(found.threshold, 5),
        "similarity": round(found.similarity, 5),
        "similarity_limit": round(1 - found.threshold**2 / 2, 5),
        "score": round(float(sum(ways)) / 2, 5),
        "score_limit": round(float(scorer.verify_threshold), 5),
        "score_kind": scorer.name,
        "model": engine.model,
        "pictures": [{"faces": _described(faces)} for faces in (first, second)],
    }


def _add_emotions(seen: list[dict[str, Any]], image: vision.Image, faces: list[vision.Analysis]) -> None:
    try:
        readings = vision.read_emotions(image, [found.face for found in faces])
    except vision.ModelError:
        logger.exception("The emotion network cannot be used; faces are shown without")
        return
    for face, reading in zip(seen, readings, strict=True):
        face["emotions"] = {name: round(share, 4) for name, share in reading.items()}


def _user(user_id: int) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None or not may(user, USE_LAB):
        raise NotAllowed("auth.forbidden", _("Your role does not allow this any more."))
    return user


def _faces(image: vision.Image, engine: vision.FaceEngine) -> list[vision.Analysis]:
    try:
        return matching.faces_in(image, engine)
    except InvalidInput as error:
        if error.code != "face.several":
            raise
        # Of enrollment photos this says that there is one too many. Here it means a crowd far away.
        raise InvalidInput(
            "face.too_small", _("There are several faces, but all of them are too small. Cut out a part.")
        ) from error


def _faces_of_its(number: str, probe_id: str, engine: vision.FaceEngine) -> list[vision.Analysis]:
    try:
        return _faces(vision.decode(probe_take(probe_id)), engine)
    except InvalidInput as error:
        raise InvalidInput(error.code, of_picture(number, error.message)) from error


def _described(faces: list[vision.Analysis]) -> list[dict[str, Any]]:
    """Box, landmarks (5 pairs x, y) and what is wrong with each face.

    ``reasons``: what an enrollment photo would be refused for, the worst first; ``stops``: whether the
    kiosk refuses it for the same.
    """
    return [
        {
            **described,
            "landmarks": [[round(float(x), 1), round(float(y), 1)] for x, y in found.face.landmarks],
            "reasons": [
                {
                    "code": code,
                    "measures": {name: float(value) for name, value in as_photo.measures.items()},
                    "stops": code in found.quality.codes,
                }
                for code in as_photo.codes
            ],
        }
        for found, described, as_photo in zip(
            faces, matching.faces_json(faces), map(vision.as_photo, faces), strict=True
        )
    ]
