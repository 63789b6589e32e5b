"""The registry of models: what exists, where its weights are, and whether they are the right ones.

Weights come inside Python packages and are read as data. A package is located without importing
it, and every file is compared with its SHA-256 before anything parses it: some of these files are
pickles, which must never be opened unverified. An embedder of the user's own is named by its card.
"""

from __future__ import annotations

from recognition.errors import ModelError
from recognition.models.card import PREFIX, absolute_name, read_card
from recognition.models.spec import (
    ModelSpec,
    Preprocessing,
    Thresholds,
    WeightFile,
    verified_bytes,
    verified_path,
    weights_problem,
)

__all__ = [
    "DLIB_RESNET29", "MTCNN", "PREFIX", "REGISTRY", "ModelSpec", "Preprocessing", "Thresholds", "WeightFile",
    "absolute_name", "get_spec", "read_card", "ready_spec", "verified_bytes", "verified_path",
    "weights_problem",
]  # fmt: skip

DLIB_RESNET29 = ModelSpec(
    name="dlib-resnet29",
    version=1,
    kind="embedder",
    dimension=128,
    input_size=(150, 150),
    licence="CC0-1.0",
    source="dlib_face_recognition_resnet_model_v1 by Davis King, from face_recognition_models 0.3.0",
    files=(
        WeightFile(
            "face_recognition_models",
            "models/dlib_face_recognition_resnet_model_v1.dat",
            "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        ),
    ),
)

MTCNN = ModelSpec(
    name="mtcnn",
    version=1,
    kind="detector",
    dimension=0,
    input_size=None,
    licence="MIT",
    source="mtcnn 1.0.0 by Ivan de Paz Centeno, after Zhang et al. 2016",
    files=(
        WeightFile(
            "mtcnn",
            "assets/weights/pnet.lz4",
            "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
        ),
        WeightFile(
            "mtcnn",
            "assets/weights/rnet.lz4",
            "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
        ),
        WeightFile(
            "mtcnn",
            "assets/weights/onet.lz4",
            "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
        ),
    ),
)

REGISTRY: dict[str, ModelSpec] = {spec.name: spec for spec in (DLIB_RESNET29, MTCNN)}


def ready_spec(name: str) -> ModelSpec:
    """The embedder called ``name``, which can tell people apart: known thresholds, or our own.

    Raises as :func:`get_spec`, and :class:`ModelError` ``model.no_thresholds`` for a card that does not
    say where its scores divide.
    """
    spec = get_spec(name, "embedder")
    if spec.preprocessing is not None and spec.thresholds is None:
        raise ModelError(
            f"The card of {spec.name} has no [thresholds], so nobody could be told from anybody. "
            "Measure them with `python -m recognition calibrate` (docs/models.md).",
            code="model.no_thresholds",
        )
    return spec


def get_spec(name: str, kind: str) -> ModelSpec:
    """The model called ``name``, or the embedder whose card ``onnx:PATH`` points at.

    Raises :class:`ModelError`: ``model.unknown`` lists the names that exist; for a card as
    :func:`recognition.models.card.read_card`, and ``model.bad_card`` for one that takes a name of ours.
    """
    if kind == "embedder" and name.startswith(PREFIX):
        spec = read_card(name.removeprefix(PREFIX))
        if spec.name in REGISTRY:
            raise ModelError(
                f"The card calls its model {spec.name!r}, which is one of FaceRoster's own. "
                "Choose another name.",
                code="model.bad_card",
            )
        return spec
    found = REGISTRY.get(name)
    if found is None or found.kind != kind:
        known = ", ".join(sorted(spec.name for spec in REGISTRY.values() if spec.kind == kind))
        more = " or onnx:PATH (docs/models.md)" if kind == "embedder" else ""
        raise ModelError(f"There is no {kind} called {name!r}; known: {known}{more}.", code="model.unknown")
    return found
