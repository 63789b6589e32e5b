"""Put a trained emotion network where it ships from, with a card that says what it is and how good.

    python -m tools.ship_emotion STAGE... --data fer2013.npz [--record]

Each STAGE is a folder of ``python -m recognition emotion train``, in the order in which they were trained
(each but the first with ``--start`` the one before); the last one's network ships. Writes
``recognition/emotion/weights/`` and, for the docs, curves and a confusion matrix under ``docs/images/``.
With ``--record`` nothing ships: what the card would say goes to ``docs/emotion-NETWORK.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

from recognition.emotion import data, report
from recognition.emotion.distortion import plain
from recognition.emotion.evaluation import Evaluation, as_json, evaluate, judge
from recognition.emotion.holdout import hold_out
from recognition.emotion.inference import EmotionNetwork, load
from recognition.emotion.stored import publish
from recognition.plots import curves

ROOT = Path(__file__).resolve().parents[1]
WEIGHTS = ROOT / "recognition" / "emotion" / "weights"
PICTURES = ROOT / "docs" / "images"

#: The test split that figures are reported on.
REPORTED = "publictest"

#: Faces it was trained on, to take the ranges of the eight-bit network from.
RANGES = 512


def main() -> None:
    options = arguments()
    faces, last = data.read(options.data), options.stages[-1]
    told = described(options.stages)
    if options.record:
        judged = figures(faces, load(last))
        told |= {"split": REPORTED, **as_json(judged)}
        write(ROOT / "docs" / f"emotion-{told['network']}.json", told)
    else:
        path = publish(
            last,
            WEIGHTS,
            name=told["network"],
            version=options.version,
            flips=options.flips,
            faces=plain(hold_out(faces, told["seed"]).train.pixels[:RANGES]),
        )
        # Of what was published, which is not quite what was trained: its weights are rounded.
        judged = figures(faces, load(flips=options.flips))
        told |= {"split": REPORTED, **as_json(judged)}
        for flips, what in ((True, "with"), (False, "without")):
            told[f"accuracy_{what}_flips"] = figures(faces, load(flips=flips)).accuracy
        told["accuracy_quantised"] = figures(faces, load(flips=options.flips, backend="onnxruntime")).accuracy
        write(path, {**json.loads(path.read_text(encoding="utf-8")), **told})
    title = f"{told['network']} on FER2013 PublicTest"
    curves(told["history"], PICTURES / f"emotion-{told['network']}-curves.png")
    report.heatmap(judged, title, PICTURES / f"emotion-{told['network']}-confusion.png")
    print(report.text(judged, title))


def described(stages: list[Path]) -> dict[str, Any]:
    """What was trained on what, how, and how every epoch went."""
    trained = json.loads((stages[-1] / "args.json").read_text(encoding="utf-8"))
    rows = [row for number, stage in enumerate(stages, 1) for row in epochs(stage, number)]
    kept = ("network", "parameters", "seed", "mixed", "recipe", "versions")
    return {
        **{name: trained[name] for name in kept},
        "trained_on": trained["faces"],
        "history": [{**row, "epoch": number} for number, row in enumerate(rows, 1)],
    }


def figures(faces: data.Faces, network: EmotionNetwork) -> Evaluation:
    test = faces.chosen(REPORTED)
    return evaluate(judge(network, test), test, faces.split("training"))


def epochs(stage: Path, number: int) -> list[dict[str, Any]]:
    """The history of one stage."""
    with (stage / "history.csv").open(encoding="utf-8") as file:
        return [
            {**{key: float(value) for key, value in row.items()}, "stage": number}
            for row in csv.DictReader(file)
        ]


def write(path: Path, told: dict[str, Any]) -> None:
    """Fractions with six digits, which is more than they are worth."""
    rounded = json.loads(json.dumps(told), parse_float=lambda text: round(float(text), 6))
    path.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("stages", nargs="+", type=Path, metavar="STAGE")
    parser.add_argument("--data", type=Path, required=True, metavar="NPZ")
    parser.add_argument("--version", type=int, default=1)
    parser.add_argument("--flips", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--record", action="store_true", help="ship nothing, only write it down for the docs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
