"""``align`` of photos, videos and cameras: what is written where, and what is said of bad input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognition import cli
from recognition.commands.detect import GOOD
from recognition.commands.video import Writer
from recognition.engine import FaceEngine
from tests.support.moving import BLACK, CLIP, GREEN, RED, OneFace, Pane, folder_of, plug_in, save, scene


@pytest.fixture
def fake_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognition.commands.align.make_engine", OneFace)
    monkeypatch.setattr("recognition.commands.hush.start", lambda *_: None)
    monkeypatch.setattr(OneFace, "interrupt_at", -1)


pytestmark = pytest.mark.usefixtures("fake_engine")


def align(*arguments: str | Path) -> int:
    return cli.main(["align", *map(str, arguments), "--quiet"])


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def written(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_videos_faces_and_frames_go_into_two_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert align(CLIP, "--out", tmp_path, "--every", "20", "--json") == 0
    found = lines(capsys.readouterr().out)
    assert [(line["number"], line["time"]) for line in found] == [(0, 0), (20, 1), (40, 2), (60, 3)]
    assert all(line["path"] == str(CLIP) and line["error"] is None for line in found)
    numbers = ("00000", "00020", "00040", "00060")
    assert written(tmp_path) == [f"faces/ari-lindqvale-{n}-1.jpg" for n in numbers] + [
        f"frames/ari-lindqvale-{n}-frame.jpg" for n in numbers
    ]
    assert [cv2.imread(line["chips"][0]).shape for line in found] == [(224, 224, 3)] * 4
    frame = cv2.imread(found[1]["frame"])
    assert frame.shape == (480, 640, 3)
    assert np.abs(frame[120, 245:395, ::-1].astype(int) - GOOD).mean() < 40, "the face's box is drawn in"


def test_one_kind_alone_goes_into_the_folder_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert align(CLIP, "--out", tmp_path / "a", "--every", "40", "--save", "faces", "--size", "96") == 0
    assert written(tmp_path / "a") == ["ari-lindqvale-00000-1.jpg", "ari-lindqvale-00040-1.jpg"]
    assert cv2.imread(str(tmp_path / "a" / "ari-lindqvale-00040-1.jpg")).shape == (96, 96, 3)
    first, _, last = capsys.readouterr().out.splitlines()
    assert first == f"{CLIP} 00:00.0 -> {tmp_path}/a/ari-lindqvale-00000-1.jpg"
    assert last == f"{CLIP}: 2 frames with 2 faces; see {tmp_path}/a"
    assert align(CLIP, "--out", tmp_path / "b", "--every", "40", "--save", "frames") == 0
    assert written(tmp_path / "b") == ["ari-lindqvale-00000-frame.jpg", "ari-lindqvale-00040-frame.jpg"]


def test_seconds_end_a_video_early(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert align(CLIP, "--out", tmp_path, "--every", "10", "--seconds", "1.5", "--json") == 0
    assert [line["time"] for line in lines(capsys.readouterr().out)] == [0, 0.5, 1]


def test_photos_are_aligned_as_ever_and_drawn_when_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = folder_of(tmp_path / "in", [scene(RED), BLACK])
    assert align(folder, "--out", tmp_path / "plain") == 0
    assert written(tmp_path / "plain") == ["000-1.jpg"]
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{folder}/000.jpg -> {tmp_path}/plain/000-1.jpg"
    assert second == f"{folder}/001.jpg -> no face"
    assert align(folder, "--out", tmp_path / "both", "--save", "faces,frames") == 0
    assert written(tmp_path / "both") == ["faces/000-1.jpg", "frames/000-frame.jpg", "frames/001-frame.jpg"]


def test_photos_and_a_video_in_one_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "me.png", scene(GREEN))
    (tmp_path / "bad.jpg").write_text("no picture")
    paths = (tmp_path / "me.png", tmp_path / "bad.jpg", CLIP)
    assert align(*paths, "--out", tmp_path / "out", "--every", "50", "--json") == 2
    out, err = capsys.readouterr()
    assert [len(line["chips"]) for line in lines(out)] == [1, 0, 1, 1]
    assert err.startswith(f"error image.not_an_image: {tmp_path}/bad.jpg: ")
    assert "me-1.jpg" in written(tmp_path / "out")


def test_a_camera_is_looked_at_for_three_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plug_in(monkeypatch, scene(RED), rate=10)
    assert align("0", "--out", tmp_path, "--json", "--save", "faces") == 0
    found = lines(capsys.readouterr().out)
    assert [line["number"] for line in found] == [0, 5, 10, 15, 20, 25]
    assert max(line["time"] for line in found) < 3
    assert all(name.startswith("camera0-") for name in written(tmp_path))


def test_a_camera_that_is_unplugged_is_told_and_what_there_is_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plug_in(monkeypatch, scene(RED), frames=8)
    assert align("0", "--out", tmp_path, "--save", "faces") == 2
    out, err = capsys.readouterr()
    assert err == "error video.no_camera: Camera 0 gives no more pictures. Was it unplugged?\n"
    assert "2 frames with 2 faces" in out
    assert len(written(tmp_path)) == 2


def test_nobody_in_a_video_is_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Writer(tmp_path / "night.avi", 10) as writer:
        for _ in range(4):
            writer.write(BLACK)
    assert align(tmp_path / "night.avi", "--out", tmp_path / "out", "--every", "1", "--save", "faces") == 0
    *each, last = capsys.readouterr().out.splitlines()
    assert [line.rpartition(" -> ")[2] for line in each] == ["no face"] * 4
    assert last.endswith(f"4 frames with 0 faces; see {tmp_path}/out")
    assert written(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("absent.mp4", "image.not_found"),
        ("text.mp4", "video.unreadable"),
        ("empty", "image.not_found"),
        ("97", "video.no_camera"),
    ],
)
def test_what_gives_no_pictures_is_bad_input(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.mp4").write_text("this is no video")
    (tmp_path / "empty").mkdir()
    assert align(name, "--out", "out") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error {code}: ")
    assert len(err.splitlines()) == 1


def test_a_folder_that_cannot_be_written_is_told_before_anything_is_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert align("97", "--out", tmp_path / "file" / "out") == 2
    assert capsys.readouterr().err.startswith("error image.not_written: ")
    monkeypatch.setattr("recognition.commands.output.os.access", lambda *_: False)  # root may write anywhere
    assert align("97", "--out", tmp_path) == 2
    assert capsys.readouterr().err == f"error image.not_written: You may not write to {tmp_path}.\n"


def test_ctrl_c_keeps_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OneFace, "interrupt_at", 4)  # it has looked once to be ready
    assert align(CLIP, CLIP, "--out", tmp_path, "--save", "faces") == 130
    assert "2 frames with 2 faces" in capsys.readouterr().out
    assert len(written(tmp_path)) == 2


def test_a_window_shows_the_frames_and_q_stops(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pane = Pane(3)
    monkeypatch.setattr("recognition.commands.window.Window", lambda title: pane)
    assert align(CLIP, "--out", tmp_path, "--show", "--save", "faces") == 0
    assert len(pane.shown) == 3
    assert tuple(pane.shown[0][120, 300]) == GOOD
    assert "3 frames" in capsys.readouterr().out


@pytest.mark.parametrize(
    "option", [("--save", "all"), ("--seconds", "0"), ("--seconds", "nan"), ("--every", "0")]
)
def test_senseless_options_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: tuple[str, str]
) -> None:
    assert align(CLIP, "--out", tmp_path, *option) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("error usage.invalid: ")


def test_eyes_of_a_real_clip_come_to_fixed_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, engine: FaceEngine
) -> None:
    monkeypatch.setattr("recognition.commands.align.make_engine", lambda: engine)
    assert align(CLIP, "--out", tmp_path, "--every", "40", "--json") == 0
    chips = [cv2.imread(chip)[..., ::-1] for line in lines(capsys.readouterr().out) for chip in line["chips"]]
    assert len(chips) == 2
    for [again] in engine.analyse(list(map(np.ascontiguousarray, chips)), embed=False, patient=True):
        assert again.face.landmarks[:2] / 224 == pytest.approx(np.array([[0.34, 0.4], [0.66, 0.4]]), abs=0.04)
