"""Who the faces of a video are: by a folder's photos, or by a server that knows the people."""

from __future__ import annotations

import argparse
import sys
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from recognition.commands.common import complain, make_engine, require_thresholds
from recognition.commands.identify import load_gallery
from recognition.commands.server import Busy, Server, is_url
from recognition.decoding import encode_jpeg
from recognition.engine import FaceEngine
from recognition.errors import GalleryError
from recognition.gallery import Gallery
from recognition.identify import VERIFY_THRESHOLD, Decision, Identification, decide_frame
from recognition.policy import Policy
from recognition.tracking import Identify, Tracker, TrackingConfig, View
from recognition.types import Analysis, Box, Embedding, Face, Image

#: A face is sent with so much around it on each side, in sides of its box: a detector wants to see a head.
ROOM = 0.75
#: How often a server is asked about a face that it does not know, each time with a better or later look.
ASKED = 3
#: So many looks are remembered with their answers; far more than are in view at a time.
REMEMBERED = 1000

UNKNOWN = Identification(Decision.UNKNOWN, None, (), 0.0, 0.0)


def tracker_for(options: argparse.Namespace, **config: Any) -> tuple[Tracker, FaceEngine]:
    """A tracker that names faces by ``options.gallery``, a folder, a URL or ``None``, and its engine.

    ``config``: of :class:`TrackingConfig`. Raises as ``load_gallery`` and :class:`Server` do, and
    ``usage.invalid`` for a rule of one's own where a server decides.
    """
    if options.gallery is None:
        engine = make_engine()
        return Tracker(engine, None, TrackingConfig(same=_same(engine), **config)), engine
    if is_url(options.gallery):
        if options.threshold is not None or options.margin is not None or options.score != "auto":
            raise GalleryError(
                "A server decides by its own --score, --threshold and --margin.", code="usage.invalid"
            )
        server = Server(options.gallery)  # before the models: a wrong token is told at once
        engine = make_engine()
        asking = Asking(engine, server)
        # Not cross-checked by name: each look would be sent.
        settings = TrackingConfig(same=_same(engine), by_name=False, **config)
        return Tracker(asking, asking.name, settings), engine
    if options.threshold is None:
        require_thresholds()
    engine = make_engine()
    gallery = load_gallery(engine, Path(options.gallery), score=options.score, quiet=options.quiet)
    policy = gallery.policy(options.threshold, options.margin)
    return Tracker(engine, namer(gallery, policy), TrackingConfig(same=_same(engine), **config)), engine


def _same(engine: FaceEngine) -> float:
    measured = engine.spec.thresholds
    return TrackingConfig.SAME_SHARE * (measured.verify if measured is not None else VERIFY_THRESHOLD)


def namer(gallery: Gallery, policy: Policy) -> Identify:
    """Decides on the faces of a frame together, on each by all its views."""

    def name(faces: Sequence[Sequence[View]]) -> list[Identification]:
        near = [
            gallery.candidates(
                np.stack([view.vector for view in views]), weights=[view.weight for view in views]
            )
            for views in faces
        ]
        return decide_frame(near, policy)

    return name


@dataclass(frozen=True, slots=True)
class _Told:
    """What the server said of a face, after so many questions."""

    identity: Identification = UNKNOWN
    times: int = 0

    @property
    def settled(self) -> bool:
        return self.identity.person is not None or self.times >= ASKED


@dataclass(slots=True)
class Asking:
    """Asks a server about faces: once about each that it knows, about others :data:`ASKED` times.

    Stands between a tracker and its engine, because a server is sent pictures and not vectors.
    """

    engine: FaceEngine
    server: Server
    _fresh: dict[bytes, tuple[Image, Face]] = field(default_factory=dict)
    _told: OrderedDict[bytes, _Told] = field(default_factory=OrderedDict)
    _not_before: float = 0.0

    def analyse(
        self, images: Sequence[Image], *, embed: bool = True, largest: int | None = None
    ) -> list[list[Analysis]]:
        return self.engine.analyse(images, embed=embed, largest=largest)

    def embed(self, image: Image, faces: Sequence[Face]) -> list[Embedding]:
        found = self.engine.embed(image, faces)
        self._fresh = {one.vector.tobytes(): (image, face) for one, face in zip(found, faces, strict=True)}
        return found

    def name(self, faces: Sequence[Sequence[View]]) -> list[Identification]:
        """What the server says of each face, given its views; never one name for two of them."""
        found = [self._one(views) for views in faces]
        named = [one.candidates if one.person is not None else () for one in found]
        rules = [Policy(one.threshold, one.margin) for one in found if one.person is not None]
        together = decide_frame(named, rules[0]) if rules else found
        return [both if one.person else one for one, both in zip(found, together, strict=True)]

    def _one(self, views: Sequence[View]) -> Identification:
        keys = [view.vector.tobytes() for view in views]
        told = max(
            (self._told[key] for key in keys if key in self._told),
            key=lambda one: (one.identity.person is not None, one.times),
            default=_Told(),
        )
        new = next((key for key in keys if key in self._fresh and key not in self._told), None)
        if new is not None and not told.settled and time.monotonic() >= self._not_before:
            told = self._asked(new, told)
        if told.times:  # the looks of a face that replace this one are then known too
            for key in keys:
                self._told[key] = told
            while len(self._told) > REMEMBERED:
                self._told.popitem(last=False)
        return told.identity

    def _asked(self, key: bytes, before: _Told) -> _Told:
        image, face = self._fresh[key]
        part, inside = head(image, face)
        try:
            identity, main = self.server.identify(encode_jpeg(part))
        except Busy as busy:
            self._not_before = time.monotonic() + busy.seconds
            with tqdm.external_write_mode(file=sys.stderr):
                complain(busy.code, f"{busy.message} The face stays unknown for now.")
            return before
        # Its neighbour was larger, say, and the server spoke of that one.
        mine = main is not None and _holds(inside, main.center)
        return _Told(identity if mine else UNKNOWN, before.times + 1)


def head(image: Image, face: Face) -> tuple[Image, Box]:
    """A face and what is around it, cut out of RGB uint8 (h, w, 3), and its box in there."""
    x, y, w, h = face.box
    room = ROOM * max(w, h)
    left, top = max(0, round(x - room)), max(0, round(y - room))
    part = image[top : round(y + h + room), left : round(x + w + room)]
    return np.ascontiguousarray(part), Box(x - left, y - top, w, h)


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return 0 <= point[0] - box.x <= box.w and 0 <= point[1] - box.y <= box.h
