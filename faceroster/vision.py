"""The one door to the face library: our settings in, its engine out, its errors turned into ours.

Nothing heavy loads when this module is imported. Web processes use only the parts that read and
write pictures; :func:`engine` is for workers.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from django.conf import settings

from faceroster.core.errors import InvalidInput
from faceroster.trust import sealing
from faceroster.vision_settings import check_threshold_unit
from recognition import alignment, classifier, copies, decoding, emotion, identify, models, redundancy
from recognition.classifier import packing
from recognition.emotion import inference as emotion_inference
from recognition.emotion.crop import face_crop
from recognition.emotion.inference import UNSURE, EmotionNetwork
from recognition.emotion.labels import EMOTIONS
from recognition.errors import FaceError, GalleryError, ImageError, ModelError, TrainingError
from recognition.gallery import Candidate
from recognition.gallery import Gallery as PlainGallery
from recognition.identify import Decision, Identification, Policy
from recognition.models import ModelSpec
from recognition.runtime import check_backend
from recognition.scoring import make_scorer
from recognition.types import LANDMARKS, Analysis, Embedding, Face, Floats, Image, Quality

if TYPE_CHECKING:
    from recognition.engine import FaceEngine

__all__ = [
    "EMOTIONS", "LANDMARKS", "UNSURE", "Analysis", "Candidate", "Classifier", "ClassifierPlan",
    "Decision", "Embedder", "Embedding", "Face",
    "FaceEngine", "Floats", "Gallery", "Identification", "Image", "ModelError", "ModelSpec", "Policy",
    "Quality", "as_photo", "built_in_specs", "check_picture", "decode", "decode_frame", "decode_to_fit",
    "embedder_from", "embedder_name", "embedder_spec", "embedder_try", "encode_jpeg", "engine", "explain",
    "fingerprint", "friendly_errors", "identify", "nearest_others", "new_gallery", "not_like_others",
    "policy", "read_emotions", "rotate", "same_human_elsewhere", "same_picture", "shrink", "suspicion",
    "weights_problem",
]  # fmt: skip

#: The largest file that is read as a picture.
PHOTO_MAX_BYTES = decoding.Limits().max_bytes
#: No camera sends more; a tiny file that unpacks into a huge picture would keep a worker busy.
FRAME_MAX_BYTES = decoding.MIB
_FRAME = decoding.Limits(max_bytes=FRAME_MAX_BYTES, max_pixels=4_000_000, working_side=1280)

#: Engines kept at a time: of the embedder in force, and of one that is being switched to or from.
_ENGINES = 2


class Embedder(NamedTuple):
    """An embedder: its name as the settings write it, and the fingerprint its vectors were made under.

    Without a fingerprint it is taken as it is found.
    """

    setting: str
    fingerprint: str = ""


_lock = threading.Lock()
_engines: OrderedDict[Embedder, FaceEngine] = OrderedDict()


def _by_setting() -> Embedder:
    return Embedder(settings.FACEROSTER["EMBEDDER"])


_in_force: Callable[[], Embedder] = _by_setting


def embedder_from(source: Callable[[], Embedder]) -> None:
    """From now on ``source`` says which embedder is in force: the database knows, and we do not read it."""
    global _in_force
    _in_force = source


def engine(embedder: Embedder | None = None) -> FaceEngine:
    """This process's engine, made on first use (so after a worker has forked).

    ``embedder``: another than the one in force. Raises :class:`ModelError` when it is not there, or
    ``model.changed`` when it is not the one that its fingerprint was taken of.
    """
    chosen = embedder or _in_force()
    with _lock:
        if chosen not in _engines:
            _engines[chosen] = _make_engine(chosen)
            if len(_engines) > _ENGINES:
                _engines.popitem(last=False)
        _engines.move_to_end(chosen)
        return _engines[chosen]


def _make_engine(chosen: Embedder) -> FaceEngine:
    from recognition.engine import EngineConfig, FaceEngine

    if _engines:  # they share a detector
        made = next(iter(_engines.values())).with_embedder(chosen.setting)
    else:
        options = settings.FACEROSTER
        backend = check_backend(options["BACKEND"])
        made = FaceEngine(
            EngineConfig(
                detector=options["DETECTOR"], embedder=chosen.setting, backend=backend, stability=True
            )
        )
    if chosen.fingerprint not in ("", made.spec.fingerprint):
        raise ModelError(
            f"{made.model} is not what it was when its templates were made: its card or its weights were "
            "changed. Put the old ones back, or give the card a new version and switch to it.",
            code="model.changed",
        )
    return made


def embedder_spec(setting: str) -> ModelSpec:
    """What is known about an embedder without loading it. Raises :class:`ModelError`."""
    return models.get_spec(setting, "embedder")


def embedder_name(setting: str) -> str:
    """A setting that means the same wherever a process was started: paths are absolute."""
    return models.absolute_name(setting)


def built_in_specs() -> list[ModelSpec]:
    """The models that FaceRoster brings along: detectors and embedders."""
    return list(models.REGISTRY.values())


weights_problem = models.weights_problem


def embedder_try(setting: str) -> ModelSpec:
    """See :func:`recognition.embedding.try_embedder`.

    Raises :class:`InvalidInput` too: ``gallery.bad_policy``, for a threshold of another unit.
    """
    from recognition.embedding import try_embedder

    spec = try_embedder(setting)
    try:
        check_threshold_unit(spec)
    except GalleryError as error:
        raise InvalidInput(error.code, error.message) from error
    return spec


def start_quietly() -> None:
    """Import TensorFlow now, without the notes it writes to the terminal. Call it before any thread.

    Nothing happens where another backend runs the networks.
    """
    from recognition.commands import hush

    hush.start(settings.FACEROSTER["BACKEND"])


def policy(gallery: Gallery) -> Policy:
    """Threshold and margin in force for a gallery, in the unit of its scores."""
    return gallery.policy(settings.FACEROSTER["THRESHOLD"], settings.FACEROSTER["MARGIN"])


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Turn the face library's errors on bad input into :class:`InvalidInput` with the same code.

    Missing weights and the like pass through: they are nobody's input, and no reason to refuse a photo.
    """
    try:
        yield
    except (ImageError, FaceError) as error:
        raise InvalidInput(error.code, error.message) from error


