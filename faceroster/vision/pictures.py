"""Pictures in and out, and what is said of their quality. Nothing here needs a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.utils.translation import gettext

from faceroster.core.errors import InvalidInput
from faceroster.vision import sentences
from recognition import copies, decoding, redundancy
from recognition.errors import FaceError, ImageError
from recognition.types import Analysis, Face, Image, Quality

#: The largest file that is read as a picture.
PHOTO_MAX_BYTES = decoding.Limits().max_bytes
#: No camera sends more; a tiny file that unpacks into a huge picture would keep a worker busy.
FRAME_MAX_BYTES = decoding.MIB
_FRAME = decoding.Limits(max_bytes=FRAME_MAX_BYTES, max_pixels=4_000_000, working_side=1280)


@contextmanager
def friendly_errors() -> Iterator[None]:
    """Turn the face library's errors on bad input into :class:`InvalidInput` with the same code.

    Missing weights and the like pass through: they are nobody's input, and no reason to refuse a photo.
    """
    try:
        yield
    except (ImageError, FaceError) as error:
        raise InvalidInput(error.code, gettext(error.message)) from error


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
    """A sentence a person can act on, for a reason code of the engine; with figures where they help.

    In the language of whoever asks.
    """
    from recognition import quality

    return sentences.in_words(code, quality.explain(code, measures), measures)


def as_photo(found: Analysis) -> Quality:
    """How a face that was judged as a camera's frame would do as an enrollment photo."""
    from recognition import quality

    model = found.embedding.model if found.embedding else ""
    return quality.judge(found.quality.measures, quality.ENROLLMENT, model)


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
