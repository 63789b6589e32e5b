"""The emotion network that ships: as large and as good as its card and docs/emotion-model.md say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recognition import cli
from recognition.decoding import decode
from recognition.emotion import data, networks
from recognition.emotion.evaluation import evaluate, judge
from recognition.emotion.inference import load
from recognition.emotion.labels import EMOTIONS
from recognition.emotion.stored import SHIPPED, find
from recognition.engine import FaceEngine

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "emotion-model.md"


@pytest.fixture(scope="module")
def card() -> Any:
    return json.loads(SHIPPED.read_text(encoding="utf-8"))


def test_it_is_ours_and_small_enough(card: Any) -> None:
    model = find().make()
    assert model.count_params() == card["parameters"] <= 2_000_000
    assert [layer.name for layer in model.layers if layer.weights] == [
        layer.name for layer in networks.finished(networks.build("compact")).layers if layer.weights
    ]
    files = [SHIPPED.with_name(name) for name in (card["file"], card["quantised"]["file"])]
    assert sum(file.stat().st_size for file in files) < 10_000_000
    assert card["classes"] == list(EMOTIONS)


def test_evaluate_prints_the_figures_of_card_and_document(
    card: Any, shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [
        "emotion",
        "evaluate",
        "--model",
        "default",
        "--data",
        str(shared_data / "fer2013" / "fer2013.npz"),
    ]
    status = cli.main([*asked, "--split", "PublicTest", "--out", str(tmp_path), "--quiet", "--json"])
    answer = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert status == 0
    # Another processor rounds otherwise, and may take a few faces for something else.
    assert answer["accuracy"] == pytest.approx(card["accuracy"], abs=0.002)
    assert answer["accuracy_not_in_training"] == pytest.approx(card["accuracy_not_in_training"], abs=0.002)
    assert answer["n"] == card["n"] == 3589
    document = DOCUMENT.read_text(encoding="utf-8")
    assert f"**{card['accuracy']:.1%} right**" in document
    for name, one in card["per_class"].items():
        row = f"| {name} | {one['precision']:.1%} | {one['recall']:.1%} | {one['f1']:.3f} | {one['n']} |"
        assert row in document


def test_eight_bits_are_as_good(card: Any, shared_data: Path) -> None:
    faces = data.read(shared_data / "fer2013" / "fer2013.npz")
    test = faces.chosen("publictest")
    judged = evaluate(judge(load(backend="onnxruntime"), test), test, faces.split("training"))
    assert judged.accuracy == pytest.approx(card["accuracy_quantised"], abs=0.002)
    assert judged.accuracy == pytest.approx(card["accuracy"], abs=0.005)


def test_it_knows_a_smile_that_is_not_of_its_data(engine: FaceEngine) -> None:
    image = decode((ROOT / "demo" / "people" / "staff" / "esme-carrowdale" / "1.jpg").read_bytes())
    [analysis] = engine.analyse([image], embed=False)[0]
    [reading] = load().read(image, [analysis.face])
    assert (reading.label, reading.unsure) == ("happy", False)
