"""Whether a video is known to have broken off, and an intact one never to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.commands.video import Writer, open_source
from recognition.commands.video_end import Ending, ending

CLIPS = sorted((Path(__file__).resolve().parents[2] / "demo" / "people" / "clips").glob("*.webm"))
CLIP = CLIPS[0].read_bytes()


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def read(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[float, str]:
    """The time of the last frame, and what was complained of."""
    source = open_source(str(path))
    last = [frame.seconds for frame in source.frames()][-1]
    said = capsys.readouterr().err
    assert source.faulty == bool(said)
    return last, said


@pytest.mark.parametrize("path", CLIPS, ids=lambda path: path.stem)
def test_an_intact_clip_is_known_to_the_frame(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ending(path) == Ending(whole=True, last=3.95)
    assert read(path, capsys) == (pytest.approx(3.95), "")


def test_no_webcam_clip_is_complained_of(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their number of frames is one too many in most, and frames come out of their order."""
    clips = sorted((shared_data / "webcam-clips").rglob("*.mkv"))
    assert clips
    for path in clips:
        last, said = read(path, capsys)
        assert (said, ending(path)) == ("", Ending(whole=True, last=pytest.approx(last, abs=0.01)))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_clip_that_is_cut_off(tmp_path: Path, capsys: pytest.CaptureFixture[str], share: float) -> None:
    path = written(tmp_path / "cut.webm", CLIP[: int(len(CLIP) * share)])
    last, said = read(path, capsys)
    assert last < 3.95
    assert said == (
        f"error video.incomplete: {path}: The video broke off at about second {last:.1f}. "
        "The file is damaged or not complete.\n"
    )


