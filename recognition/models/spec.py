"""What is known about a model before it is loaded, and its weights, verified."""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from dataclasses import dataclass
from pathlib import Path

from recognition.errors import ModelError


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of weights and its SHA-256 in hex.

    ``package``: the installed Python package that carries it, ``path`` being the path inside; None
    for a file of the user's own, ``path`` being its place on this machine.
    """

    package: str | None
    path: str
    sha256: str

    @property
    def name(self) -> str:
        return Path(self.path).name


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a chip (uint8 RGB, square) becomes a network's input: float32 ``(pixel - mean) * scale``.

    ``color``: RGB or BGR, the order of the channels the network was trained with; ``mean`` and
    ``scale`` are one value per channel in that order. ``layout``: NCHW or NHWC.
    ``mirror``: the embedding is the mean of those of the chip and of its mirror image.
    """

    color: str = "RGB"
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)
    layout: str = "NCHW"
    mirror: bool = False


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a model's own scores divide, as measured for it (``python -m recognition calibrate``).

    ``accept``: least cosine to be identified with. ``margin``: least lead over the runner-up, a
    difference of cosines. ``verify``: largest distance of one person's faces, one to one, Euclidean
    between unit vectors (0 to 2).
    """

    accept: float
    margin: float
    verify: float


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """What is known about one model before it is loaded.

    ``input_size``: height and width in pixels, ``None`` for a network that takes any size.
    ``dimension``: length of the embedding, 0 for a detector. ``key`` names the vectors it makes:
    change ``version`` whenever the numbers that come out change. ``template``: where the five
    landmarks lie in an embedder's chip (:data:`recognition.alignment.TEMPLATES`). ``preprocessing``
    and ``thresholds`` come from the card of an embedder of the user's own; the built-in models have
    theirs in code.
    """

    name: str
    version: int
    kind: str
    dimension: int
    input_size: tuple[int, int] | None
    licence: str
    source: str
    files: tuple[WeightFile, ...]
    template: str = "dlib5"
    preprocessing: Preprocessing | None = None
    thresholds: Thresholds | None = None

    @property
    def key(self) -> str:
        return f"{self.name}@{self.version}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex of all that the numbers depend on: two models of one key must agree in it."""
        parts = (self.key, self.dimension, self.input_size, self.template, self.preprocessing)
        weights = tuple(file.sha256 for file in self.files)
        return hashlib.sha256(repr((*parts, weights)).encode()).hexdigest()


_verified: dict[WeightFile, Path] = {}
_lock = threading.Lock()


def verified_path(file: WeightFile) -> Path:
    """Path of a weight file whose SHA-256 has been checked (once per process).

    Raises :class:`ModelError`: ``model.missing`` when the package or file is not installed,
    ``model.checksum`` when the file's content is not the expected one.
    """
    with _lock:
        if file not in _verified:
            path = _locate(file)
            _compare(file, path.read_bytes())
            _verified[file] = path
        return _verified[file]


def verified_bytes(file: WeightFile) -> bytes:
    """The content of a weight file, read now and compared with its SHA-256 before it is returned.

    For files that may change under a running process. Raises as :func:`verified_path`.
    """
    data = _locate(file).read_bytes()
    _compare(file, data)
    return data


def weights_problem(spec: ModelSpec) -> str | None:
    """What is wrong with the files of a model, compared by SHA-256 just now; None when nothing is."""
    try:
        for file in spec.files:
            verified_bytes(file)
    except ModelError as error:
        return error.message
    return None


def _compare(file: WeightFile, data: bytes) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found == file.sha256:
        return
    cure = (
        f"Reinstall {file.package}."
        if file.package
        else "Fetch the file again, or correct sha256 in its card if this is the file you mean."
    )
    raise ModelError(
        f"The weights {file.name} are damaged or have been changed "
        f"(SHA-256 {found[:12]}..., expected {file.sha256[:12]}...). {cure}",
        code="model.checksum",
    )


def _locate(file: WeightFile) -> Path:
    if file.package is None:
        if Path(file.path).is_file():
            return Path(file.path)
        raise ModelError(f"There is no weight file {file.path}.", code="model.missing")
    spec = importlib.util.find_spec(file.package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / file.path
        if path.is_file():
            return path
    raise ModelError(
        f"The weights {file.name} are missing. Install the package {file.package}.", code="model.missing"
    )
