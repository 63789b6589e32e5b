"""Our engine, and the same networks called the usual way, as servers for :mod:`benchmarks.measure`.

python -m benchmarks.serve faceroster --backend tensorflow --people 10000
python -m benchmarks.serve usual
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.peers.wire import Arrays, Handler, serve
from recognition.alignment import embedder_chip
from recognition.decoding import decode
from recognition.embedding import make_embedder
from recognition.engine import EngineConfig, FaceEngine
from recognition.gallery import Gallery
from recognition.identify import decide
from recognition.scoring import make_scorer
from recognition.types import Floats, Image

_LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


def strangers(people: int, photos: int, near: Floats, seed: int = 0) -> Floats:
    """Vectors (people * photos, D) that fill a gallery: clustered as faces are, around ``near`` (D,).

    Faces of one network share a direction (two strangers' cosine is about .85 for dlib's), so
    that what looks near in a search is as crowded as with real people.
    """
    random = np.random.default_rng(seed)
    noise = 1 / np.sqrt(len(near))
    centres = near + 0.45 * noise * random.standard_normal((people, 1, len(near)))
    made = centres + 0.25 * noise * random.standard_normal((people, photos, len(near)))
    flat = made.reshape(-1, len(near))
    return (flat / np.linalg.norm(flat, axis=1, keepdims=True)).astype(np.float32)


class Ours:
    """Frame to identity with :class:`FaceEngine` and :class:`Gallery`."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        config = EngineConfig(backend=options.backend, min_face=options.min_face, stability=True)
        self.engine = FaceEngine(config)
        self.engine.warm_up((480, 640))
        self.scorer = make_scorer(self.engine.spec)
        self.gallery = Gallery(dimension=self.engine.dimension, model=self.engine.model, scorer=self.scorer)
        self.embedder = make_embedder(config.embedder, config.backend)
        self.finder = FaceEngine(dataclasses.replace(config, max_side=1920))

    def enroll(self, arrays: Arrays) -> dict[str, Any]:
        """Labels as UTF-8 lines, then the frames; afterwards strangers fill the gallery up."""
        labels, frames = bytes(arrays[0]).decode().splitlines(), arrays[1:]
        templates = []
        for label, found in zip(labels, self.engine.analyse(frames, largest=1), strict=True):
            if found and found[0].embedding:
                templates.append((len(templates), label, found[0].embedding.vector))
        self.gallery.add(templates)
        photos = self.options.photos
        mean = np.mean([vector for _, _, vector in templates], axis=0)
        rest = self.options.people - self.gallery.people
        filling = strangers(rest, photos, mean / np.float32(np.linalg.norm(mean)))
        first = len(templates)
        self.gallery.add([(first + i, f"stranger {i // photos}", row) for i, row in enumerate(filling)])
        return {"people": self.gallery.people, "templates": len(self.gallery)}

    def frame(self, frame: Image) -> dict[str, Any]:
        """The whole way of a kiosk's frame: find, judge, embed, search, decide."""
        found = self.engine.analyse([frame], largest=1)[0]
        if not found or not found[0].embedding:
            return {"faces": 0, "vector": None, "person": None}
        vector = found[0].embedding.vector
        decided = decide(self.gallery.candidates(vector), self.scorer.policy(self.gallery.people))
        return {"faces": 1, "vector": vector, "person": decided.person}

    def jpeg(self, data: bytes) -> dict[str, Any]:
        return self.frame(decode(data))

    def photos(self, files: list[bytes]) -> dict[str, Any]:
        found = self.engine.analyse_photos([decode(data) for data in files])
        return {"photos": sum(getattr(one, "embedding", None) is not None for one in found)}

    def detect(self, frame: Image) -> dict[str, Any]:
        return {"faces": len(self.finder.analyse([frame], embed=False)[0])}

    def embed(self, chips: Image) -> dict[str, Any]:
        return {"vectors": self.embedder.embed(chips)}

    def handlers(self) -> dict[str, Handler]:
        return {
            "enroll": (_same, self.enroll),
            "frame": (_first, self.frame),
            "jpeg": (_bytes, self.jpeg),
            "photos": (lambda arrays: [array.tobytes() for array in arrays], self.photos),
            "detect": (_first, self.detect),
            "embed": (_first, self.embed),
        }


def usual() -> dict[str, Handler]:
    """The ``mtcnn`` package's ``detect_faces``, then ``predict`` of our Keras model. No search."""
    from mtcnn import MTCNN

    detector = MTCNN()
    model = keras_model()

    def run(frame: Image) -> dict[str, Any]:
        found = detector.detect_faces(frame)
        if not found:
            return {"faces": 0, "vector": None}
        face = max(found, key=lambda one: one["box"][2] * one["box"][3])
        landmarks = np.array([face["keypoints"][name] for name in _LANDMARKS], np.float32)
        chip = embedder_chip(frame, landmarks).astype(np.float32)
        vector = model.predict(chip[None], verbose=0)[0]
        return {"faces": len(found), "vector": vector / np.linalg.norm(vector)}

    return {
        "frame": (_first, run),
        "jpeg": (_bytes, lambda data: run(decode(data))),
        "photos": (
            lambda arrays: [array.tobytes() for array in arrays],
            lambda files: {"photos": sum(run(decode(data))["faces"] > 0 for data in files)},
        ),
        "detect": (_first, lambda frame: {"faces": len(detector.detect_faces(frame))}),
        "embed": (
            lambda arrays: arrays[0].astype(np.float32),
            lambda chips: {"vectors": model.predict(chips, verbose=0)},
        ),
    }


def keras_model() -> Any:
    """Our Keras build of dlib's ResNet, from the verified file."""
    from recognition.embedding.dlib_dat import parse
    from recognition.embedding.resnet import build
    from recognition.models import DLIB_RESNET29, verified_path

    return build(parse(verified_path(DLIB_RESNET29.files[0]).read_bytes()))


def _same(arrays: Arrays) -> Arrays:
    return arrays


def _first(arrays: Arrays) -> np.ndarray:
    return arrays[0].copy()


def _bytes(arrays: Arrays) -> bytes:
    return arrays[0].tobytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pipeline", choices=("faceroster", "usual"))
    parser.add_argument("--backend", default="tensorflow")
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--photos", type=int, default=1, help="of each stranger in the gallery")
    parser.add_argument("--min-face", type=int, default=EngineConfig().min_face)
    options = parser.parse_args()
    make: Callable[[], dict[str, Handler]] = usual
    if options.pipeline == "faceroster":
        make = lambda: Ours(options).handlers()  # noqa: E731
    serve(make)


if __name__ == "__main__":
    main()
