"""What workers answer, made ready for the page: names instead of ids, figures in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from django.utils.translation import gettext as _

from faceroster.kiosks.scores import score_meaning, score_text
from faceroster.lab.emotions import Lock
from faceroster.people.models import Person
from faceroster.vision import LANDMARKS, UNSURE, Decision, explain

#: Where the bars of scores begin and end, by the unit. A logarithm of 0 says neither yes nor no.
_SCALES = {"llr": (0.0, 12.0)}
_COSINES = (0.8, 1.0)


def _percent(share: float) -> float:
    return round(100 * min(1.0, max(0.0, share)), 1)


@dataclass(frozen=True)
class Reason:
    """What is wrong with a face. ``stops``: also the kiosk refuses it, and not only enrollment."""

    code: str
    message: str
    stops: bool

    @classmethod
    def of(cls, *, code: str, measures: Mapping[str, float], stops: bool) -> Self:
        """In the page's language: the worker, who sent it, knows none."""
        return cls(code, explain(code, measures), stops)


@dataclass(frozen=True)
class Scale:
    """A score as a bar: its share of the bar and the limit's, in percent."""

    filled: float
    limit: float

    @classmethod
    def of(cls, score: float, limit: float, kind: str) -> Scale:
        low, high = _SCALES.get(kind, _COSINES)
        high = max(high, limit + (limit - low) / 2)

        return cls(_percent((score - low) / (high - low)), _percent((limit - low) / (high - low)))


@dataclass(frozen=True)
class Candidate:
    """Someone whom a face resembles."""

    person: Person
    score: str
    meaning: str
    nearest: str
    templates: int
    reaches: bool
    scale: Scale


@dataclass(frozen=True)
class Mood:
    """What a face seems to express: an emotion or ``unsure``, and each emotion's share in percent."""

    said: str
    shares: Sequence[tuple[str, int]]

    @classmethod
    def of(cls, shares: Mapping[str, float]) -> Mood:
        best = max(shares, key=lambda name: shares[name])
        said = best if shares[best] >= UNSURE else "unsure"
        return cls(said, [(name, round(100 * share)) for name, share in shares.items()])


@dataclass(frozen=True)
class SeenFace:
    """One face of a picture. ``number`` counts from 1, ``box`` is left, top, width and height in pixels,
    ``corner`` its left and top in percent of the picture."""

    number: int
    box: tuple[float, float, float, float]
    corner: tuple[float, float]
    landmarks: Sequence[tuple[str, float, float]]
    main: bool
    confidence: int
    quality: int
    reasons: Sequence[Reason]

    @property
    def stopped(self) -> bool:
        """Whether the kiosk would refuse this face."""
        return any(reason.stops for reason in self.reasons)

    @classmethod
    def of(cls, number: int, face: Mapping[str, Any], size: tuple[int, int], **more: Any) -> Self:
        """From a worker's dict. ``size``: the picture's; ``more``: what a subclass has besides."""
        points = zip(LANDMARKS, face["landmarks"], strict=True)
        return cls(
            number=number,
            box=tuple(face["box"]),
            corner=(_percent(face["box"][0] / size[0]), _percent(face["box"][1] / size[1])),
            landmarks=[(name.replace("_", " "), x, y) for name, (x, y) in points],
            main=face["main"],
            confidence=round(100 * face["confidence"]),
            quality=round(100 * face["quality"]),
            reasons=[Reason.of(**reason) for reason in face["reasons"]],
            **more,
        )


@dataclass(frozen=True)
class KnownFace(SeenFace):
    """A face that was looked up. ``decision``: what the kiosk would say of it, as far as one may know."""

    decision: str
    person: Person | None
    candidates: Sequence[Candidate]
    threshold: str
    mood: Mood | None


@dataclass(frozen=True)
class SeenPicture:
    """A picture's size in pixels, and its faces, the main one first."""

    width: int
    height: int
    faces: Sequence[SeenFace]


