"""``capture``: pictures at intervals, with labels; it stops in many ways and keeps what it has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognition import cli
from recognition.commands.annotate import KNOWN, UNKNOWN, sure
from recognition.commands.video import open_source
from recognition.engine import FaceEngine
from recognition.gallery import Candidate
from recognition.identify import Decision, Identification
from recognition.tracking import Track
from tests.support.moving import CLIP, FACE, GREEN, RED, STAFF, OneFace, Pane, folder_of, plug_in, save, scene


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


def capture(*arguments: str | Path) -> int:
    return cli.main(["capture", *map(str, arguments), "--quiet"])


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def colour_near(path: Path | str, wanted: tuple[int, int, int]) -> bool:
    """Whether the face's box is drawn in this colour (a JPEG is not exact)."""
    row = cv2.imread(str(path))[120, 300:390, ::-1].astype(int)
    return float(np.abs(row - wanted).mean()) < 40


def test_a_picture_a_second_with_names(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plug_in(monkeypatch, scene(RED))
    assert capture("--out", tmp_path / "out", "--count", "3", "--gallery", gallery, "--json") == 0
    out, err = capsys.readouterr()
    *each, summary = lines(out)
    assert err == ""
    assert [line["path"] for line in each] == [f"{tmp_path}/out/frame-000{n}.jpg" for n in (1, 2, 3)]
    assert [line["time"] for line in each] == pytest.approx([0, 1, 2], abs=0.2)
    [face] = each[0]["faces"]
    assert (face["person"], face["confidence"], face["box"]) == ("Rosa", 0.99, [240, 120, 160, 200])
    assert face["score"] > 0.97
    assert summary == {"event": "summary", "saved": 3, "wanted": 3, "out": f"{tmp_path}/out"}
    assert all(colour_near(line["path"], KNOWN) for line in each), "the first one, too"


def test_without_a_gallery_the_label_is_the_confidence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert capture("--camera", CLIP, "--out", tmp_path, "--count", "2", "--interval", "0.5") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"00:00.0  {tmp_path}/frame-0001.jpg  0.99",
        f"00:00.5  {tmp_path}/frame-0002.jpg  0.99",
        f"2 pictures in {tmp_path}",
    ]
    assert colour_near(tmp_path / "frame-0002.jpg", UNKNOWN)


def test_labels_say_who_and_how_sure() -> None:
    def track(person: str | None, score: float, doubt: int = 0) -> Track:
        decision = Decision.ACCEPTED if person else Decision.UNKNOWN
        best = Candidate(person or "Ada", score, 0.9, 3)
        return Track(1, FACE, 0, doubt=doubt, identity=Identification(decision, person, (best,), 3.98, 1.0))

    assert sure(track("Zoë", 7.553)) == "Zoe 7.55"
    assert sure(track(None, -1.3)) == "unknown -1.3"
    assert sure(track("Zoë", 7.553, doubt=1)) == "unknown"
    assert sure(Track(1, FACE, 0)) == "0.99"


def test_plain_pictures_are_the_cameras_own_and_nothing_is_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "frame-0001.jpg").write_text("mine")
    assert capture("--camera", CLIP, "--out", tmp_path, "--count", "2", "--plain") == 0
    assert (tmp_path / "frame-0001.jpg").read_text() == "mine"
    frame = next(open_source(str(CLIP)).frames()).image
    saved = cv2.imread(str(tmp_path / "frame-0002.jpg"))[..., ::-1]
    assert np.abs(saved.astype(int) - frame).mean() < 3
    assert not colour_near(tmp_path / "frame-0002.jpg", UNKNOWN)
    assert (tmp_path / "frame-0003.jpg").is_file()


def test_a_video_that_ends_early_says_how_many_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert capture("--camera", CLIP, "--out", tmp_path) == 0
    *each, last = capsys.readouterr().out.splitlines()
    assert [line[:7] for line in each] == ["00:00.0", "00:01.0", "00:02.0", "00:03.0"]
    assert last == f"The video ended. 4 of 10 pictures in {tmp_path}"


def test_every_frame_when_there_is_no_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = folder_of(tmp_path / "in", [scene(RED)] * 6)
    assert capture("--camera", source, "--out", tmp_path / "out", "--interval", "0", "--count", "5") == 0
    assert len(list((tmp_path / "out").iterdir())) == 5


