"""Fuzzes the one door that pictures come in by, with Atheris: ``make fuzz`` (FUZZ_SECONDS, 600 by itself).

Whatever the bytes are, the outcome is a picture or an ImageError with an ``image.*`` code; anything else ends
the run and leaves the bytes in ``build/fuzz``. The corpus begins with the hostile files of the tests.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["recognition"]):
    from recognition.decoding import Limits, decode, encode_jpeg, inspect
from recognition.errors import ImageError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "fuzz"
#: So that a valid but large picture does not take the run's time.
_LIMITS = Limits(max_pixels=1_000_000, working_side=320)
_LARGEST = 64 * 1024


def one(data: bytes) -> None:
    """One input."""
    try:
        found = inspect(data, _LIMITS)
        image = decode(data, _LIMITS)
    except ImageError as error:
        if not error.code.startswith("image."):
            raise
        return
    if image.ndim != 3 or max(image.shape[:2]) > 320 or found.format not in ("jpeg", "png", "webp"):
        raise AssertionError(f"{found} became {image.shape}")
    encode_jpeg(image)


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from tests.support.hostile import HARMLESS, HOSTILE

    corpus = FOLDER / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, make in enumerate([*(make for make, _ in HOSTILE.values()), *HARMLESS.values()]):
        data = make()
        if len(data) <= _LARGEST:
            (corpus / f"seed-{number:03}").write_bytes(data)
    options = [f"-max_len={_LARGEST}", "-timeout=10", "-rss_limit_mb=2048", f"-artifact_prefix={FOLDER}/"]
    atheris.Setup([sys.argv[0], *options, *sys.argv[1:], str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
