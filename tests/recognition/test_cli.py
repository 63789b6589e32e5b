"""``python -m recognition``: what comes out, where, and with which exit status.

Most tests put a stand-in where the networks are: it "sees" one face in a coloured picture, with the
colour for a vector, and none in a black one. The last part runs the real thing in a process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from recognition import cli
from recognition.commands import common
from recognition.models import DLIB_RESNET29
from recognition.types import Analysis, Box, Embedding, Face, Image, Quality

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "demo" / "people" / "staff"

RED, ORANGE, GREEN, BLACK = (250, 10, 10), (250, 60, 10), (10, 250, 10), (0, 0, 0)


class ColourEngine:
    """Stands in for FaceEngine: the colour is the person."""

    spec = replace(DLIB_RESNET29, name="colour")
    model, dimension = "colour@1", 128

    def analyse(
        self, images: Sequence[Image], *, embed: bool = True, largest: int | None = None, **_: bool
    ) -> list[list[Analysis]]:
        return [self._one(image, embed)[:largest] for image in images]

    def _one(self, image: Image, embed: bool) -> list[Analysis]:
        colour = image.reshape(-1, 3).mean(axis=0)
        if colour.max() < 5:
            return []
        vector = np.zeros(128, np.float32)
        vector[:3] = colour / np.linalg.norm(colour)
        landmarks = np.array([[20, 20], [44, 20], [32, 32], [22, 44], [42, 44]], np.float32)
        found = Analysis(
            Face(Box(10, 10, 44, 44), landmarks, 0.99),
            Quality(0.5, ("face.too_small",), {"eye_distance": 24.0}),
            Embedding(vector, self.model) if embed else None,
        )
        return [found]

    def chip(self, image: Image, face: Face, size: int = 224) -> Image:
        return np.full((size, size, 3), image[0, 0], np.uint8)


@pytest.fixture
def fake_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("detect", "align", "embed", "verify", "identify", "redundancy"):
        monkeypatch.setattr(f"recognition.commands.{name}.make_engine", ColourEngine)
    monkeypatch.setattr("recognition.commands.hush.start", lambda *_: None)


def picture(path: Path, colour: tuple[int, int, int]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((64, 64, 3), colour[::-1], np.uint8))
    return str(path)


@pytest.fixture
def gallery(tmp_path: Path) -> str:
    for name, colour in (("Rosa", RED), ("Greta", GREEN)):
        for number in range(3):
            picture(tmp_path / "gallery" / name / f"{number}.png", colour)
    return str(tmp_path / "gallery")


pytestmark = pytest.mark.usefixtures("fake_engine")


def lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_embed_json_prints_one_object_per_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture(tmp_path / "a.png", RED)
    picture(tmp_path / "b.png", BLACK)
    assert cli.main(["embed", str(tmp_path), "--json"]) == 0
    first, second = lines(capsys.readouterr().out)
    assert first["path"] == str(tmp_path / "a.png")
    assert first["error"] is None
    [face] = first["faces"]  # type: ignore[misc]
    assert set(face) == {"box", "landmarks", "confidence", "quality", "embedding"}
    assert face["box"] == [10, 10, 44, 44]
    assert list(face["landmarks"]) == ["left_eye", "right_eye", "nose", "mouth_left", "mouth_right"]
    assert face["landmarks"]["nose"] == [32, 32]
    assert face["quality"]["codes"] == ["face.too_small"]
    assert len(face["embedding"]) == 128
    assert np.linalg.norm(face["embedding"]) == pytest.approx(1, abs=1e-6)
    assert second == {"path": str(tmp_path / "b.png"), "faces": [], "error": None}


def test_a_bad_file_is_reported_and_the_rest_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = picture(tmp_path / "good.png", RED)
    text = tmp_path / "text.jpg"
    text.write_text("this is no picture")
    missing = str(tmp_path / "missing.jpg")
    assert cli.main(["embed", "--json", "--quiet", str(text), missing, good]) == 2
    out, err = capsys.readouterr()
    bad, gone, fine = lines(out)
    assert bad["faces"] == []
    assert bad["error"]["code"] == "image.not_an_image"  # type: ignore[index]
    assert gone["error"]["code"] == "image.not_found"  # type: ignore[index]
    assert fine["error"] is None
    assert len(fine["faces"]) == 1  # type: ignore[arg-type]
    assert [line.split(":")[0] for line in err.splitlines()] == [
        "error image.not_an_image",
        "error image.not_found",
    ]
    assert "text.jpg" in err


def test_progress_goes_to_stderr_and_can_be_silenced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        picture(tmp_path / f"{number}.png", RED)
    assert cli.main(["detect", "--json", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert len(lines(out)) == 3
    assert "3/3" in err
    assert cli.main(["detect", "--json", "--quiet", str(tmp_path)]) == 0
    assert capsys.readouterr().err == ""


def test_more_files_than_a_batch_keep_their_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(common.BATCH_FILES * 2 + 3):
        picture(tmp_path / f"{number:03}.png", BLACK if number % 5 == 0 else RED)
    assert cli.main(["detect", "--json", "--quiet", str(tmp_path)]) == 0
    found = lines(capsys.readouterr().out)
    assert [Path(str(line["path"])).name for line in found] == [f"{n:03}.png" for n in range(35)]
    assert [len(line["faces"]) for line in found] == [0 if n % 5 == 0 else 1 for n in range(35)]  # type: ignore[arg-type]


def test_detect_draws_into_copies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = picture(tmp_path / "in" / "sub" / "a.png", RED)
    before = Path(source).read_bytes()
    assert cli.main(["detect", str(tmp_path / "in"), "--draw", str(tmp_path / "out")]) == 0
    assert "1 face" in capsys.readouterr().out
    drawn = cv2.imread(str(tmp_path / "out" / "sub" / "a.jpg"))
    assert drawn.shape == (64, 64, 3)
    assert np.ptp(drawn[:, :, 1]) > 50
    assert Path(source).read_bytes() == before


def test_align_writes_a_chip_per_face_and_overwrites_none_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = picture(tmp_path / "x" / "me.png", RED), picture(tmp_path / "y" / "me.png", GREEN)
    none = picture(tmp_path / "none.png", BLACK)
    assert cli.main(["align", a, b, none, "--out", str(tmp_path / "out"), "--json", "--quiet"]) == 0
    found = lines(capsys.readouterr().out)
    chips = [line["chips"] for line in found]
    assert chips[2] == []
    written = [Path(str(chip)) for line in chips for chip in line]  # type: ignore[attr-defined]
    assert len(set(written)) == 2
    assert [cv2.imread(str(path)).shape for path in written] == [(224, 224, 3)] * 2
    assert cv2.imread(str(written[1]))[0, 0].argmax() == 1


def test_verify_says_yes_and_no_by_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    red, green = picture(tmp_path / "red.png", RED), picture(tmp_path / "green.png", GREEN)
    assert cli.main(["verify", red, red, "--json"]) == 0
    same = json.loads(capsys.readouterr().out)
    assert same["same"] is True
    assert same["distance"] == 0
    assert same["similarity"] == pytest.approx(1)
    assert same["threshold"] > 0
    assert same["model"] == "colour@1"
    assert cli.main(["verify", red, green, "--json"]) == 1
    other = json.loads(capsys.readouterr().out)
    assert other["same"] is False
    assert other["distance"] > other["threshold"]
    assert cli.main(["verify", red, green, "--threshold", "2"]) == 0
    assert "same person" in capsys.readouterr().out


def test_verify_without_a_face_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    red, black = picture(tmp_path / "red.png", RED), picture(tmp_path / "black.png", BLACK)
    assert cli.main(["verify", red, black, "--json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error face.not_found: ")
    assert "black.png" in err


def test_identify_accepts_the_right_person(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    probe = picture(tmp_path / "probe.png", ORANGE)
    assert cli.main(["identify", probe, "--gallery", gallery, "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["decision"], found["person"]) == ("accepted", "Rosa")
    assert [candidate["person"] for candidate in found["candidates"]] == ["Rosa", "Greta"]
    assert set(found["candidates"][0]) == {"person", "score", "nearest", "templates"}
    assert found["candidates"][0]["templates"] == 3
    assert found["threshold"] > 0
    assert cli.main(["identify", probe, "--gallery", gallery, "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("Rosa")


def test_identify_says_no_to_a_stranger_and_to_doubt(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = picture(tmp_path / "blue.png", (10, 10, 250))
    assert cli.main(["identify", stranger, "--gallery", gallery, "--json", "--quiet"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["decision"], found["person"]) == ("unknown", None)
    between = picture(tmp_path / "between.png", (200, 200, 10))
    arguments = ["identify", between, "--gallery", gallery, "--json", "--quiet", "--threshold", "0.5"]
    assert cli.main([*arguments, "--margin", "0.1"]) == 1
    assert json.loads(capsys.readouterr().out)["decision"] == "ambiguous"
    assert cli.main([*arguments, "--margin", "0.1", "--top", "1"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found["decision"], len(found["candidates"])) == ("ambiguous", 1)


def test_identify_scores_as_it_is_told(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    picture(Path(gallery) / "Rosa" / "other.png", (200, 10, 90))
    arguments = ["identify", picture(tmp_path / "red.png", RED), "--gallery", gallery, "--json", "--quiet"]

    def best(*score: str) -> dict[str, float]:
        assert cli.main([*arguments, *score]) == 0
        return json.loads(capsys.readouterr().out)["candidates"][0]

    nearest, mean = best("--score", "nearest"), best("--score", "mean")
    assert nearest["score"] == nearest["nearest"] == mean["nearest"]
    assert mean["score"] < nearest["score"] - 0.005
    assert best() == best("--score", "auto") == mean, "no score model was trained for these vectors"
    assert cli.main([*arguments, "--score", "nearest", "--threshold", "1.01"]) == 1


def test_a_score_that_the_embedder_has_not_is_told_before_any_photo_is_read(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    picture(Path(gallery) / "Nobody" / "black.png", BLACK)
    probe = picture(tmp_path / "red.png", RED)
    assert cli.main(["identify", probe, "--gallery", gallery, "--score", "llr", "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error model.no_scoring: ")
    assert len(err.splitlines()) == 1


def test_identify_takes_many_probes_and_leaves_bad_gallery_photos_out(
    tmp_path: Path, gallery: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (Path(gallery) / "Rosa" / "broken.jpg").write_bytes(b"nothing")
    picture(Path(gallery) / "Nobody" / "black.png", BLACK)
    probes = [picture(tmp_path / "red.png", RED), picture(tmp_path / "dark.png", BLACK)]
    assert cli.main(["identify", *probes, "--gallery", gallery, "--json", "--quiet"]) == 2
    out, err = capsys.readouterr()
    first, second = lines(out)
    assert first["person"] == "Rosa"
    assert second["decision"] is None
    assert second["error"]["code"] == "face.not_found"  # type: ignore[index]
    assert err.count("Left out of the gallery.") == 2


@pytest.mark.parametrize(("folder", "code"), [("absent", "gallery.not_found"), ("empty", "gallery.empty")])
def test_identify_needs_a_gallery(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: str, code: str
) -> None:
    (tmp_path / "empty" / "Rosa").mkdir(parents=True)
    probe = picture(tmp_path / "probe.png", RED)
    assert cli.main(["identify", probe, "--gallery", str(tmp_path / folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error {code}: ")


def test_redundancy_tells_copies_from_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base, copy = picture(tmp_path / "base.png", RED), picture(tmp_path / "copy.png", RED)
    other, dark = picture(tmp_path / "other.png", GREEN), picture(tmp_path / "dark.png", BLACK)
    assert cli.main(["redundancy", base, copy, other, "--json", "--quiet"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["base"] == base
    assert [row["verdict"] for row in found["others"]] == ["near_duplicate", "different"]
    assert [row["changes"] for row in found["others"]] == [[], []]
    assert found["others"][0]["distance"] == 0
    assert cli.main(["redundancy", base, copy, dark, "--quiet"]) == 2
    out, err = capsys.readouterr()
    assert "same photo again" in out
    assert err.startswith("error face.not_found: ")
    assert cli.main(["redundancy", dark, base]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["recognise"],
        ["verify", "one.jpg"],
        ["identify", "one.jpg"],
        ["verify", "a", "b", "--threshold", "high"],
        ["verify", "a", "b", "--threshold", "nan"],
        ["verify", "a", "b", "--threshold", "-1"],
        ["identify", "a", "--gallery", "g", "--top", "0"],
        ["identify", "a", "--gallery", "g", "--score", "best"],
        ["align", "a", "--out", "o", "--size", "0"],
        ["align", "a", "--out", "o", "--size", "big"],
    ],
    ids=lambda arguments: " ".join(arguments) or "nothing",
)
def test_bad_use_is_two_with_a_code_and_a_sentence(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith("error usage.invalid: ")


def test_a_folder_without_photos_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert cli.main(["embed", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("error image.not_found: ")


def test_help_is_not_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    assert "identify" in capsys.readouterr().out


# The real thing, in a process of its own.


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("TF_")}
    return subprocess.run(
        [sys.executable, "-m", "recognition", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def demo_people() -> list[Path]:
    return sorted(path for path in DEMO.iterdir() if path.is_dir())


def test_help_starts_without_tensorflow() -> None:
    code = (
        "import sys, recognition.cli as c; s = c.main(['--help']); sys.exit(s or 'tensorflow' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False).returncode
        == 0
    )


def test_chatter_is_dropped_and_last_words_are_not() -> None:
    code = """