def decode(data: bytes) -> Image:
    """Untrusted bytes to an RGB image. Raises :class:`InvalidInput` with an ``image.*`` code."""
    with friendly_errors():
        return decoding.decode(data)


def decode_to_fit(data: bytes, max_side: int) -> tuple[Image, float]:
    """Untrusted bytes to an RGB image of at most ``max_side`` pixels, shrunk while it is decoded.

    Also returns how many pixels of the upright original one pixel of it is. Raises as :func:`decode`.
    """
    with friendly_errors():
        width = decoding.inspect(data).width
        image = decoding.decode(data, decoding.Limits(working_side=max_side))
    return image, width / image.shape[1]


def decode_frame(data: bytes) -> Image:
    """A camera's frame to an RGB image of at most 1280 pixels a side. Raises as :func:`decode`."""
    with friendly_errors():
        return decoding.decode(data, _FRAME)


def check_picture(data: bytes) -> None:
    """Look at the header only, which is cheap. Raises :class:`InvalidInput` with an ``image.*`` code."""
    with friendly_errors():
        decoding.inspect(data)


encode_jpeg = decoding.encode_jpeg
shrink = decoding.shrink


def explain(code: str, measures: Mapping[str, float] | None = None) -> str:
    """A sentence a person can act on, for a reason code of the engine; with figures where they help."""
    from recognition import quality

    return quality.explain(code, measures)


def as_photo(found: Analysis) -> Quality:
    """How a face that was judged as a camera's frame would do as an enrollment photo."""
    from recognition import quality

    model = found.embedding.model if found.embedding else ""
    return quality.judge(found.quality.measures, quality.ENROLLMENT, model)


def emotion_card() -> dict[str, Any] | None:
    """What is known of the emotion network that ships: how it was trained, how well it did. None without."""
    path = Path(emotion.__file__).with_name("weights") / "compact.json"
    if not path.is_file():
        return None
    card: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return card


def read_emotions(image: Image, faces: Sequence[Face]) -> list[dict[str, float]]:
    """How probable each of ``EMOTIONS`` is on each of the faces that were found in an RGB image.

    Below ``UNSURE`` even the likeliest is worth no name. Ask :mod:`faceroster.emotions` first whether it is
    allowed. Raises :class:`ModelError` where the network is not there.
    """
    return [reading.by_name() for reading in _emotions().read(image, faces)]


#: A face out of an RGB image as the emotion network takes it: float32 (48, 48), grey, 0 to 1. Loads nothing.
emotion_crop = face_crop


def emotion_of(crop: Floats) -> str | None:
    """The likeliest of ``EMOTIONS`` on an :func:`emotion_crop`; None below ``UNSURE``.

    Raises as :func:`read_emotions`.
    """
    [reading] = _emotions().readings(crop[np.newaxis])
    return None if reading.unsure else reading.label


def _emotions() -> EmotionNetwork:
    return emotion_inference.load(backend=check_backend(settings.FACEROSTER["BACKEND"]))


