"""Put a trained emotion network where it ships from, with a card that says what it is and how good.

    python -m tools.ship_emotion STAGE... --data fer2013.npz

Each STAGE is a folder of ``python -m recognition emotion train``, in the order in which they were trained
(each but the first with ``--start`` the one before); the last one's network ships. Writes
``recognition/emotion/weights/`` and, for the docs, curves and a confusion matrix under ``docs/images/``.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

from recognition.emotion import data, report
from recognition.emotion.evaluation import Evaluation, as_json, evaluate, judge
from recognition.emotion.inference import load
from recognition.emotion.stored import publish
from recognition.plots import curves

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "recognition" / "emotion" / "weights"
PICTURES = ROOT / "docs" / "images"

#: The test split that figures are reported on.
REPORTED = "publictest"


def main() -> None:
    options = arguments()
    last = options.stages[-1]
    trained = json.loads((last / "args.json").read_text(encoding="utf-8"))
    network = trained["network"]
    rows = [row for number, stage in enumerate(options.stages, 1) for row in epochs(stage, number)]
    history = [{**row, "epoch": number} for number, row in enumerate(rows, 1)]
    path = publish(last, WEIGHTS, name=network, version=options.version, flips=options.flips)
    faces = data.read(options.data)
    found = {flips: judged(faces, flips) for flips in (True, False)}
    card = {
        **json.loads(path.read_text(encoding="utf-8")),
        "parameters": trained["parameters"],
        "split": REPORTED,
        **as_json(found[options.flips]),
        "accuracy_with_flips": round(found[True].accuracy, 6),
        "accuracy_without_flips": round(found[False].accuracy, 6),
        "trained_on": trained["faces"],
        "seed": trained["seed"],
        "recipe": trained["recipe"],
        "versions": trained["versions"],
        "history": history,
    }
    path.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    title = f"{network} on FER2013 PublicTest"
    curves(history, PICTURES / f"emotion-{network}-curves.png")
    report.heatmap(found[options.flips], title, PICTURES / f"emotion-{network}-confusion.png")
    print(report.text(found[options.flips], title))


def judged(faces: data.Faces, flips: bool) -> Evaluation:
    """The figures of what was published, which is not quite what was trained: its weights are halved."""
    test = faces.chosen(REPORTED)
    return evaluate(judge(load(flips=flips), test), test, faces.split("training"))


def epochs(stage: Path, number: int) -> list[dict[str, Any]]:
    """The history of one stage."""
    with (stage / "history.csv").open(encoding="utf-8") as file:
        return [
            {**{key: float(value) for key, value in row.items()}, "stage": number}
            for row in csv.DictReader(file)
        ]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("stages", nargs="+", type=Path, metavar="STAGE")
    parser.add_argument("--data", type=Path, required=True, metavar="NPZ")
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--flips", action=argparse.BooleanOptionalAction, default=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
