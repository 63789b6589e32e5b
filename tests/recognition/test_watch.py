"""``python -m recognition watch``: the demo's clips through a stand-in engine, and once for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognition import cli
from recognition.commands.annotate import KNOWN, UNKNOWN, annotated, caption
from recognition.commands.video import RATE, Folder, VideoFrame, Writer, open_source
from recognition.commands.watch import clock
from recognition.errors import RecognitionError
from recognition.identify import Decision, Identification
from recognition.tracking import Track
from recognition.types import Box, Face
from tests.support.moving import (
    BLACK,
    BLUE,
    CLIP,
    FACE,
    GREEN,
    RED,
    ROOT,
    STAFF,
    OneFace,
    Pane,
    folder_of,
    save,
    scene,
)


@pytest.fixture(autouse=True)
def fake_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognition.commands.naming.make_engine", OneFace)
    monkeypatch.setattr("recognition.commands.hush.start", lambda *_: None)
    monkeypatch.setattr(OneFace, "interrupt_at", -1)


@pytest.fixture
def gallery(tmp_path: Path) -> str:
    save(tmp_path / "gallery" / "Rosa" / "1.png", scene(RED))
    save(tmp_path / "gallery" / "Greta" / "1.png", scene(GREEN))
    return str(tmp_path / "gallery")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def visit(path: Path) -> str:
    """Rosa before the camera in frames 5 to 29 of 60."""
    return folder_of(path, [BLACK] * 5 + [scene(RED, n % 3) for n in range(25)] + [BLACK] * 30)


def test_who_came_and_left_as_json(tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = visit(tmp_path / "frames")
    assert cli.main(["watch", source, "--gallery", gallery, "--json", "--quiet", "--fps", "10"]) == 0
    out, err = capsys.readouterr()
    came, left, summary = lines(out)
    assert err == ""
    assert came == {
        "event": "came",
        "time": 1.0,
        "frame": 10,
        "face": 1,
        "person": "Rosa",
        "score": came["score"],
    }
    assert came["score"] > 0.97
    assert (left["event"], left["frame"], left["time"], left["person"]) == ("left", 29, 2.9, "Rosa")
    assert left["score"] is None
    assert summary["frames_per_second"] > 0
    del summary["frames_per_second"]
    assert summary == {
        "event": "summary",
        "frames": 60,
        "searches": summary["searches"],
        "embeddings": 1,
        "people": ["Rosa"],
        "unknown": 0,
    }
    assert 12 <= summary["searches"] <= 16


def test_the_same_for_people_to_read(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["watch", visit(tmp_path / "frames"), "--gallery", gallery]) == 0
    out, err = capsys.readouterr()
    came, left, summary = out.splitlines()
    assert came == "00:00.4  Rosa came into view (score 1)"
    assert left == "00:01.2  Rosa left"
    assert summary.startswith("60 frames, ")
    assert summary.endswith("1 embedding; in view: Rosa")
    assert "60/60" in err


def test_a_stranger_is_unknown(tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = folder_of(tmp_path / "frames", [scene(BLUE)] * 20)
    assert cli.main(["watch", source, "--gallery", gallery, "--quiet"]) == 0
    came, stayed, summary = capsys.readouterr().out.splitlines()
    assert came == "00:00.6  Somebody unknown came into view"
    assert stayed == "00:00.8  Somebody unknown was in view at the end"
    assert summary.endswith("in view: 1 unknown")


def test_every_and_threshold_are_heeded(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = folder_of(tmp_path / "frames", [scene(RED)] * 20)
    arguments = ["watch", source, "--gallery", gallery, "--json", "--quiet"]
    assert cli.main([*arguments, "--every", "2"]) == 0
    assert lines(capsys.readouterr().out)[-1]["searches"] == 10
    assert cli.main([*arguments, "--threshold", "1.5"]) == 0
    assert lines(capsys.readouterr().out)[-1]["people"] == []


def test_the_score_is_the_one_asked_for(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save(Path(gallery) / "Rosa" / "2.png", scene((200, 40, 110)))
    source = folder_of(tmp_path / "frames", [scene(RED)] * 20)
    scores = {}
    for score in ("mean", "nearest"):
        assert cli.main(["watch", source, "--gallery", gallery, "--json", "--quiet", "--score", score]) == 0
        scores[score] = lines(capsys.readouterr().out)[0]["score"]
    assert scores["nearest"] > scores["mean"] + 0.005
    assert cli.main(["watch", source, "--gallery", gallery, "--quiet", "--score", "llr"]) == 2
    assert capsys.readouterr().err.startswith("error model.no_scoring: ")


def test_a_bad_frame_is_reported_and_the_rest_go_on(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = folder_of(tmp_path / "frames", [scene(RED)] * 8)
    (tmp_path / "frames" / "0025.png").write_text("no picture")
    assert cli.main(["watch", source, "--gallery", gallery, "--json", "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert err.startswith("error image.not_an_image: ")
    assert lines(out)[-1]["frames"] == 8
    assert lines(out)[-1]["people"] == ["Rosa"]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_video_that_breaks_off_is_told_and_what_was_seen_stays(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str], form: list[str]
) -> None:
    data = CLIP.read_bytes()
    cut = tmp_path / "cut.webm"
    cut.write_bytes(data[: len(data) // 2])
    arguments = ["--gallery", gallery, "--quiet", *form]
    assert cli.main(["watch", str(CLIP), *arguments]) == 0
    assert capsys.readouterr().err == ""
    assert cli.main(["watch", str(cut), *arguments]) == 2
    out, err = capsys.readouterr()
    assert err.startswith(f"error video.incomplete: {cut}: The video broke off at about second 2.")
    assert len(err.splitlines()) == 1
    came, *_, summary = out.splitlines()
    assert "came" in came
    assert "frames" in summary


def test_an_interrupted_watch_still_sums_up(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OneFace, "interrupt_at", 3)
    source = folder_of(tmp_path / "frames", [scene(RED)] * 20)
    assert cli.main(["watch", source, "--gallery", gallery, "--json", "--quiet"]) == 130
    found = lines(capsys.readouterr().out)
    assert [line["event"] for line in found] == ["came", "stayed", "summary"]
    assert found[-1]["frames"] == 10


@pytest.mark.parametrize("option", ["--out", "--annotated"])
@pytest.mark.parametrize("name", ["out.mp4", "deep/out.AVI"])
def test_the_annotated_video_shows_the_face(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str], name: str, option: str
) -> None:
    target = tmp_path / name
    arguments = ["watch", str(CLIP), "--gallery", gallery, "--json", "--quiet", option, str(target)]
    assert cli.main(arguments) == 0
    written = list(open_source(str(target)).frames())
    plain = list(open_source(str(CLIP)).frames())
    assert len(written) == len(plain) == lines(capsys.readouterr().out)[-1]["frames"] == 80
    changed = np.abs(written[20].image.astype(int) - plain[20].image).max(axis=2) > 70
    assert changed[115:125, 245:395].mean() > 0.1
    assert changed[350:, :200].mean() < 0.01


def test_a_window_shows_the_faces_and_q_ends_the_watch(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pane = Pane(12)
    monkeypatch.setattr("recognition.commands.window.Window", lambda title: pane)
    source = folder_of(tmp_path / "frames", [scene(RED)] * 20)
    assert cli.main(["watch", source, "--gallery", gallery, "--json", "--quiet", "--show"]) == 0
    assert lines(capsys.readouterr().out)[-1]["frames"] == len(pane.shown) == 12
    assert tuple(pane.shown[-1][200, 240]) == KNOWN


def test_a_video_that_cannot_be_written_ends_the_watch_and_what_was_seen_is_told(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    source = folder_of(tmp_path / "frames", [scene(RED)] * 8)
    out = str(tmp_path / "file" / "out.mp4")
    assert cli.main(["watch", source, "--gallery", gallery, "--json", "--quiet", "--out", out]) == 2
    told, err = capsys.readouterr()
    assert lines(told)[-1]["event"] == "summary"
    assert err.startswith("error image.not_written: ")


def test_labels_are_in_letters_that_can_be_drawn() -> None:
    def named(person: str) -> Track:
        return Track(4, FACE, 0, identity=Identification(Decision.ACCEPTED, person, (), 0.9, 0.0))

    assert caption(named("Zoë Müller")) == "Zoe Muller"
    assert caption(named("李")) == "known 4"
    assert caption(Track(4, FACE, 0)) == "unknown 4"
    picture = np.zeros((480, 640, 3), np.uint8)
    green, amber = annotated(picture, [named("Ann")]), annotated(picture, [Track(4, FACE, 0)])
    assert tuple(green[200, 240]) == KNOWN
    assert tuple(amber[200, 240]) == UNKNOWN
    assert not picture.any()


def test_a_face_in_the_corner_is_drawn_as_far_as_there_is_room() -> None:
    face = Face(Box(600, -30, 80, 90), FACE.landmarks + np.float32([300, -150]), 0.9)
    assert annotated(np.zeros((480, 640, 3), np.uint8), [Track(1, face, 0)]).any()


def test_a_clip_gives_its_frames_and_times() -> None:
    source = open_source(str(CLIP))
    frames = list(source.frames())
    assert source.rate == 20
    assert source.count == len(frames) == 80
    assert [frame.seconds for frame in frames[:4]] == pytest.approx([0, 0.05, 0.1, 0.15], abs=2e-3)
    assert all(frame.image.shape == (480, 640, 3) for frame in frames)
    # Skin is more red than blue: the colours are in their order.
    skin = frames[0].image[200:280, 280:360].mean(axis=(0, 1))
    assert skin[0] > skin[2]


def test_reading_can_stop_early() -> None:
    frames = open_source(str(CLIP)).frames()
    assert next(frames).seconds == 0
    frames.close()
    assert list(frames) == []


def test_a_folder_gives_its_pictures_in_order(tmp_path: Path) -> None:
    source = open_source(folder_of(tmp_path / "in", [scene(RED), scene(GREEN), scene(BLUE)]))
    assert isinstance(source, Folder)
    assert source.count == 3
    frames = list(source.frames())
    assert [int(frame.image[5, 5].argmax()) for frame in frames] == [0, 1, 2]
    assert [frame.seconds for frame in frames] == pytest.approx([0, 1 / RATE, 2 / RATE])


def test_a_camera_is_named_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    class Camera:
        def __init__(self, what: Any) -> None:
            asked.append(what)
            self._left = 3

        def isOpened(self) -> bool:  # noqa: N802
            return True

        def read(self) -> tuple[bool, Any]:
            self._left -= 1
            return (True, np.full((4, 4, 3), 9, np.uint8)) if self._left >= 0 else (False, None)

        def get(self, which: int) -> float:
            return -1.0

        def release(self) -> None:
            asked.append("released")

    monkeypatch.setattr(cv2, "VideoCapture", Camera)
    source = open_source("1")
    frames: Iterator[VideoFrame] = source.frames()
    times = [frame.seconds for frame in frames]
    assert asked == [1, "released"]
    assert (source.rate, source.count) == (RATE, None)
    assert len(times) == 3
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("absent.mp4", "image.not_found"),
        ("text.mp4", "video.unreadable"),
        ("empty", "image.not_found"),
        ("97", "video.no_camera"),
    ],
)
def test_what_gives_no_frames_is_bad_input(
    tmp_path: Path,
    gallery: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.mp4").write_text("this is no video")
    (tmp_path / "empty").mkdir()
    assert cli.main(["watch", source, "--gallery", gallery, "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error {code}: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.mp4"],
        ["a.mp4", "--gallery", "g", "--every", "0"],
        ["a.mp4", "--gallery", "g", "--score", "best"],
        ["a.mp4", "--gallery", "g", "--every", "two"],
        ["a.mp4", "--gallery", "g", "--fps", "0"],
        ["a.mp4", "--gallery", "g", "--fps", "nan"],
        ["a.mp4", "--gallery", "g", "--annotated", "out.gif"],
    ],
    ids=lambda arguments: " ".join(arguments) or "nothing",
)
def test_bad_use_is_told_with_a_code(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["watch", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith("error usage.invalid: ")


def test_a_video_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RecognitionError) as caught, Writer(tmp_path / "file" / "out.mp4", 25) as writer:
        writer.write(BLACK)
    assert caught.value.code == "image.not_written"


def test_frames_of_another_size_are_brought_to_the_first_ones(tmp_path: Path) -> None:
    with Writer(tmp_path / "out.avi", 25) as writer:
        writer.write(scene(RED))
        writer.write(np.full((240, 320, 3), 200, np.uint8))
    frames = list(open_source(str(tmp_path / "out.avi")).frames())
    assert [frame.image.shape for frame in frames] == [(480, 640, 3)] * 2
    assert frames[1].image.mean() == pytest.approx(200, abs=4)


def test_times_read_like_a_clock() -> None:
    assert [clock(0), clock(3.24), clock(59.97), clock(61), clock(3661.5)] == [
        "00:00.0",
        "00:03.2",
        "01:00.0",
        "01:01.0",
        "1:01:01.5",
    ]


def test_demo_people_are_named_in_a_real_process(tmp_path: Path) -> None:
    for name in ("ari-lindqvale", "dana-quillbrook"):
        for photo in sorted((STAFF / name).glob("*.jpg"))[:3]:
            target = tmp_path / name / photo.name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(photo.read_bytes())
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    done = subprocess.run(
        [sys.executable, "-m", "recognition", "watch", str(CLIP), "--gallery", str(tmp_path), "--json"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    came, stayed, summary = lines(done.stdout)
    assert (came["event"], came["person"], stayed["event"]) == ("came", "ari-lindqvale", "stayed")
    assert came["time"] < 1
    assert summary["frames"] == 80
    assert summary["searches"] < 40
    assert summary["embeddings"] <= 3
    assert "80/80" in done.stderr
    assert "error" not in done.stderr
