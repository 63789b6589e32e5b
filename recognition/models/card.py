"""The card of an embedder of the user's own: a small TOML file beside its ONNX file (docs/models.md).

A card says what the network expects and under which name its vectors are kept. Every field is
checked, and one that is not known is refused: a mistyped ``mena`` would silently mean no mean.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recognition.errors import ModelError
from recognition.models.spec import ModelSpec, Preprocessing, Thresholds, WeightFile

#: What the setting of such an embedder begins with; the path of card or ONNX file follows.
PREFIX = "onnx:"

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TEMPLATES = ("dlib5", "arcface112")
_REQUIRED = frozenset(
    {"name", "version", "input_size", "color", "mean", "scale", "layout", "template", "dimension",
     "licence", "source", "sha256"}
)  # fmt: skip
_OPTIONAL = frozenset({"file", "mirror", "thresholds"})
_THRESHOLDS = frozenset({"accept", "margin", "verify"})
_MAX_CARD = 64 * 1024


def absolute_name(name: str) -> str:
    """An embedder's name with the path of its card made absolute; names of our own stay as they are."""
    if not name.startswith(PREFIX):
        return name
    return PREFIX + str(Path(name.removeprefix(PREFIX)).expanduser().absolute())


def read_card(path: str | Path) -> ModelSpec:
    """The model that a card describes. ``path``: the card, or the ONNX file with the card beside it.

    Looks at the card only; the ONNX file is opened, and its SHA-256 compared, when it is loaded.
    Raises :class:`ModelError`: ``model.missing`` without a card, ``model.bad_card`` naming what is
    wrong in it.
    """
    card = Path(path).expanduser().absolute()
    if card.suffix.lower() != ".toml":
        card = card.with_suffix(".toml")
    if not card.is_file():
        raise ModelError(f"There is no model card {card}. docs/models.md shows one.", code="model.missing")
    try:
        with card.open("rb") as file:
            data = file.read(_MAX_CARD + 1)
        if len(data) > _MAX_CARD:
            raise ModelError(f"The model card {card.name} is too long to be one.", code="model.bad_card")
        fields = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(
            f"The model card {card.name} is not TOML: {error}.", code="model.bad_card"
        ) from error
    return _Reader(card, fields).spec()


class _Reader:
    """Takes the fields of one card apart; every complaint names card and field."""

    def __init__(self, card: Path, fields: Mapping[str, Any]) -> None:
        self._card = card
        self._fields = fields

    def spec(self) -> ModelSpec:
        self._names(self._fields, _REQUIRED, _REQUIRED | _OPTIONAL, "")
        side = self._whole("input_size", 16, 1024)
        return ModelSpec(
            name=self._matching("name", _NAME, "up to 40 of a-z, 0-9, dot, dash and underscore"),
            version=self._whole("version", 1, 999_999),
            kind="embedder",
            dimension=self._whole("dimension", 2, 8192),
            input_size=(side, side),
            licence=self._words("licence"),
            source=self._words("source"),
            files=(WeightFile(None, str(self._file()), self._sha256()),),
            template=self._one_of("template", _TEMPLATES),
            preprocessing=Preprocessing(
                color=self._one_of("color", ("RGB", "BGR")),
                mean=self._channels("mean"),
                scale=self._channels("scale", zero=False),
                layout=self._one_of("layout", ("NCHW", "NHWC")),
                mirror=self._switch("mirror"),
            ),
            thresholds=self._thresholds(),
        )

    def _wrong(self, what: str) -> ModelError:
        return ModelError(f"The model card {self._card.name}: {what}", code="model.bad_card")

    def _names(
        self, table: Mapping[str, Any], required: frozenset[str], known: frozenset[str], where: str
    ) -> None:
        if missing := sorted(required - table.keys()):
            raise self._wrong(f"{where}{', '.join(missing)} is missing.")
        if strange := sorted(table.keys() - known):
            raise self._wrong(f"{where}{', '.join(strange)} is no field of a card.")

    def _words(self, name: str) -> str:
        value = self._fields[name]
        if not isinstance(value, str) or not value.strip() or len(value) > 500:
            raise self._wrong(f"{name} must be a few words.")
        return value.strip()

    def _matching(self, name: str, pattern: re.Pattern[str], meaning: str) -> str:
        value = self._fields[name]
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise self._wrong(f"{name} must be {meaning}.")
        return value

    def _sha256(self) -> str:
        value = self._fields["sha256"]
        if isinstance(value, str):
            value = value.lower()
        if not isinstance(value, str) or not _SHA256.fullmatch(value):
            raise self._wrong("sha256 must be the 64 hex digits of the ONNX file's SHA-256.")
        return value

    def _one_of(self, name: str, choices: tuple[str, ...]) -> str:
        value = self._fields[name]
        if value not in choices:
            raise self._wrong(f"{name} must be {' or '.join(choices)}, not {value!r}.")
        return str(value)

    def _whole(self, name: str, least: int, most: int) -> int:
        value = self._fields[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(f"{name} must be a whole number from {least} to {most}.")
        return value

    def _switch(self, name: str) -> bool:
        value = self._fields.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong(f"{name} must be true or false.")
        return value

    def _threshold(self, table: Mapping[str, Any], name: str, least: float, most: float) -> float:
        value = table[name]
        if not _is_number(value) or not least <= value <= most:
            raise self._wrong(f"thresholds.{name} must be a number from {least:g} to {most:g}.")
        return float(value)

    def _channels(self, name: str, *, zero: bool = True) -> tuple[float, float, float]:
        """One number for all three channels, or a list of three."""
        value = self._fields[name]
        values = value if isinstance(value, list) else [value] * 3
        good = len(values) == 3 and all(_is_number(one) and (zero or one != 0) for one in values)
        if not good:
            raise self._wrong(f"{name} must be one number or three{'' if zero else ', none of them 0'}.")
        first, second, third = map(float, values)
        return first, second, third

    def _file(self) -> Path:
        """The ONNX file: of the card's own name unless ``file`` names another one beside it."""
        name = self._fields.get("file", self._card.with_suffix(".onnx").name)
        if not isinstance(name, str) or Path(name).name != name or not name.endswith(".onnx"):
            raise self._wrong("file must be the name of an .onnx file in the same folder.")
        return self._card.parent / name

    def _thresholds(self) -> Thresholds | None:
        table = self._fields.get("thresholds")
        if table is None:
            return None
        if not isinstance(table, dict):
            raise self._wrong("thresholds must be a table: [thresholds].")
        self._names(table, _THRESHOLDS, _THRESHOLDS, "in [thresholds], ")
        return Thresholds(
            accept=self._threshold(table, "accept", -1, 1),
            margin=self._threshold(table, "margin", 0, 2),
            verify=self._threshold(table, "verify", 0, 2),
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