@dataclass(frozen=True)
class PictureAnswer:
    picture: SeenPicture
    model: str
    lock: Lock | None

    @classmethod
    def of(
        cls,
        answer: Mapping[str, Any],
        size: tuple[int, int],
        people: Mapping[str, Person],
        lock: Lock | None,
    ) -> PictureAnswer:
        """``size``: of the picture. ``people``: those whom the user may see, by id; others leave no trace."""
        faces = [
            _known(number, face, size, people, lock) for number, face in enumerate(answer["faces"], start=1)
        ]
        return cls(SeenPicture(*size, faces), answer["model"], lock)


@dataclass(frozen=True)
class Measure:
    """One way to compare two faces, and what it says."""

    name: str
    value: str
    limit: str
    same: bool
    note: str


@dataclass(frozen=True)
class PairAnswer:
    pictures: Sequence[SeenPicture]
    same: bool
    measures: Sequence[Measure]
    model: str

    @property
    def agreed(self) -> bool:
        """Whether all measures say the same."""
        return len({measure.same for measure in self.measures}) == 1

    @property
    def poor(self) -> bool:
        """Whether a face that was compared would be refused at the door."""
        return any(picture.faces[0].stopped for picture in self.pictures)

    @classmethod
    def of(cls, answer: Mapping[str, Any], sizes: Sequence[tuple[int, int]]) -> PairAnswer:
        pictures = [
            SeenPicture(
                *size, [SeenFace.of(number, face, size) for number, face in enumerate(seen["faces"], 1)]
            )
            for seen, size in zip(answer["pictures"], sizes, strict=True)
        ]
        return cls(pictures, answer["same"], _measures(answer), answer["model"])


def _measures(answer: Mapping[str, Any]) -> list[Measure]:
    kind = answer["score_kind"]
    measures = [
        Measure(
            _("Euclidean distance"),
            f"{answer['distance']:.3f}",
            _("at most %(limit)s") % {"limit": f"{answer['distance_limit']:.3f}"},
            answer["same"],
            _("0 is the same picture, 2 the opposite"),
        ),
        Measure(
            _("Cosine similarity"),
            f"{answer['similarity']:.3f}",
            _("at least %(limit)s") % {"limit": f"{answer['similarity_limit']:.3f}"},
            answer["same"],
            _("the same angle, told the other way round"),
        ),
    ]
    if kind == "llr":
        measures.append(
            Measure(
                _("Likelihood"),
                score_text(answer["score"], kind),
                _("at least %(limit)s") % {"limit": score_text(answer["score_limit"], kind)},
                answer["score"] >= answer["score_limit"],
                _meaning_of_pair(answer["score"]),
            )
        )
    return measures


def _meaning_of_pair(score: float) -> str:
    power = f"{abs(score):.1f}"
    if score >= 0:
        return _("10^%(power)s times likelier one person than two") % {"power": power}
    return _("10^%(power)s times less likely one person than two") % {"power": power}


def _known(
    number: int,
    face: Mapping[str, Any],
    size: tuple[int, int],
    people: Mapping[str, Person],
    lock: Lock | None,
) -> KnownFace:
    kind, limit = face["score_kind"], face["threshold"]
    person = people.get(face["person"])
    # Someone who was deleted since the worker looked is in no answer any more.
    gone = face["decision"] == Decision.ACCEPTED and person is None
    return KnownFace.of(
        number,
        face,
        size,
        decision=str(Decision.UNKNOWN if gone else face["decision"]),
        person=person,
        candidates=[
            Candidate(
                person=people[candidate["person"]],
                score=score_text(candidate["score"], kind),
                meaning=score_meaning(candidate["score"], kind),
                nearest=f"{candidate['nearest']:.3f}",
                templates=candidate["templates"],
                reaches=candidate["score"] >= limit,
                scale=Scale.of(candidate["score"], limit, kind),
            )
            for candidate in face["candidates"]
            if candidate["person"] in people
        ],
        threshold=score_text(limit, kind),
        mood=Mood.of(face["emotions"]) if lock is None and "emotions" in face else None,
    )