def test_q_stops_and_what_was_taken_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pane = Pane(25)
    monkeypatch.setattr("recognition.commands.window.Window", lambda title: pane)
    assert capture("--camera", CLIP, "--out", tmp_path, "--show") == 0
    assert len(pane.shown) == 25, "every frame is shown, not only those that are kept"
    assert capsys.readouterr().out.splitlines()[-1] == f"Stopped. 2 of 10 pictures in {tmp_path}"
    assert len(list(tmp_path.iterdir())) == 2


def test_ctrl_c_stops_and_what_was_taken_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OneFace, "interrupt_at", 6)  # every fifth frame is searched
    assert capture("--camera", CLIP, "--out", tmp_path) == 130
    assert capsys.readouterr().out.splitlines()[-1] == f"Stopped. 2 of 10 pictures in {tmp_path}"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_full_disk_keeps_what_was_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write, left = Path.write_bytes, [2]

    def full(path: Path, data: Any) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    assert capture("--camera", CLIP, "--out", tmp_path) == 2
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == f"It went wrong. 2 of 10 pictures in {tmp_path}"
    assert (
        err == f"error image.not_written: Cannot write {tmp_path}/frame-0003.jpg: No space left on device.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--camera", "97"], "video.no_camera"),
        (["--camera", "absent.mp4"], "image.not_found"),
        (["--camera", "text.mp4"], "video.unreadable"),
        (["--camera", str(CLIP), "--gallery", "absent"], "gallery.not_found"),
        (["--camera", str(CLIP), "--gallery", "empty"], "gallery.empty"),
        (["--camera", "97", "--out", "text.mp4/out"], "image.not_written"),
        (["--count", "0"], "usage.invalid"),
        (["--interval", "-1"], "usage.invalid"),
        (["--interval", "soon"], "usage.invalid"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_told_and_nothing_is_written(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.mp4").write_text("this is no video")
    (tmp_path / "empty" / "Rosa").mkdir(parents=True)
    assert capture("--out", "out", *arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith(f"error {code}: ")
    assert not list(tmp_path.rglob("*.jpg"))


def test_people_of_the_demo_are_named_for_real(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, engine: FaceEngine
) -> None:
    monkeypatch.setattr("recognition.commands.naming.make_engine", lambda: engine)
    for name in ("ari-lindqvale", "dana-quillbrook"):
        for photo in sorted((STAFF / name).glob("*.jpg"))[:3]:
            target = tmp_path / "gallery" / name / photo.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(photo.read_bytes())
    arguments = ("--camera", CLIP, "--count", "2", "--interval", "0.5", "--gallery", tmp_path / "gallery")
    assert capture("--out", tmp_path / "out", *arguments, "--json") == 0
    first, second, summary = lines(capsys.readouterr().out)
    assert [face["person"] for line in (first, second) for face in line["faces"]] == ["ari-lindqvale"] * 2
    assert summary["saved"] == 2


def test_a_webcams_people_are_known_by_their_faces_of_another_clip(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    engine: FaceEngine,
    shared_data: Path,
) -> None:
    """The lab's way from a camera to a name: align makes a gallery, capture uses it."""
    for command in ("align", "naming"):
        monkeypatch.setattr(f"recognition.commands.{command}.make_engine", lambda: engine)
    clips = shared_data / "webcam-clips" / "asl_gestures"
    for person, clip in (("A", "again"), ("B", "bird")):
        to = str(tmp_path / "gallery" / person)
        arguments = ["--out", to, "--every", "30", "--seconds", "2", "--save", "faces", "--quiet"]
        assert cli.main(["align", str(clips / f"{clip}.mkv"), *arguments]) == 0
    capsys.readouterr()
    arguments = ["--count", "2", "--interval", "0.5", "--gallery", str(tmp_path / "gallery"), "--json"]
    for person, clip in (("A", "yes"), ("B", "please")):
        out = tmp_path / person
        assert capture("--camera", clips / f"{clip}.mkv", "--out", out, *arguments) == 0
        *each, _ = lines(capsys.readouterr().out)
        assert [face["person"] for line in each for face in line["faces"]] == [person] * 2
