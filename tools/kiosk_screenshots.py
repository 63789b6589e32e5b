"""Take the pictures of the kiosk that the docs show, while the kiosk's story is told in a browser.

    python -m tools.kiosk_screenshots [FOLDER]

Runs ``tests/e2e/test_kiosk_story.py``, which needs what that test needs (PostgreSQL, Redis, Chromium), and
writes what it saw, wide and tall, to ``docs/images`` or to FOLDER. Nothing in the pictures is made up but
the people: they are the demo's, and each state is one that the real page was in.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
STORY = "tests/e2e/test_kiosk_story.py"
#: A picture has at most so many bytes.
MOST = 60_000
_QUALITIES = (82, 74, 66, 58, 50)


def store(source: Path, target: Path) -> int:
    """``source`` as a JPEG of at most :data:`MOST` bytes, as good as that allows; returns its bytes.

    JPEG, since most of a kiosk's screen is a photograph. SystemExit when it does not fit at any quality.
    """
    picture = Image.open(source).convert("RGB")
    for quality in _QUALITIES:
        picture.save(target, quality=quality, optimize=True, progressive=True)
        if target.stat().st_size <= MOST:
            return target.stat().st_size
    target.unlink()
    raise SystemExit(f"{target.name} is too large for the docs.")


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    with tempfile.TemporaryDirectory() as taken:
        environment = {**os.environ, "FACEROSTER_SCREENSHOTS": taken}
        told = subprocess.run([sys.executable, "-m", "pytest", "-q", STORY], cwd=ROOT, env=environment)
        found = sorted(Path(taken).glob("kiosk-*.png"))
        if not found:
            raise SystemExit("There are no pictures: was the story skipped?")
        for source in found:
            size = store(source, folder / f"{source.stem}.jpg")
            print(f"{source.stem}.jpg: {size / 1000:.0f} kB")
    if told.returncode:
        raise SystemExit("Not every scene came to its end: pictures may be missing.")


if __name__ == "__main__":
    main()
