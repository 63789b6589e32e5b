"""Emotion networks as they lie on disk: the one that ships, and what ``emotion train`` leaves.

The shipped one has a card, ``weights/compact.json``: ``name``, ``version``, ``network`` (a name that
:func:`recognition.emotion.networks.build` knows), ``weights`` (a Keras ``.weights.h5`` beside the card),
``sha256`` of that file in hex, ``classes``, ``input`` (shape of one face) and ``flips`` (whether a face
and its mirror image are judged together).

Nothing that is read here can run code: weights are arrays, and Keras rebuilds layers of its own only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recognition.emotion.labels import EMOTIONS, SIDE
from recognition.errors import ModelError
from recognition.models import WeightFile, verified_path

#: The network that ships, by the name that commands and settings use.
DEFAULT = "default"
#: Its card.
SHIPPED = Path(__file__).parent / "weights" / "compact.json"
_INPUT = (SIDE, SIDE, 1)
#: What Keras raises on files that are damaged, or no models: it documents ValueError, but h5py, zipfile
#: and json let theirs through.
_DAMAGED = (OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Stored:
    """A network that has been found but not loaded: ``make`` returns its Keras model.

    ``name``: what to call it in an answer. ``flips``: whether a face is judged with its mirror image.
    """

    name: str
    flips: bool
    make: Callable[[], Any]


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
    if whole.is_file():
        make = lambda: _checked(_read(whole, lambda: _load(whole)), folder)  # noqa: E731
    elif layers.is_file() and weights.is_file():
        make = lambda: _checked(_read(layers, lambda: _assemble(layers, weights)), folder)  # noqa: E731
    else:
        raise ModelError(
            f"There is no emotion network in {folder}: it needs model.keras, or model.json and "
            "model.weights.h5, as `emotion train` writes them.",
            code="model.missing",
        )
    return Stored(folder.name or str(folder), _trained_on_flips(folder), make)


def _carded(path: Path) -> Stored:
    """The network of a card: see the top of this module."""
    if not path.is_file():
        raise ModelError(
            "The emotion network that comes with FaceRoster is missing. Install it again.",
            code="model.missing",
        )
    card = _json(path)
    try:
        name, network, flips = (
            f"{card['name']}@{card['version']}",
            str(card["network"]),
            card["flips"] is True,
        )
        file = WeightFile(None, str(path.with_name(str(card["weights"]))), str(card["sha256"]))
        _check_classes(card["classes"], path)
        if tuple(card["input"]) != _INPUT:
            raise _other(f"{path.name} speaks of pictures of {card['input']}")
    except KeyError as error:
        raise ModelError(f"The card {path.name} lacks {error}.", code="model.bad_card") from error

    def make() -> Any:
        from recognition.emotion.networks import build

        def filled() -> Any:
            model = build(network)  # type: ignore[arg-type]
            model.load_weights(verified_path(file))
            return model

        return _checked(_read(path, filled), path.parent)

    return Stored(name, flips, make)


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
