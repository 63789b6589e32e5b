"""The registry of models: what exists, where its weights are, and whether they are the right ones.

Weights come inside Python packages and are read as data. A package is located without importing
it, and every file is compared with its SHA-256 before anything parses it: some of these files are
pickles, which must never be opened unverified.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from dataclasses import dataclass
from pathlib import Path

from recognition.errors import ModelError


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of weights: the package that carries it, the path inside, and its SHA-256 in hex."""

    package: str
    path: str
    sha256: str

    @property
    def name(self) -> str:
        return Path(self.path).name


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What is known about one model before it is loaded.

    ``input_size``: height and width in pixels, ``None`` for a network that takes any size.
    ``dimension``: length of the embedding, 0 for a detector. ``key`` names the vectors it makes:
    change ``version`` whenever the numbers that come out change.
    """

    name: str
    version: int
    kind: str
    dimension: int
    input_size: tuple[int, int] | None
    licence: str
    source: str
    files: tuple[WeightFile, ...]

    @property
    def key(self) -> str:
        return f"{self.name}@{self.version}"


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

_verified: dict[WeightFile, Path] = {}
_lock = threading.Lock()


def get_spec(name: str, kind: str) -> ModelSpec:
    """The model called ``name``; :class:`ModelError` ``model.unknown`` lists those that exist."""
    spec = REGISTRY.get(name)
    if spec is None or spec.kind != kind:
        known = ", ".join(sorted(spec.name for spec in REGISTRY.values() if spec.kind == kind))
        raise ModelError(f"There is no {kind} called {name!r}; known: {known}.", code="model.unknown")
    return spec


def verified_path(file: WeightFile) -> Path:
    """Path of a weight file whose SHA-256 has been checked (once per process).

    Raises :class:`ModelError`: ``model.missing`` when the package or file is not installed,
    ``model.checksum`` when the file's content is not the expected one.
    """
    with _lock:
        if file not in _verified:
            path = _locate(file)
            found = hashlib.sha256(path.read_bytes()).hexdigest()
            if found != file.sha256:
                raise ModelError(
                    f"The weights {file.name} are damaged or have been changed "
                    f"(SHA-256 {found[:12]}..., expected {file.sha256[:12]}...). Reinstall {file.package}.",
                    code="model.checksum",
                )
            _verified[file] = path
        return _verified[file]


def _locate(file: WeightFile) -> Path:
    spec = importlib.util.find_spec(file.package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / file.path
        if path.is_file():
            return path
    raise ModelError(
        f"The weights {file.name} are missing. Install the package {file.package}.", code="model.missing"
    )
