"""Emotion networks as they lie on disk: the one that ships, and what ``emotion train`` leaves.

The shipped one has a card, ``weights/compact.json``, which :func:`publish` writes: ``name``, ``version``,
``file`` (the ``.keras`` file beside the card), ``sha256`` of that file in hex, ``classes``, ``input`` (shape
of one face), ``flips`` (whether a face and its mirror image are judged together) and ``quantised`` (``file``
and ``sha256`` of the same network in eight bits, for onnxruntime).

Nothing that is read here can run code: weights are arrays, and Keras rebuilds layers of its own only.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from recognition.emotion.labels import EMOTIONS, SIDE
from recognition.emotion.portable import Parts, read_json
from recognition.emotion.quantisation import quantised
from recognition.errors import ModelError
from recognition.models import WeightFile, verified_path
from recognition.types import Floats

#: The network that ships, by the name that commands and settings use.
DEFAULT = "default"
#: Its card.
SHIPPED = Path(__file__).parent / "weights" / "compact.json"
_INPUT = (SIDE, SIDE, 1)
#: The member of a ``.keras`` file that holds its weights.
_WEIGHTS = "model.weights.h5"
#: What Keras raises on files that are damaged, or no models: it documents ValueError, but h5py, zipfile
#: and json let theirs through.
_DAMAGED = (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, zipfile.BadZipFile)


@dataclass(frozen=True, slots=True)
class Stored:
    """A network that has been found but not loaded: ``make`` returns its Keras model.

    ``name``: what to call it in an answer. ``flips``: whether a face is judged with its mirror image.
    ``parts``: layers and weights as they are, for who does without Keras. ``quantised``: the file of the
    same network in eight bits, where there is one.
    """

    name: str
    flips: bool
    make: Callable[[], Any]
    parts: Callable[[], Parts] | None = None
    quantised: Callable[[], Path] | None = None


def find(name_or_folder: str | Path = DEFAULT) -> Stored:
    """``default``, or a folder of ``emotion train``: ``model.keras``, or ``model.json`` and its weights.

    Only cards are read; the network is opened by ``make``. Both raise :class:`ModelError`:
    ``model.missing`` (no such folder, or none of a network), ``model.checksum`` (weights that are not the
    card's), ``model.bad_card``, ``model.invalid`` (damaged), ``model.not_emotions`` (a network that is not
    from one grey 48 x 48 face to seven probabilities).
    """
    if str(name_or_folder) == DEFAULT:
        return _carded(SHIPPED)
    folder = Path(name_or_folder)
    whole, layers, weights = (folder / name for name in ("model.keras", "model.json", "model.weights.h5"))
    name = folder.resolve().name
    if whole.is_file():
        return _whole(name, _trained_on_flips(folder), lambda: whole)
    if layers.is_file() and weights.is_file():
        return Stored(
            name,
            _trained_on_flips(folder),
            lambda: _checked(_read(layers, lambda: _assemble(layers, weights)), folder),
            lambda: _read(layers, lambda: (read_json(layers.read_bytes()), weights)),
        )
    raise ModelError(
        f"There is no emotion network in {folder}: it needs model.keras, or model.json and "
        "model.weights.h5, as `emotion train` writes them.",
        code="model.missing",
    )


def publish(folder: Path, target: Path, *, name: str, version: int, flips: bool, faces: Floats) -> Path:
    """Make the network of a folder of ``emotion train`` one that ships: its files and card, in ``target``.

    Weights are kept in half precision, which halves the file and changes probabilities in the fourth place,
    and once more in eight bits for onnxruntime, by what ``faces`` (float32 (n, 48, 48, 1)) give rise to;
    judge what was published, not what was trained. Returns the card. Raises as :func:`find`.
    """
    source, file = folder / "model.keras", target / f"{name}.keras"
    find(folder).make()  # whatever is wrong with it is told now
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(source) as whole, zipfile.ZipFile(file, "w") as half:
        for member in whole.namelist():
            data = whole.read(member)
            # A fixed date, so that the same network is the same file.
            data = _halved(data) if member == _WEIGHTS else data
            half.writestr(zipfile.ZipInfo(member), data, zipfile.ZIP_DEFLATED)
    small = file.with_suffix(".onnx")
    small.write_bytes(quantised(_unpacked(file), faces))
    card = {
        "name": name,
        "version": version,
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "classes": list(EMOTIONS),
        "input": list(_INPUT),
        "flips": flips,
        "quantised": {"file": small.name, "sha256": hashlib.sha256(small.read_bytes()).hexdigest()},
    }
    path = target / f"{name}.json"
    path.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    return path


def _halved(data: bytes) -> bytes:
    """An HDF5 file with its float32 arrays in half precision."""
    import h5py

    half = io.BytesIO()
    with h5py.File(io.BytesIO(data), "r") as source, h5py.File(half, "w") as target:

        def copy(name: str, item: Any) -> None:
            if isinstance(item, h5py.Dataset):
                made = target.create_dataset(name, data=np.asarray(item, np.float16))
            else:
                made = target.require_group(name)
            for key, value in item.attrs.items():
                made.attrs[key] = value

        source.visititems(copy)
    return half.getvalue()


def _carded(path: Path) -> Stored:
    """The network of a card: see the top of this module."""
    if not path.is_file():
        raise ModelError(
            "The emotion network that comes with FaceRoster is missing. Install it again.",
            code="model.missing",
        )
    card = _json(path)
    try:
        name, flips = f"{card['name']}@{card['version']}", card["flips"] is True
        file, small = _listed(path, card), _listed(path, card["quantised"])
        _check_classes(card["classes"], path)
        if tuple(card["input"]) != _INPUT:
            raise _other(f"{path.name} speaks of pictures of {card['input']}")
    except KeyError as error:
        raise ModelError(f"The card {path.name} lacks {error}.", code="model.bad_card") from error
    found = _whole(name, flips, lambda: verified_path(file))
    return replace(found, quantised=lambda: verified_path(small))


def _listed(card: Path, entry: Mapping[str, Any]) -> WeightFile:
    """A file beside the card, with what the card says of it."""
    return WeightFile(None, str(card.with_name(str(entry["file"]))), str(entry["sha256"]))


def _whole(name: str, flips: bool, path: Callable[[], Path]) -> Stored:
    """A network in one ``.keras`` file, whose path is only asked for when it is opened."""

    def make() -> Any:
        file = path()
        return _checked(_read(file, lambda: _load(file)), file.parent)

    def parts() -> Parts:
        file = path()
        return _read(file, lambda: _unpacked(file))

    return Stored(name, flips, make, parts)


def _unpacked(path: Path) -> Parts:
    with zipfile.ZipFile(path) as whole:
        return read_json(whole.read("config.json")), io.BytesIO(whole.read(_WEIGHTS))


def _load(path: Path) -> Any:
    import keras

    return keras.saving.load_model(path, compile=False, safe_mode=True)


def _assemble(layers: Path, weights: Path) -> Any:
    import keras

    # Not keras.models.model_from_json, which does not say whether it is safe.
    model = keras.saving.deserialize_keras_object(_json(layers), safe_mode=True)
    model.load_weights(weights)
    return model


def _read(path: Path, make: Callable[[], Any]) -> Any:
    try:
        return make()
    except _DAMAGED as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(f"The network {path} cannot be read: {reason}", code="model.invalid") from error


def _checked(model: Any, folder: Path) -> Any:
    """The model, if it takes faces and gives as many figures as there are emotions."""
    shapes = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    if shapes != ((None, *_INPUT), (None, len(EMOTIONS))):
        raise _other(f"the network in {folder} goes from {shapes[0]} to {shapes[1]}")
    return model


def _trained_on_flips(folder: Path) -> bool:
    """Whether the network saw mirrored faces in training, so that it can be asked about both sides."""
    path = folder / "args.json"
    if not path.is_file():
        return False
    notes = _json(path)
    if "classes" in notes:
        _check_classes(notes["classes"], path)
    recipe = notes.get("recipe")
    return isinstance(recipe, dict) and recipe.get("distorted") is True


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}.", code="model.bad_card") from error
    if not isinstance(found, dict):
        raise ModelError(f"{path} is not a JSON object.", code="model.bad_card")
    return found


def _check_classes(classes: object, path: Path) -> None:
    if classes != list(EMOTIONS):
        raise _other(f"{path.name} speaks of the classes {classes}")


def _other(what: str) -> ModelError:
    return ModelError(
        f"This is no emotion network: {what}, but it must go from grey faces of {SIDE} x {SIDE} to "
        f"{', '.join(EMOTIONS)}.",
        code="model.not_emotions",
    )
