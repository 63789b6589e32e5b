"""``redundancy FOLDER --matrix PNG``: every photo against every other."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition import cli
from recognition.commands.verify import measured
from recognition.decoding import decode
from recognition.distance import cosine_distance
from recognition.distance_plot import distance_matrix, one_person_first
from recognition.engine import FaceEngine
from recognition.types import Image
from tests.support.moving import STAFF


@pytest.fixture
def use_engine(monkeypatch: pytest.MonkeyPatch, engine: FaceEngine) -> None:
    for command in ("matrix", "redundancy", "verify"):
        monkeypatch.setattr(f"recognition.commands.{command}.make_engine", lambda: engine)


@pytest.fixture
def roster(tmp_path: Path, use_engine: None) -> Path:
    """Three photos each of two people, one of them a second time: darker and smaller."""
    folder = tmp_path / "roster"
    for name in ("ari-lindqvale", "robin-ashmerle"):
        for number in (1, 2, 3):
            target = folder / name / f"{number}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((STAFF / name / f"{number}.jpg").read_bytes())
    photo = cv2.imread(str(folder / "ari-lindqvale" / "1.jpg"))
    smaller = cv2.resize(photo, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(folder / "zz-again.jpg"), np.round(smaller * 0.8).astype(np.uint8))
    return folder


def picture(path: Path) -> Image:
    return decode(path.read_bytes())


def greenish(image: Image) -> float:
    """Share of the picture's coloured pixels that are green, of one person's squares."""
    red, green = image[..., 0].astype(int), image[..., 1].astype(int)
    is_green, is_red = green - red > 12, red - green > 4
    return float(is_green.sum() / (is_green.sum() + is_red.sum()))


def test_a_folder_is_drawn_and_its_near_duplicates_are_listed(
    tmp_path: Path, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (roster / "bad.jpg").write_text("no picture")
    cv2.imwrite(str(roster / "wall.png"), np.full((200, 200, 3), 90, np.uint8))
    png = tmp_path / "deep" / "matrix.png"
    assert cli.main(["redundancy", str(roster), "--matrix", str(png), "--quiet"]) == 2
    out, err = capsys.readouterr()
    pair, summary, drawn = out.splitlines()
    euclid, cosine, rest = pair.split(maxsplit=2)
    assert 0 < float(euclid) < 0.15
    assert float(cosine) == pytest.approx(float(euclid) ** 2 / 2, abs=6e-4)
    assert rest.startswith("same photo again, resized, darkened")
    assert rest.endswith(f"{roster}/ari-lindqvale/1.jpg {roster}/zz-again.jpg")
    # Four photos of one person, three of the other: 6 + 3 pairs, and 12 across.
    assert summary == (
        "7 photos: 1 near-duplicate; 9 pairs of one person, 12 of different people "
        "(Euclidean distance up to 0.380, cosine distance up to 0.072)"
    )
    assert drawn == str(png)
    assert [line.partition(": ")[0] for line in err.splitlines()] == [
        "error image.not_an_image",
        "error face.not_found",
    ]
    image = picture(png)
    assert min(image.shape[:2]) > 400
    assert greenish(image) == pytest.approx(25 / 49, abs=0.1)


def test_the_same_as_json_without_a_picture(roster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["redundancy", str(roster), "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["photos"]) == 7
    assert found["left_out"] == []
    assert (found["same_person"], found["different"], found["matrix"]) == (9, 12, None)
    assert (found["threshold"], found["cosine_threshold"]) == (0.38, 0.0722)
    [pair] = found["near_duplicates"]
    assert pair["second"].endswith("zz-again.jpg")
    assert pair["cosine_distance"] == pytest.approx(pair["distance"] ** 2 / 2, abs=1e-6)
    assert pair["changes"] == ["resized", "darkened"]
    assert cli.main(["redundancy", str(roster), "--json", "--quiet", "--threshold", "2"]) == 0
    assert json.loads(capsys.readouterr().out)["different"] == 0


def test_both_distances_of_one_photo_with_others(roster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = roster / "ari-lindqvale" / "1.jpg", roster / "robin-ashmerle" / "1.jpg"
    assert cli.main(["redundancy", str(one), str(one), str(other), "--quiet"]) == 0
    head, same, different = capsys.readouterr().out.splitlines()
    assert head == "Euclidean  cosine  one person: up to 0.380, 0.072"
    assert same.split()[:2] == ["0.000", "0.000"]
    assert "somebody else" in different
    assert cli.main(["redundancy", str(one), str(other), "--quiet", "--threshold", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["threshold"], found["cosine_threshold"]) == (2, 2)
    [row] = found["others"]
    assert row["verdict"] == "same_person"
    assert row["cosine_distance"] == pytest.approx(row["distance"] ** 2 / 2, abs=1e-6)
    assert cli.main(["verify", str(one), str(other)]) == 1
    said = capsys.readouterr().out.strip()
    assert said == f"Different people: {measured(row['distance'], 0.38)}"
    assert "Euclidean distance 0.5" in said
    assert "limit 0.380; cosine distance 0.14" in said


def test_cosine_distance_is_one_minus_the_cosine() -> None:
    random = np.random.default_rng(3)
    a, b = (vector / np.linalg.norm(vector) for vector in random.standard_normal((2, 128)))
    assert cosine_distance(float(np.linalg.norm(a - b))) == pytest.approx(1 - float(a @ b))


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["empty"], "image.not_found"),
        (["empty", "--matrix", "out.png"], "image.not_found"),
        (["one", "--matrix", "out.png"], "face.not_found"),
        (["absent.jpg"], "face.not_found"),
        (["one", "--matrix", "out.gif"], "usage.invalid"),
        (["one", "--threshold", "nan"], "usage.invalid"),
        ([], "usage.invalid"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_too_little_to_compare_is_bad_input(
    roster: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("empty", "one"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "1.jpg").write_bytes((roster / "ari-lindqvale" / "1.jpg").read_bytes())
    assert cli.main(["redundancy", *arguments, "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith(f"error {code}: ")
    assert not (tmp_path / "out.png").exists()


def test_a_picture_that_cannot_be_written_is_told(
    roster: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    png = str(tmp_path / "file" / "matrix.png")
    assert cli.main(["redundancy", str(roster), "--matrix", png, "--quiet"]) == 2
    assert capsys.readouterr().err.startswith("error image.not_written: Cannot write ")


def test_faces_of_one_person_stand_together() -> None:
    people = [0, 1, 0, 2, 1, 0]
    matrix = np.array([[0.2 if a == b else 0.6 for b in people] for a in people], np.float32)
    assert one_person_first(matrix, 0.38) == [0, 2, 5, 1, 4, 3]
    # A chain: the first and the last are linked by the one between them.
    chain = np.array([[0, 0.6, 0.3], [0.6, 0, 0.3], [0.3, 0.3, 0]], np.float32)
    assert one_person_first(chain, 0.38) == [0, 1, 2]


def test_odd_names_and_many_faces_are_drawn_without_a_word(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    random = np.random.default_rng(1).random((120, 120), np.float32)
    matrix = (random + random.T) / 2
    np.fill_diagonal(matrix, 0)
    names = [f"$x_{n}^$ 李 {'long ' * 20}.jpg" for n in range(120)]
    assert distance_matrix(matrix, names, 0.38, tmp_path / "many.png", "model@1").is_file()
    assert distance_matrix(matrix[:3, :3], names[:3], 0.0, tmp_path / "none.png", "model@1").is_file()
    assert capfd.readouterr() == ("", "")
    assert not [str(one.message) for one in recwarn if "Glyph" in str(one.message)]
