"""``augment``: real photos in, changed copies in the same folders out, and nothing overwritten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from recognition import cli
from recognition.decoding import decode
from tests.support.pictures import text_file, truncated_jpeg

STAFF = Path(__file__).resolve().parents[2] / "demo" / "people" / "staff"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two people, one of them with two photos of two sizes."""
    folder = tmp_path / "photos"
    for name, numbers in (("ari-lindqvale", (1, 2)), ("robin-ashmerle", (1,))):
        (folder / name).mkdir(parents=True)
        for number in numbers:
            picture = cv2.imread(str(STAFF / name / f"{number}.jpg"))
            cv2.imwrite(str(folder / name / f"{number}.jpg"), cv2.resize(picture, (96, 110 + number)))
    return folder


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        status = cli.main(["augment", *map(str, arguments), "--quiet"])
        return status, *capsys.readouterr()

    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_copies_lie_in_the_folders_of_their_photos(run: Any, photos: Path, tmp_path: Path) -> None:
    before = contents(photos)
    status, out, err = run(photos, "--out", tmp_path / "out", "--per-image", 3, "--seed", 7)
    assert (status, err) == (0, "")
    assert out.startswith("9 pictures of 3 photos in ")
    made = contents(tmp_path / "out")
    assert set(made) == {"contact-sheet.png"} | {
        f"{name}-{number}.jpg" for name in ("ari-lindqvale/1", "ari-lindqvale/2", "robin-ashmerle/1")
        for number in (1, 2, 3)
    }  # fmt: skip
    assert contents(photos) == before
    originals = [decode(data).astype(int) for data in before.values()]
    for name, data in made.items():
        if name.endswith(".jpg"):
            picture = decode(data)
            assert picture.shape in [one.shape for one in originals]
            alike = [np.abs(picture - one).mean() for one in originals if one.shape == picture.shape]
            assert min(alike) > 3, f"{name} is no changed copy"


def test_the_same_seed_writes_the_same_files(run: Any, photos: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        assert run(photos, "--out", tmp_path / name, "--per-image", 2, "--seed", seed)[0] == 0
    a, b, c = (contents(tmp_path / name) for name in "abc")
    assert a == b
    assert all(a[name] != c[name] for name in a)


def test_the_contact_sheet_is_a_picture_with_a_row_for_each_photo(
    run: Any, photos: Path, tmp_path: Path
) -> None:
    run(photos, "--out", tmp_path / "few", "--per-image", 1)
    run(photos / "robin-ashmerle", "--out", tmp_path / "one", "--per-image", 4)
    few, one = (cv2.imread(str(tmp_path / name / "contact-sheet.png")) for name in ("few", "one"))
    assert few.shape[0] > 2 * one.shape[0]
    assert one.shape[1] > 2 * few.shape[1]


def test_pictures_to_judge_by_are_the_photos_themselves(run: Any, photos: Path, tmp_path: Path) -> None:
    assert run(photos, "--out", tmp_path / "out", "--test")[0] == 0
    made, before = contents(tmp_path / "out"), contents(photos)
    assert set(made) == {*before, "contact-sheet.png"}
    for name, data in before.items():
        assert np.abs(decode(made[name]).astype(int) - decode(data)).mean() < 2  # a JPEG of a JPEG


def test_large_photos_are_shrunk(run: Any, photos: Path, tmp_path: Path) -> None:
    run(photos, "--out", tmp_path / "out", "--per-image", 1, "--max-side", 50)
    assert decode((tmp_path / "out" / "robin-ashmerle" / "1-1.jpg").read_bytes()).shape == (50, 43, 3)


def test_what_cannot_be_read_is_named_and_left_out(run: Any, photos: Path, tmp_path: Path) -> None:
    (photos / "robin-ashmerle" / "0.jpg").write_bytes(truncated_jpeg())
    (photos / "robin-ashmerle" / "x.png").write_bytes(text_file())
    status, out, err = run(photos, "--out", tmp_path / "out", "--per-image", 1, "--json")
    assert status == 2
    said = [json.loads(line) for line in out.splitlines()]
    assert [Path(one["path"]).name for one in said] == ["1.jpg", "2.jpg", "0.jpg", "1.jpg", "x.png"]
    assert [len(one["copies"]) for one in said] == [1, 1, 0, 1, 0]
    assert [one["error"] and one["error"]["code"] for one in said] == [
        None, None, "image.truncated", None, "image.not_an_image",
    ]  # fmt: skip
    assert err.count("Left out.") == 2
    assert all(Path(copy).is_file() for one in said for copy in one["copies"])


def test_nothing_readable_is_an_error(run: Any, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert run(tmp_path / "in", "--out", tmp_path / "out")[2].startswith("error image.not_found: ")
    (tmp_path / "in" / "x.jpg").write_bytes(text_file())
    status, _, err = run(tmp_path / "in", "--out", tmp_path / "out")
    assert status == 2
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "error image.not_an_image", "error image.not_found",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("out", "code"),
    [
        ("photos", "usage.invalid"),
        ("photos/ari-lindqvale", "usage.invalid"),
        ("photos/new", "usage.invalid"),
        (".", "usage.invalid"),
        ("used", "image.not_written"),
        ("used/file.txt", "image.not_written"),
        ("used/file.txt/below", "image.not_written"),
    ],
)
def test_no_file_that_is_there_is_overwritten(
    run: Any, photos: Path, tmp_path: Path, out: str, code: str
) -> None:
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "file.txt").write_text("mine")
    before = contents(tmp_path)
    status, _, err = run(photos, "--out", tmp_path / out)
    assert (status, err.split(": ")[0]) == (2, f"error {code}")
    assert contents(tmp_path) == before


def test_a_folder_that_cannot_be_written_to_is_an_error(run: Any, photos: Path) -> None:
    status, _, err = run(photos, "--out", "/proc/augmented", "--per-image", 1)
    assert (status, err.split(": ")[0]) == (2, "error image.not_written")


@pytest.mark.parametrize("more", [("--per-image", "0"), ("--seed", "x"), ("--max-side", "5")])
def test_bad_numbers_are_bad_use(run: Any, photos: Path, tmp_path: Path, more: tuple[str, str]) -> None:
    assert run(photos, "--out", tmp_path / "out", *more)[2].splitlines()[-1].startswith("error usage.invalid")