import os
from recognition.commands.hush import hushed
with hushed():
    os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\\n")
    os.write(2, b"I0000 00:00:1795294784.907681   16091 port.cc:153] oneDNN custom operations are on.\\n")
    os.write(2, b"W0000 00:00:1795294784.907681   16091 some.cc:1] this is a warning\\n")
    os.write(2, b"F0000 this processor lacks AVX\\n")
    ENDING
os.write(2, b"after\\n")
"""
    for ending, after in (("pass", ["after"]), ("os.abort()", [])):
        done = subprocess.run(
            [sys.executable, "-c", code.replace("ENDING", ending)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        warning, last, *rest = done.stderr.splitlines()
        assert warning.endswith("this is a warning")
        assert last == "F0000 this processor lacks AVX"
        assert rest == after


def test_demo_people_are_told_apart_in_a_real_process(tmp_path: Path) -> None:
    people = demo_people()[:4]
    *enrolled, stranger = people
    for person in enrolled:
        for photo in sorted(person.glob("*.jpg"))[1:4]:
            target = tmp_path / "gallery" / person.name / photo.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(photo.read_bytes())
    probes = [str(sorted(person.glob("*.jpg"))[0]) for person in people]
    done = command("identify", *probes, "--gallery", str(tmp_path / "gallery"), "--json")
    assert done.returncode == 1, done.stderr
    found = lines(done.stdout)
    assert [line["person"] for line in found] == [*(person.name for person in enrolled), None]
    assert found[-1]["decision"] == "unknown"
    assert stranger.name not in done.stdout.replace(probes[-1], "")


def test_embed_and_verify_in_a_real_process(tmp_path: Path) -> None:
    photos = [str(path) for path in sorted(demo_people()[0].glob("*.jpg"))[:2]]
    bad = tmp_path / "bad.jpg"
    bad.write_text("no picture")
    done = command("embed", "--json", *photos, str(bad))
    assert done.returncode == 2
    good, _, failed = lines(done.stdout)
    assert failed["error"]["code"] == "image.not_an_image"  # type: ignore[index]
    assert "error image.not_an_image: " in done.stderr
    [face] = good["faces"]  # type: ignore[misc]
    assert len(face["embedding"]) == 128
    assert face["confidence"] > 0.9
    done = command("verify", *photos)
    assert done.returncode == 0
    assert done.stdout.startswith("The same person")
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""
