"""Labelled faces from an archive, a CSV file and folders: right labels, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition.emotion import data
from recognition.emotion.labels import EMOTIONS, FER2013_CODES
from recognition.errors import DataError
from tests.support.emotions import face, shade, write_csv, write_folders, write_png
from tests.support.pictures import text_file, truncated_jpeg

ROWS = [
    (emotion, face(emotion, number), usage)
    for usage, numbers in (("Training", (0, 1)), ("PublicTest", (2,)), ("PrivateTest", (3,)))
    for emotion in EMOTIONS
    for number in numbers
]


def write_npz(path: Path, **changed: object) -> Path:
    arrays: dict[str, object] = {
        "pixels": np.stack([picture for _, picture, _ in ROWS]),
        "labels": np.array([FER2013_CODES.index(emotion) for emotion, _, _ in ROWS], np.uint8),
        "split": np.array([("Training", "PublicTest", "PrivateTest").index(usage) for *_, usage in ROWS]),
    } | changed
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})  # type: ignore[arg-type]
    return path


def shades(faces: data.Faces) -> list[str]:
    """The emotion whose shade each face has, which must be its label."""
    values = [int(np.median(picture)) for picture in faces.pixels]
    return [EMOTIONS[[shade(emotion) for emotion in EMOTIONS].index(value)] for value in values]


def named(faces: data.Faces) -> list[str]:
    return [EMOTIONS[label] for label in faces.labels]


def failure(path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        data.read(path)
    return caught.value


def test_archive_csv_and_folders_hold_the_same_faces(tmp_path: Path) -> None:
    write_folders(tmp_path / "folders" / "train", 2)
    write_folders(tmp_path / "folders" / "Public Test", 1, first=2)
    write_folders(tmp_path / "folders" / "private_test", 1, first=3)
    read = [
        data.read(write_npz(tmp_path / "faces.npz")),
        data.read(write_csv(tmp_path / "faces.csv", ROWS)),
        data.read(tmp_path / "folders"),
    ]
    for faces in read:
        assert shades(faces) == named(faces)
        assert {name: int((faces.splits == name).sum()) for name in set(faces.splits.tolist())} == {
            "training": 14, "publictest": 7, "privatetest": 7
        }  # fmt: skip
        assert faces.pixels.shape == (28, 48, 48)
        assert faces.pixels.dtype == np.uint8
    keys = [sorted(zip(map(bytes, one.pixels), one.labels.tolist(), strict=True)) for one in read]
    assert keys[0] == keys[1] == keys[2]


def test_folders_without_splits_are_training_and_names_have_any_case(tmp_path: Path) -> None:
    for emotion in EMOTIONS:
        colour = np.repeat(face(emotion)[..., None], 3, axis=2)
        write_png(tmp_path / emotion.upper() / "colour.PNG", colour)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "HAPPY" / ".DS_Store").write_bytes(b"\0")
    faces = data.read(tmp_path)
    assert set(faces.splits.tolist()) == {"training"}
    assert shades(faces) == named(faces) == sorted(EMOTIONS)
    assert np.array_equal(faces.pixels[3], face("happy"))


def test_damaged_and_wrongly_sized_pictures_are_named_and_left_out(tmp_path: Path) -> None:
    write_folders(tmp_path)
    (tmp_path / "sad" / "broken.jpg").write_bytes(truncated_jpeg())
    (tmp_path / "sad" / "empty.png").write_bytes(b"")
    (tmp_path / "fear" / "notes.txt").write_bytes(text_file())
    write_png(tmp_path / "angry" / "large.png", np.zeros((96, 96), np.uint8))
    skipped: dict[str, str] = {}
    faces = data.read(tmp_path, lambda name, reason: skipped.update({Path(name).name: reason}))
    assert len(faces) == 14
    assert set(skipped) == {"broken.jpg", "empty.png", "notes.txt", "large.png"}
    assert skipped["large.png"] == "It has 96 x 96 pixels, not 48 x 48."
    assert "damaged" in skipped["broken.jpg"]


def test_what_nobody_listens_to_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_folders(tmp_path)
    (tmp_path / "sad" / "empty.png").write_bytes(b"")
    data.read(tmp_path)
    assert "empty.png" in caplog.text


def test_an_empty_class_is_an_error_that_names_it(tmp_path: Path) -> None:
    write_folders(tmp_path / "train")
    write_folders(tmp_path / "test")
    for path in (tmp_path / "test" / "disgust").iterdir():
        path.unlink()
    error = failure(tmp_path)
    assert error.code == "data.empty_class"
    assert str(Path("test") / "disgust") in error.message


def test_a_missing_class_and_one_class_alone_are_errors(tmp_path: Path) -> None:
    write_png(tmp_path / "happy" / "0.png", face("happy"))
    error = failure(tmp_path)
    assert error.code == "data.empty_class"
    for emotion in EMOTIONS:
        assert (emotion in error.message) == (emotion != "happy")


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    assert failure(tmp_path).code == "data.empty_class"


@pytest.mark.parametrize("place", ["bored", "train/bored"])
def test_unknown_folders_are_named(tmp_path: Path, place: str) -> None:
    write_folders(tmp_path / "train" if "/" in place else tmp_path)
    write_png(tmp_path / place / "0.png", face("sad"))
    error = failure(tmp_path)
    assert error.code == "data.unknown_class"
    assert "bored" in error.message


def test_csv_rows_that_are_damaged_are_named_by_their_line(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "icml.csv",
        ROWS,
        header="emotion, Usage, pixels".replace(" Usage, pixels", "pixels, Usage "),
    )
    with path.open("a") as file:
        file.write("3,1 2 3,Training\n9,0 0,Training\nx\n" + "3," + " ".join(["256"] * 2304) + ",Training\n")
    skipped: list[str] = []
    faces = data.read(path, lambda name, reason: skipped.append(f"{name}: {reason}"))
    assert len(faces) == len(ROWS)
    assert [line.split(":")[0] for line in skipped] == [f"icml.csv, line {n}" for n in (30, 31, 32, 33)]
    assert "3 pixels" in skipped[0]
    assert "0 to 255" in skipped[3]


def test_files_with_other_content_are_refused(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("name,age\nKim,3\n")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "text.npz").write_bytes(text_file())
    (tmp_path / "faces.zip").write_bytes(b"PK")
    (tmp_path / "cut.npz").write_bytes(write_npz(tmp_path / "whole.npz").read_bytes()[:3000])
    codes = {
        name: failure(tmp_path / name).code for name in ("people.csv", "text.npz", "faces.zip", "cut.npz")
    }
    assert codes == {
        "people.csv": "data.not_fer2013",
        "text.npz": "data.unreadable",
        "faces.zip": "data.not_fer2013",
        "cut.npz": "data.unreadable",
    }
    assert failure(tmp_path / "binary.csv").code in ("data.unreadable", "data.not_fer2013")
    assert failure(tmp_path / "nothing").code == "data.not_found"


@pytest.mark.parametrize(
    "changed",
    [
        {"labels": None},
        {"labels": np.full(28, 7)},
        {"labels": np.full(28, -1)},
        {"labels": np.zeros(3, int)},
        {"split": np.full(28, 5)},
        {"pixels": np.zeros((28, 32, 32), np.uint8)},
        {"pixels": np.zeros((28, 48, 48), np.float32)},
    ],
)
def test_archives_of_something_else_are_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    assert failure(write_npz(tmp_path / "other.npz", **changed)).code == "data.not_fer2013"


def test_pickles_inside_an_archive_are_never_opened(tmp_path: Path) -> None:
    path = write_npz(tmp_path / "pickled.npz", labels=np.array([{"a": 1}] * 28, object))
    assert failure(path).code == "data.unreadable"


def test_votes_are_shares_and_nothing_where_nobody_voted(tmp_path: Path) -> None:
    votes = np.zeros((28, 10), np.uint8)
    votes[0, :2] = (3, 1)
    votes[1] = 255
    faces = data.read(write_npz(tmp_path / "votes.npz", ferplus_votes=votes))
    assert faces.votes is not None
    assert faces.votes[0, :3].tolist() == [0.75, 0.25, 0]
    assert faces.votes[1].sum() == 0
    assert data.read(write_npz(tmp_path / "none.npz")).votes is None


def test_splits_go_by_any_spelling(tmp_path: Path) -> None:
    faces = data.read(write_npz(tmp_path / "faces.npz"))
    for name in ("PublicTest", "publictest", "Public test", "PUBLIC_TEST"):
        assert len(faces.chosen(name)) == 7
    assert len(faces.chosen("train")) == 14
    assert len(faces.chosen("ALL")) == 28
    with pytest.raises(DataError) as caught:
        faces.chosen("holdout")
    assert caught.value.code == "data.no_split"
    assert "privatetest, publictest, training" in caught.value.message
    only = faces.take((faces.splits != "publictest") | (faces.labels == 3))
    with pytest.raises(DataError) as caught:
        only.chosen("publictest")
    assert caught.value.code == "data.empty_class"


def test_doubtful_faces_are_counted() -> None:
    pictures = [face("sad"), face("sad"), face("fear"), np.zeros((48, 48), np.uint8)]
    labels = np.array([5, 4, 2, 0])
    tests = data.Faces(np.stack(pictures), labels, np.array(["publictest"] * 4))
    training = data.Faces(np.stack(pictures[2:3]), labels[2:3], np.array(["training"]))
    assert data.doubts(tests, training) == data.Doubts(blank=1, conflicting=2, in_training=1)
    assert data.repeated(tests, training).tolist() == [False, False, True, False]
    assert data.doubts(training, training).in_training == 0


def test_fer2013_is_what_its_readme_says(shared_data: Path) -> None:
    faces = data.read(shared_data / "fer2013" / "fer2013.npz")
    training, tests = faces.split("training"), faces.split("publictest")
    assert (len(training), len(tests)) == (28_709, 3_589)
    found = data.doubts(tests, training)
    assert found.in_training == 280
    assert data.blank(faces).sum() == 12  # a thirteenth has a speck
    # Happy is the commonest emotion by far, disgust the rarest.
    counts = dict(zip(EMOTIONS, np.bincount(tests.labels).tolist(), strict=True))
    assert (counts["happy"], counts["disgust"], counts["neutral"]) == (895, 56, 607)


def test_grey_of_a_grey_picture_is_that_picture(tmp_path: Path) -> None:
    random = np.random.default_rng(0).integers(0, 256, (48, 48), np.uint8)
    write_folders(tmp_path)
    write_png(tmp_path / "angry" / "9.png", random)
    cv2.imwrite(str(tmp_path / "angry" / "8.png"), np.dstack([random] * 3))
    faces = data.read(tmp_path)
    assert np.array_equal(faces.pixels[2], random)
    assert np.array_equal(faces.pixels[3], random)
