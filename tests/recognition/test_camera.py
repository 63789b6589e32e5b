"""What is said of a camera that does not open, and of a window that cannot."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from recognition import cli
from recognition.commands import camera
from recognition.commands.window import SIDE, Window, open_window
from recognition.errors import VideoError
from tests.support.moving import CLIP


def test_no_camera_at_all(tmp_path: Path) -> None:
    said = camera.advice(0, tmp_path)
    assert said.startswith("Camera 0 does not give a picture. There is no camera at this machine")
    assert said.endswith("Is it plugged in?")


def test_another_number(tmp_path: Path) -> None:
    for name in ("video10", "video2", "video-loop", "null"):
        (tmp_path / name).touch()
    assert camera.present(tmp_path) == [2, 10]
    assert camera.advice(0, tmp_path).endswith(f"There is no {tmp_path}/video0. Here are: 2, 10.")


def test_a_device_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "video0").touch()
    assert "Another program may be using" in camera.advice(0, tmp_path)
    monkeypatch.setattr(camera.os, "access", lambda *_: False)  # root may read anything
    assert "group “video”" in camera.advice(0, tmp_path)


def test_machines_without_dev_get_general_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera.sys, "platform", "darwin")
    assert "privacy settings" in camera.advice(0, tmp_path)


class FakeTk:
    """Stands in for tkinter: remembers what a window is told."""

    class TclError(Exception):
        pass

    def __init__(self, display: bool = True) -> None:
        self.display, self.pictures, self.bound, self.gone = display, list[bytes](), dict[str, Any](), False

    def Tk(self, **_: Any) -> Any:  # noqa: N802
        if not self.display:
            raise self.TclError("no display name and no $DISPLAY environment variable")
        return SimpleNamespace(
            title=lambda text: None,
            protocol=self.bound.__setitem__,
            bind=self.bound.__setitem__,
            update=lambda: None,
            destroy=lambda: setattr(self, "gone", True),
        )

    def Label(self, *_: Any, **__: Any) -> Any:  # noqa: N802
        return SimpleNamespace(pack=lambda: None, configure=lambda image: None)

    def PhotoImage(self, *, master: Any, data: bytes, format: str) -> str:  # noqa: N802
        assert format == "ppm"
        self.pictures.append(data)
        return "picture"


@pytest.mark.parametrize("how", ["<q>", "<Escape>", "WM_DELETE_WINDOW"])
def test_a_window_shows_pictures_until_it_is_told_to_stop(monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    tk = FakeTk()
    monkeypatch.setitem(sys.modules, "tkinter", tk)  # type: ignore[arg-type]
    picture = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    with open_window(True, "test") as window:
        assert window is not None
        assert window.show(picture)
        assert tk.pictures == [b"P6 3 2 255\n" + bytes(range(18))]
        assert window.show(np.zeros((SIDE * 2, 100, 3), np.uint8))
        assert tk.pictures[1].startswith(f"P6 50 {SIDE} 255".encode())
        tk.bound[how](None)
        assert not window.show(picture)
    assert tk.gone


def test_no_window_unless_it_is_wanted() -> None:
    with open_window(False, "test") as window:
        assert window is None


@pytest.mark.parametrize("tk", [None, FakeTk(display=False)])
def test_no_display_is_said_plainly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, tk: Any
) -> None:
    monkeypatch.setitem(sys.modules, "tkinter", tk)
    with pytest.raises(VideoError) as caught:
        Window("test")
    assert caught.value.code == "video.no_display"
    assert caught.value.message.endswith("Leave --show out.")
    for command in (
        ["capture", "--camera", str(CLIP), "--out", str(tmp_path)],
        ["align", str(CLIP), "--out", str(tmp_path)],
        ["watch", str(CLIP), "--gallery", str(tmp_path)],
    ):
        assert cli.main([*command, "--show", "--quiet"]) == 2
        assert capsys.readouterr().err.startswith("error video.no_display: ")
