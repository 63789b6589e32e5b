"""Real people before a real webcam: enrolled from one clip each, recognised in another, D a stranger."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Server
from tests.support import staff

#: Who: the clip to enroll from, the clip to be recognised in.
_PEOPLE = {"A": ("again", "help"), "B": ("bird", "please"), "C": ("book", "school")}
_STRANGER = "eat"


def _frames(clip: Path, folder: Path) -> list[Path]:
    """Five frames spread over the clip, as PNG."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("no ffmpeg to take frames from a clip")
    folder.mkdir()
    command = [ffmpeg, "-v", "error", "-i", str(clip), "-vf", "fps=2", "-frames:v", "5"]
    subprocess.run([*command, str(folder / f"{clip.stem}-%d.png")], check=True)
    return sorted(folder.glob("*.png"))


def _clip(shared_data: Path, word: str) -> Path:
    (clip,) = (shared_data / "webcam-clips" / "asl_gestures").glob(f"*{word}*.mkv")
    return clip


def test_enrolled_people_are_recognised_in_another_clip_and_a_stranger_is_not(
    empty_server: Server,
    browser: Callable[..., Any],
    camera_file: Callable[[Path], Path],
    shared_data: Path,
    tmp_path: Path,
) -> None:
    url = empty_server.url
    page = browser()
    staff.sign_in(page, url, empty_server.found(r"password (\S+)"))
    # How live they look is judged frame by frame in tests/liveness, where no browser is in a hurry.
    staff.add_place(page, url, site="Studio", department="Signs", liveness="off")
    for name, (word, _) in _PEOPLE.items():
        photos = _frames(_clip(shared_data, word), tmp_path / name)
        # Neighbouring frames can be near copies of each other, which adds nothing and is refused.
        assert staff.add_person(page, url, name=f"Person {name}", number=name, photos=photos) >= 2

    for name, (_, word) in _PEOPLE.items():
        kiosk = browser(camera_file(_clip(shared_data, word)))
        staff.pair_kiosk(page, kiosk, url, site="Studio")
        assert staff.kiosk_says(kiosk, "punched") == f"Person {name}"
        kiosk.context.browser.close()
    assert len(staff.punches(page, url)) == len(_PEOPLE)

    kiosk = browser(camera_file(_clip(shared_data, _STRANGER)))
    staff.pair_kiosk(page, kiosk, url, site="Studio")
    assert staff.kiosk_says(kiosk, "unknown") == ""
    assert len(staff.punches(page, url)) == len(_PEOPLE)
