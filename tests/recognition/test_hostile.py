"""Bombs, polyglots and half files: refused by their code, without the memory that they ask for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recognition.decoding import Limits, decode, encode_jpeg, inspect
from recognition.errors import ImageError
from tests.support.hostile import HARMLESS, HOSTILE

ROOT = Path(__file__).resolve().parents[2]

#: Decodes every file of a folder and tells how much memory the process took at most beyond its start, in KiB.
_CHILD = """
import json, resource, sys
from pathlib import Path
from recognition.decoding import Limits, decode, encode_jpeg
from recognition.errors import ImageError
import numpy as np
encode_jpeg(decode(encode_jpeg(np.zeros((64, 64, 3), np.uint8))))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        encode_jpeg(decode(path.read_bytes(), Limits(working_side=1600)))
    except ImageError:
        pass
    took = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(json.dumps([path.name, took]))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str) -> None:
    make, code = HOSTILE[name]
    data = make()
    for limits in (Limits(), Limits(working_side=1280)):
        with pytest.raises(ImageError) as caught:
            decode(data, limits)
        assert caught.value.code == code


@pytest.mark.parametrize("name", HARMLESS)
@pytest.mark.filterwarnings("ignore")
def test_rare_pictures_are_taken_and_nothing_of_the_file_remains(name: str) -> None:
    data = HARMLESS[name]()
    image = decode(data)
    found = inspect(data)
    assert image.shape == (found.height, found.width, 3)
    again = encode_jpeg(image)
    assert inspect(again).format == "jpeg"
    for left in (b"Exif", b"ICC_PROFILE", b"http:", b"Taken by"):
        assert left not in again


def test_no_file_of_the_corpus_takes_300_mb(tmp_path: Path) -> None:
    """In a process of its own, one after the other: the most that any of them took."""
    for number, make in enumerate([*(make for make, _ in HOSTILE.values()), *HARMLESS.values()]):
        (tmp_path / f"{number:03}").write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _CHILD, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    took = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(took) == len(HOSTILE) + len(HARMLESS)
    assert max(kib for _, kib in took) < 300 * 1024, took


def test_the_largest_that_is_let_in_takes_less_than_300_mb(tmp_path: Path) -> None:
    """24 megapixels of noise with transparency, the dearest there is to unpack, and a JPEG of 48."""
    script = """
import io, sys, numpy as np
from pathlib import Path
from PIL import Image
noise = np.random.default_rng(1).integers(0, 256, (600, 800, 4), dtype=np.uint8)
tiled = np.tile(noise, (5, 5, 1))
Image.fromarray(tiled[:3000, :4000]).save(Path(sys.argv[1]) / "alpha.webp", quality=20)
Image.fromarray(np.tile(noise[..., :3], (10, 10, 1))).save(Path(sys.argv[1]) / "large.jpg", quality=30)
"""
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, cwd=ROOT)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _CHILD, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    took = dict(json.loads(line) for line in done.stdout.splitlines())
    assert set(took) == {"alpha.webp", "large.jpg"}
    assert max(took.values()) < 300 * 1024, took