@pytest.mark.parametrize("rubbish", [bytes(len(CLIP) // 2), np.random.default_rng(3).bytes(len(CLIP) // 2)])
def test_a_clip_whose_second_half_is_rubbish(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rubbish: bytes
) -> None:
    """As of a download that was given its full size beforehand."""
    path = written(tmp_path / "half.webm", CLIP[: len(CLIP) - len(rubbish)] + rubbish)
    last, said = read(path, capsys)
    assert 1 < last < 3
    assert f"broke off at about second {last:.1f}. " in said


def test_a_decoder_that_gives_up_before_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sizes and times are all right, but a picture is not, and those after it rest on it."""
    middle, rubbish = len(CLIP) // 2, np.random.default_rng(1).bytes(3000)
    path = written(tmp_path / "bad.webm", CLIP[:middle] + rubbish + CLIP[middle + len(rubbish) :])
    last, said = read(path, capsys)
    assert last < 3
    assert "video.incomplete" in said


@pytest.mark.parametrize("name", ["whole.mp4", "whole.avi"])
def test_what_we_write_ourselves_is_intact_until_it_is_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (40, 120, 160, 3), np.uint8)
    with Writer(tmp_path / name, 20) as writer:
        for picture in noise:
            writer.write(picture)
    assert read(tmp_path / name, capsys) == (pytest.approx(1.95), "")
    data = (tmp_path / name).read_bytes()
    cut = written(tmp_path / f"cut-{name}", data[: len(data) * 2 // 3])
    assert not ending(cut).whole
    if name.endswith(".avi"):
        assert "broke off" in read(cut, capsys)[1]


def test_other_files_are_taken_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.png"
    cv2.imwrite(str(path), np.zeros((64, 64, 3), np.uint8))
    assert ending(path) == Ending()
    assert read(path, capsys)[1] == ""


def test_a_file_that_goes_while_it_is_read_is_not_complained_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path / "gone.webm", CLIP)
    source = open_source(str(path))
    path.unlink()
    assert len(list(source.frames())) == 80
    assert (source.faulty, capsys.readouterr().err) == (False, "")


# Matroska by hand: what the demo's clips do not have


def element(name: str, content: bytes, *, open_ended: bool = False) -> bytes:
    size = b"\x01" + b"\xff" * 7 if open_ended else (len(content) | 1 << 56).to_bytes(8, "big")
    return bytes.fromhex(name) + size + content


def track(number: int, kind: int) -> bytes:
    return element("AE", element("D7", bytes([number])) + element("83", bytes([kind])))


def cluster(start: int, blocks: Sequence[tuple[int, int]], *, open_ended: bool = False) -> bytes:
    """Blocks of (track, milliseconds after ``start``); every other one in a group of its own."""
    inside = element("E7", start.to_bytes(2, "big"))
    for place, (number, at) in enumerate(blocks):
        block = bytes([0x80 | number]) + at.to_bytes(2, "big", signed=True) + b"\x00picture"
        inside += element("A3", block) if place % 2 else element("A0", element("A1", block))
    return element("1F43B675", inside, open_ended=open_ended)


def matroska(*clusters: bytes, tracks: bytes, open_ended: bool = False) -> bytes:
    head = element("1A45DFA3", element("4282", b"webm"))
    info = element("1549A966", element("2AD7B1", (1_000_000).to_bytes(3, "big")))
    parts = info + element("1654AE6B", tracks) + b"".join(clusters)
    return head + element("18538067", parts, open_ended=open_ended)


BOTH = track(1, 1) + track(2, 2)
SOUND_GOES_ON = (cluster(500, [(1, 0), (2, 0), (1, 100), (1, 50)]), cluster(5000, [(2, 0), (2, 4000)]))


@pytest.mark.parametrize("open_ended", [False, True])
def test_sound_that_goes_on_is_not_missed_in_the_pictures(tmp_path: Path, open_ended: bool) -> None:
    data = matroska(*SOUND_GOES_ON, tracks=BOTH, open_ended=open_ended)
    found = ending(written(tmp_path / "sound.mkv", data))
    assert found == Ending(whole=True, last=pytest.approx(0.1))
    assert found.reached(0.1)


def test_a_recording_without_sizes_ends_where_it_ends(tmp_path: Path) -> None:
    """As browsers record: nothing is gone back to when the length is known."""
    clusters = [cluster(second * 1000, [(1, 0), (1, 500)], open_ended=True) for second in range(4)]
    data = matroska(*clusters, tracks=BOTH, open_ended=True)
    assert ending(written(tmp_path / "live.webm", data)) == Ending(whole=True, last=3.5)
    assert ending(written(tmp_path / "cut.webm", data[:-3])) == Ending(whole=False, last=3.0)


def test_what_stands_behind_the_segment_is_not_looked_at(tmp_path: Path) -> None:
    data = matroska(cluster(0, [(1, 0), (1, 900)]), tracks=BOTH) + bytes(500)
    assert ending(written(tmp_path / "more.mkv", data)) == Ending(whole=True, last=0.9)


def test_damage_that_the_decoder_gets_over_is_told_as_such(tmp_path: Path) -> None:
    good, late = cluster(0, [(1, 0), (1, 900)]), cluster(9000, [(1, 0)])
    found = ending(written(tmp_path / "hole.mkv", matroska(good, bytes(50), late, tracks=BOTH)))
    assert found == Ending(whole=False, last=0.9)
    assert found.sentence(9.0) == "The video is damaged at about second 0.9. Frames may be missing there."
    assert "broke off at about second 0.9" in found.sentence(0.9)


# MP4 by hand


def box(kind: str, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind.encode() + content


def numbers(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big", signed=value < 0) for value in values)


def trak(kind: str, length: int, *, edits: Sequence[tuple[int, int]] = (), step: int = 100) -> bytes:
    """A track of ``length`` units of a thousandth; ``edits``: (length, start)."""
    described = box("mdhd", numbers(0, 0, 0, 1000, length)) + box("hdlr", numbers(0, 0) + kind.encode())
    steps = box("stts", numbers(0, 1, length // step, step))
    edited = b"".join(numbers(*edit, 1 << 16) for edit in edits)
    elst = box("edts", box("elst", numbers(0, len(edits)) + edited)) if edits else b""
    return box("trak", elst + box("mdia", described + box("minf", box("stbl", steps))))


def mp4(*tracks: bytes) -> bytes:
    film = box("moov", box("mvhd", numbers(0, 0, 0, 1000, 0)) + b"".join(tracks))
    return box("ftyp", b"isom") + film + box("mdat", bytes(1000))


@pytest.mark.parametrize(
    ("tracks", "last"),
    [
        ([trak("vide", 4000)], 3.9),
        ([trak("vide", 4000), trak("soun", 9000)], 3.9),
        ([trak("vide", 4000, edits=[(3000, 1000)])], 2.9),
        ([trak("vide", 4000, edits=[(4000, 500)])], 3.4),
        ([trak("vide", 4000, edits=[(2000, -1), (4000, 0)])], 3.9),
        ([trak("vide", 4000, edits=[(500, 0), (500, 3000)])], 0.9),
        ([trak("vide", 40_000, step=20_000)], 20.0),
        ([trak("vide", 0)], None),
        ([trak("vide", 4000, edits=[(0, 0)])], None),
        ([trak("soun", 9000)], None),
    ],
    ids=[
        "plain",
        "sound",
        "trimmed",
        "sloppy",
        "late",
        "pieces",
        "slides",
        "fragments",
        "open",
        "no pictures",
    ],
)
def test_when_the_last_frame_of_an_mp4_is_due(
    tmp_path: Path, tracks: list[bytes], last: float | None
) -> None:
    data = mp4(*tracks)
    expected = Ending(whole=True, last=None if last is None else pytest.approx(last))
    assert ending(written(tmp_path / "a.mp4", data)) == expected
    assert ending(written(tmp_path / "more.mp4", data + b"\x00\x01\x02\x03 a camera's own" * 9)) == expected
    assert ending(written(tmp_path / "zeros.mp4", data + bytes(99))) == expected
    assert not ending(written(tmp_path / "cut.mp4", data[:-1])).whole


@pytest.mark.parametrize("data", [CLIP[:4000], mp4(trak("vide", 4000, edits=[(3000, 1000)]))])
def test_no_rubbish_breaks_the_reader(tmp_path: Path, data: bytes) -> None:
    rng = np.random.default_rng(4)
    for _ in range(200):
        bad = bytearray(data)
        for place in rng.integers(4, len(bad), 6):
            bad[place] = rng.integers(256)
        found = ending(written(tmp_path / "bad", bytes(bad[: rng.integers(12, len(bad) + 1)])))
        assert found.reached(1.0) in (True, False)


def test_boxes_within_boxes_have_an_end(tmp_path: Path) -> None:
    nested = b""
    for _ in range(3000):
        nested = box("moov", nested)
    assert ending(written(tmp_path / "deep.mp4", nested)) == Ending()
