"""Reads the weights of dlib's face network from its serialised ``.dat`` file, without dlib.

dlib writes a network as nested templates: the headers of all layers from the loss down to the
input, then the bodies of all layers from the input up. Its wire types: an integer is a control
byte (low nibble: how many bytes follow, 0x80: negative) and little-endian bytes; a float is a
mantissa and a binary exponent, both such integers; a bool is ASCII "0" or "1"; a string is its
length and its bytes; a tensor is a version, four dimensions and raw little-endian float32.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from recognition.errors import ModelError
from recognition.types import Floats

_INPUT = b"\x15input_rgb_image_sized"
_FRACTION = 1.0 / 256.0  # dlib's input layer divides by 256 after subtracting the mean colour


@dataclass(slots=True)
class Convolution:
    """A convolution and the affine layer behind it.

    ``filters`` (out, in, height, width), ``bias`` (out,), ``gamma`` and ``beta`` (out,).
    """

    filters: Floats
    bias: Floats
    stride: int
    padding: int
    gamma: Floats = field(default_factory=lambda: np.ones(0, np.float32))
    beta: Floats = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(slots=True)
class DlibNetwork:
    """``mean``: the RGB mean to subtract; ``dense``: (inputs, outputs), no bias."""

    mean: tuple[float, float, float]
    size: tuple[int, int]
    scale: float
    convolutions: list[Convolution]
    dense: Floats


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def skip_to_input(self) -> None:
        found = self._data.find(_INPUT)
        if found < 0:
            raise ValueError("no input layer")
        self._at = found + len(_INPUT)

    def take(self, count: int) -> bytes:
        piece = self._data[self._at : self._at + count]
        if len(piece) != count:
            raise ValueError("unexpected end")
        self._at += count
        return piece

    def integer(self) -> int:
        control = self.take(1)[0]
        value = int.from_bytes(self.take(control & 0x0F), "little")
        return -value if control & 0x80 else value

    def integers(self, count: int) -> list[int]:
        return [self.integer() for _ in range(count)]

    def real(self) -> float:
        mantissa, exponent = self.integers(2)
        return float(mantissa * 2.0**exponent)

    def text(self) -> str:
        return self.take(self.integer()).decode("ascii")

    def tensor(self) -> Floats:
        version, *shape = self.integers(5)
        if version != 2:
            raise ValueError(f"tensor of version {version}")
        count = int(np.prod(shape))
        return np.frombuffer(self.take(4 * count), "<f4").astype(np.float32).reshape(shape)

    def alias(self) -> None:
        """A view's shape: says again what the layer's own fields say."""
        self.integers(5)

    def end_of_layer(self) -> None:
        if any(flag not in b"01" for flag in self.take(3)):
            raise ValueError("layer flags expected")
        for _ in range(3):  # gradients and the cached output, empty in a cleaned network
            self.tensor()


def parse(data: bytes) -> DlibNetwork:
    """Parse the whole file. Raises :class:`ModelError` ``model.invalid`` on anything unexpected."""
    try:
        return _parse(_Reader(data))
    except (ValueError, IndexError, OverflowError) as error:
        raise ModelError(f"This is not a dlib face network ({error}).", code="model.invalid") from error


def _parse(reader: _Reader) -> DlibNetwork:
    reader.skip_to_input()
    mean = (reader.real(), reader.real(), reader.real())
    rows, columns = reader.integers(2)
    convolutions: list[Convolution] = []
    while True:
        kind = reader.text()
        if kind == "con_4":
            convolutions.append(_read_convolution(reader))
        elif kind == "affine_":
            gamma, beta = _read_affine(reader)
            convolutions[-1].gamma, convolutions[-1].beta = gamma, beta
        elif kind in ("max_pool_2", "avg_pool_2"):
            reader.integers(6)
        elif kind == "fc_2":
            return DlibNetwork(mean, (rows, columns), _FRACTION, convolutions, _read_dense(reader))
        elif kind not in ("relu_", "add_prev_"):
            raise ValueError(f"unknown layer {kind!r}")
        reader.end_of_layer()
        if kind == "con_4" and len(convolutions) == 1:
            reader.integer()  # the layer that touches the input also stores its expansion factor


def _read_convolution(reader: _Reader) -> Convolution:
    packed = reader.tensor().reshape(-1)
    count, rows, columns, stride, _, padding, _ = reader.integers(7)
    reader.alias()
    reader.alias()
    for _ in range(4):
        reader.real()
    filters = packed[:-count].reshape(count, -1, rows, columns)
    return Convolution(filters, packed[-count:], stride, padding)


def _read_affine(reader: _Reader) -> tuple[Floats, Floats]:
    gamma, beta = np.split(reader.tensor().reshape(-1), 2)
    reader.alias()
    reader.alias()
    reader.integer()
    return gamma, beta


def _read_dense(reader: _Reader) -> Floats:
    outputs, inputs = reader.integers(2)
    return reader.tensor().reshape(inputs, outputs)