Classifier = classifier.Classifier
ClassifierPlan = classifier.Plan
classifier_pack = packing.to_bytes
classifier_unpack = packing.from_bytes


def classifier_model() -> str:
    """name@version of the face network that every classifier is built on."""
    return models.DLIB_RESNET29.key


def classifier_chip(image: Image, face: Face) -> Image:
    """A face out of an RGB image as a classifier takes it: uint8 (150, 150, 3)."""
    return alignment.embedder_chip(image, face.landmarks, models.DLIB_RESNET29.template)


def classifier_train(
    chips: Mapping[str, Image], plan: ClassifierPlan, progress: classifier.Progress
) -> Classifier:
    """See :func:`recognition.classifier.train`, for chips as of :func:`classifier_chip`.

    Raises :class:`InvalidInput` ``training.*``, :class:`ModelError`, and what ``progress`` raises.
    """
    try:
        return classifier.train(chips, plan, progress=progress)
    except TrainingError as error:
        raise InvalidInput(error.code, error.message) from error


class Gallery(PlainGallery):
    """A gallery that knows its embedder, whose engine may have been dropped meanwhile."""

    def __init__(self, spec: ModelSpec) -> None:
        scorer = make_scorer(spec, settings.FACEROSTER["SCORE"], _matrix(spec.dimension))
        index = settings.FACEROSTER["INDEX"]
        super().__init__(dimension=spec.dimension, model=spec.key, index=index, scorer=scorer)
        self.spec = spec


def new_gallery(spec: ModelSpec) -> Gallery:
    """An empty gallery for the (rotated) templates of an embedder (``engine().spec``).

    Raises :class:`RecognitionError` when the settings' threshold is not in the unit of its scores: the
    embedder in force may be another than the setting's, which was checked at start.
    """
    check_threshold_unit(spec)
    return Gallery(spec)


def suspicion(gallery: Gallery) -> Policy:
    """The policy in force, with the lower threshold from which two people are suspected to be one."""
    strict = policy(gallery)
    return strict.with_(threshold=strict.threshold - redundancy.SUSPICION * gallery.scorer.tenfold)


def same_human_elsewhere(gallery: Gallery, vector: Floats, person: str) -> list[Candidate]:
    """Other people in ``gallery`` of whom this (rotated) face may be another enrollment, best first."""
    return redundancy.same_human_elsewhere(gallery, vector, person, suspicion(gallery))


def nearest_others(gallery: Gallery, vector: Floats, person: str) -> list[Candidate]:
    """The people other than ``person`` whose photos this (rotated) face could be a copy of, best first."""
    near = gallery.candidates(vector, redundancy.ELSEWHERE + 1)
    return [candidate for candidate in near if candidate.person != person][: redundancy.ELSEWHERE]


def not_like_others(gallery: Gallery, vector: Floats, person: str) -> bool:
    """Whether this (rotated) face is unlike ``person``'s templates: probably another human."""
    own = [template for _, template in gallery.person_templates(person)]
    card = gallery.spec.thresholds
    return redundancy.unlike_own(own, vector, card.verify if card else None)


def fingerprint(image: Image, face: Face) -> bytes:
    """What a photo is known by when it comes again, changed or not (:mod:`recognition.copies`)."""
    return copies.fingerprint(image, face.landmarks)


def same_picture(first: bytes | None, second: bytes, distance: float) -> bool:
    """Whether two fingerprints, of faces ``distance`` apart, are of one picture.

    Where there is none, or one of another version, the distance alone decides.
    """
    if first is None or not copies.readable(first):
        return distance <= redundancy.NEAR_DUPLICATE
    return copies.is_copy(first, second, distance)


@lru_cache(maxsize=2)
def _rotation(key: bytes, dimension: int) -> Floats:
    random = np.random.Generator(np.random.PCG64(int.from_bytes(key, "big")))
    q, r = np.linalg.qr(random.standard_normal((dimension, dimension)))
    # The signs of R's diagonal make the draw uniform over rotations (Mezzadri 2007).
    return (q * np.sign(np.diag(r))).astype(np.float32)


def _matrix(dimension: int) -> Floats:
    return _rotation(sealing.derived_key("index-rotation"), dimension)


def rotate(vectors: Floats) -> Floats:
    """Turn embeddings (float32, (..., D)) by the secret rotation of this installation.

    Cosines stay what they are (to float precision), but a vector copied out of memory or a snapshot
    is of no use with anybody else's embeddings.
    """
    matrix = _matrix(vectors.shape[-1])
    return np.ascontiguousarray(vectors @ matrix, dtype=np.float32)
