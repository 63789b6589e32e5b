"""Whether what was seen over a visit is a live face: every cue weighed into one score, and a verdict.

The score is the log-odds of a logistic model on few standardised cues, every weight of the sign that its
meaning gives it; ``passive.json`` beside this file holds weights and thresholds, and
``tools/liveness/fitting.py`` fits it (docs/liveness-model.md). Whatever the score: nobody is LIVE without a
movement that a flat thing cannot make.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import numpy as np

from recognition.errors import ModelError
from recognition.liveness import geometry
from recognition.liveness.observation import Observation
from recognition.liveness.relief import Relief, relief
from recognition.liveness.scenery import scenery

FILE = Path(__file__).with_name("passive.json")

#: Frames and seconds without which nothing is said, and seconds after which no more are asked for.
FEWEST, SHORTEST, LONGEST = 4, 0.35, 1.9
#: Only the newest seconds count, and of these so many frames, evenly: more say no more and take longer.
WINDOW, MOST = 2.5, 10
#: A camera that gives the very same picture for so many seconds gives no picture.
FROZEN_AFTER = 1.2
#: Mean difference of two patches (grey levels) below which they are one picture: no sensor repeats itself.
SAME = 0.02

MORE, FROZEN, LOOPED = "liveness.more_frames", "liveness.frozen", "liveness.looped"
FLAT, REPRODUCED = "liveness.flat", "liveness.reproduced"


class Verdict(StrEnum):
    """What is believed. DOUBT asks for a challenge, or for more frames."""

    LIVE = "live"
    DOUBT = "doubt"
    NOT_LIVE = "not_live"


@dataclass(frozen=True, slots=True)
class Assessment:
    """``score``: log-odds, above 0 more likely live. ``cues``: what it rests on. ``codes``: why not LIVE."""

    score: float
    verdict: Verdict
    cues: dict[str, float]
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Scores: LIVE from ``live``, beyond doubt from ``clear``, NOT_LIVE up to ``not_live``.

    ``motion``: how far the face went, and ``depth``: its movement against its plane, both in eye distances;
    ``ratio``: the latter over its noise; ``texture``: the network's log-odds. Nothing with less is LIVE.
    ``grid``: a peak of the spectrum that two frames may not exceed. ``carried`` (pixels of the small
    picture), ``share`` and ``border``: a room that went along with a straight edge beside the face is one
    that somebody holds; nor is that LIVE.
    """

    live: float
    clear: float
    not_live: float
    motion: float
    depth: float
    ratio: float
    texture: float
    grid: float
    carried: float
    share: float
    border: float


@dataclass(frozen=True, slots=True)
class Model:
    """``weights``: for each cue its mean, deviation and weight."""

    bias: float
    weights: Mapping[str, tuple[float, float, float]]
    thresholds: Thresholds

    def score(self, cues: Mapping[str, float]) -> float:
        """Log-odds; each cue counts for at most three deviations, a missing one for nothing."""
        total = self.bias
        for name, (mean, deviation, weight) in self.weights.items():
            if name in cues:
                total += weight * float(np.clip((cues[name] - mean) / deviation, -3, 3))
        return total


