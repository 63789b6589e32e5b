"""Put a trained emotion network where it ships from, with a card that says what it is and how good.

    python -m tools.ship_emotion STAGE... --data fer2013.npz

Each STAGE is a folder of ``python -m recognition emotion train``, in the order in which they were trained
(each but the first with ``--start`` the one before); the last one's network ships. Writes
``recognition/emotion/weights/`` and, for the docs, curves and a confusion matrix under ``docs/images/``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from recognition.emotion import data, report
from recognition.emotion.evaluation import as_json, evaluate, judge
from recognition.emotion.inference import load
from recognition.emotion.labels import EMOTIONS, SIDE
from recognition.plots import curves

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "recognition" / "emotion" / "weights"
PICTURES = ROOT / "docs" / "images"

#: The test split that figures are reported on.
REPORTED = "publictest"


def main() -> None:
    options = arguments()
    trained = json.loads((options.stages[-1] / "args.json").read_text(encoding="utf-8"))
    name = trained["network"]
    rows = [row for number, stage in enumerate(options.stages, 1) for row in epochs(stage, number)]
    history = [{**row, "epoch": number} for number, row in enumerate(rows, 1)]
    faces = data.read(options.data)
    judged = load(options.stages[-1], flips=options.flips)
    test = faces.chosen(REPORTED)
    found = evaluate(judge(judged, test), test, faces.split("training"))
    once = load(options.stages[-1], flips=not options.flips)
    other = evaluate(judge(once, test), test, faces.split("training"))
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    weights = WEIGHTS / f"{name}.weights.h5"
    shutil.copyfile(options.stages[-1] / "model.weights.h5", weights)
    card = {
        "name": f"emotion-{name}",
        "version": options.version,
        "network": name,
        "weights": weights.name,
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "classes": list(EMOTIONS),
        "input": [SIDE, SIDE, 1],
        "flips": options.flips,
        "parameters": trained["parameters"],
        "split": REPORTED,
        **as_json(found),
        ("accuracy_without_flips" if options.flips else "accuracy_with_flips"): round(other.accuracy, 6),
        "trained_on": trained["faces"],
        "seed": trained["seed"],
        "recipe": trained["recipe"],
        "versions": trained["versions"],
        "history": history,
    }
    (WEIGHTS / f"{name}.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    curves(history, PICTURES / f"emotion-{name}-curves.png")
    report.heatmap(found, f"{card['name']} on FER2013 PublicTest", PICTURES / f"emotion-{name}-confusion.png")
    print(report.text(found, card["name"]))
    print(f"flips {not options.flips}: {other.accuracy:.4f}")


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