@cache
def model() -> Model:
    """What is shipped. Raises :class:`ModelError`, ``model.invalid``, when it cannot be read."""
    try:
        read = json.loads(FILE.read_text("utf-8"))
        weights = {
            name: (float(row["mean"]), float(row["deviation"]), float(row["weight"]))
            for name, row in read["cues"].items()
        }
        return Model(float(read["bias"]), weights, Thresholds(**read["thresholds"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{FILE.name} cannot be read: {error}", code="model.invalid") from error


def __getattr__(name: str) -> Thresholds:
    """``THRESHOLDS``, read when it is first asked for."""
    if name == "THRESHOLDS":
        return model().thresholds
    raise AttributeError(name)


def assess(observations: Sequence[Observation]) -> Assessment:
    """The verdict over the frames of one face, oldest first; only their newest 2.5 s count.

    Codes: ``liveness.more_frames`` (with DOUBT: nothing can be said yet, and at most 1.9 s are asked for),
    ``liveness.frozen`` and ``liveness.looped`` (the camera repeats pictures), ``liveness.flat`` (nothing
    moved as only a face moves), ``liveness.reproduced`` (it looks like paper or a screen).
    Raises :class:`ModelError` when the shipped model cannot be read.
    """
    newest = [one for one in observations if one.at >= observations[-1].at - WINDOW]
    span = newest[-1].at - newest[0].at if newest else 0.0
    distinct = _distinct(newest)
    repeated = _repeated(distinct, newest[-1].at if newest else 0.0)
    if repeated:
        return Assessment(-8.0, Verdict.NOT_LIVE, {"frames": float(len(distinct))}, (repeated,))
    enough = len(distinct) >= FEWEST and distinct[-1].at - distinct[0].at >= SHORTEST
    if not enough:
        codes = (MORE,) if span < LONGEST else (FLAT,)
        return Assessment(0.0, Verdict.DOUBT, {"frames": float(len(distinct))}, codes)
    cues = cues_of(distinct)
    return _decided(cues, span)


def cues_of(distinct: Sequence[Observation]) -> dict[str, float]:
    """Every cue of a visit's frames, by name, as the model weighs them."""
    places = np.unique(np.linspace(0, len(distinct) - 1, min(MOST, len(distinct))).round().astype(int))
    found = relief([distinct[place] for place in places], model().thresholds.depth)
    room = scenery([distinct[place] for place in places])
    cues = {"frames": float(len(distinct)), **_movement(found), **_geometry(distinct)}
    cues |= {"carried": room.carried, "share": room.share}
    for name in sorted({name for one in distinct for name in one.cues}):
        values = [one.cues[name] for one in distinct if name in one.cues]
        cues[name] = float(np.mean(values))
        if name == "moire":  # a screen's grid comes and goes with its distance; seen twice, it is one
            cues["grid"] = sorted(values)[-2:][0]
    return cues


def _movement(found: Relief) -> dict[str, float]:
    return {
        "depth": found.depth,
        "relief": float(np.log(max(found.depth, 3e-4))),
        "ratio": min(found.ratio, 100.0),
        "clearness": float(np.log(np.clip(found.ratio, 0.3, 100.0))),
        "expression": max(found.eyes, found.mouth),
        "motion": found.motion,
        # A background that goes along says little about a face that hardly moved.
        "attached": (found.attached - 0.5) * min(found.motion, 1.0),
    }


def _geometry(distinct: Sequence[Observation]) -> dict[str, float]:
    """What the five landmarks say by themselves, as the detector found them."""
    points = np.stack([one.landmarks for one in distinct])
    return {
        "planarity": geometry.planarity(points),
        "foreshortening": geometry.foreshortening(points),
        "parallax": geometry.parallax(points),
    }


def _decided(cues: dict[str, float], span: float) -> Assessment:
    limits, score = model().thresholds, model().score(cues)
    moved = has_moved(cues, limits)
    skin = cues.get("texture", 0.0) >= limits.texture and not screened(cues, limits)
    if score >= limits.live and moved and skin:
        return Assessment(score, Verdict.LIVE, cues)
    codes = (() if moved else (FLAT,)) + (() if skin else (REPRODUCED,)) or (REPRODUCED,)
    if score <= limits.not_live and not skin:
        return Assessment(score, Verdict.NOT_LIVE, cues, codes)
    if span < LONGEST:
        return Assessment(score, Verdict.DOUBT, cues, (MORE, *codes))
    return Assessment(score, Verdict.DOUBT, cues, codes)


def has_moved(cues: Mapping[str, float], limits: Thresholds) -> bool:
    """Whether a movement is seen that a flat thing cannot make.

    Nobody alive keeps perfectly still: where the whole face does, what seems to move in it is the grain of
    paper or the grid of a screen.
    """
    deep = cues["depth"] >= limits.depth and cues["ratio"] >= limits.ratio
    return deep and cues["motion"] >= limits.motion


def screened(cues: Mapping[str, float], limits: Thresholds) -> bool:
    """Whether it is seen that a screen or a sheet shows the face, however much like skin it looks."""
    held = cues["carried"] >= limits.carried and cues["share"] >= limits.share
    return cues.get("grid", 0.0) > limits.grid or (held and cues.get("border", 0.0) >= limits.border)


def _same(first: Observation, second: Observation) -> bool:
    if first.window != second.window:
        return False
    difference = np.abs(first.patch.astype(np.int16) - second.patch.astype(np.int16))
    return float(difference.mean()) < SAME


def _distinct(observations: Sequence[Observation]) -> list[Observation]:
    """Without those that show what the one before shows: a page may ask faster than its camera films."""
    kept: list[Observation] = []
    for one in observations:
        if not kept or not _same(kept[-1], one):
            kept.append(one)
    return kept


def _repeated(distinct: Sequence[Observation], until: float) -> str | None:
    """The code of a camera that stands still or begins again, if it does."""
    if distinct and until - distinct[-1].at > FROZEN_AFTER:
        return FROZEN
    for later, one in enumerate(distinct):
        if any(_same(one, other) for other in distinct[: max(0, later - 1)]):
            return LOOPED
    return None
