"""Makes the passive score again: ``python -m tools.liveness --data ../shared/data --out build/liveness``.

Writes ``texture.onnx`` and ``passive.json`` to the folder, never over those that are shipped, and prints who
is accepted when people are judged by what learned from others (docs/liveness-model.md). What a step found is
kept in the folder, and ``--fresh`` makes it anew.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2

from . import crops, faces, fitting, judging, sequences, visits
from .folds import FOLDS

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "recognition/liveness"


def main() -> None:
    given = _arguments()
    out, scale = given.out, faces.SHORT if given.short else faces.Scale()
    out.mkdir(parents=True, exist_ok=True)
    if out.resolve() == SHIPPED.resolve():
        raise SystemExit("The shipped files are only ever replaced by hand.")
    cv2.setNumThreads(1)
    caches = {name: out / f"{name}{'-short' * given.short}.pkl" for name in ("faces", "sequences")}
    if given.fresh:
        for cache in caches.values():
            cache.unlink(missing_ok=True)
    found = faces.gathered(given.data, given.demo, scale, caches["faces"])
    told = f"{sum(len(one.frames) for one in found.sessions)} of NUAA, {len(found.portraits)} portraits"
    _say(f"faces: {told}, {len(found.clips)} clips, {len(found.drawn)} drawn")
    windows = sequences.made(found, scale, caches["sequences"])
    _say(f"sequences: {len(windows)}")
    taught = crops.made(found, scale)
    _say(f"crops: {len(taught.live)}, {taught.live.mean():.3f} of them live")
    networks = [judging.trained(taught, of, scale.epochs) for of in range(FOLDS)]
    _say("networks of the folds: trained")
    every = judging.rows(windows, networks)
    models = judging.others(every)
    print(judging.table(judging.crossed(every, models)), flush=True)
    _say("the same as visits, judged after every frame:")
    print(visits.judged(visits.made(found), networks, models), flush=True)
    final = judging.trained(taught, None, scale.epochs)
    (out / "texture.onnx").write_bytes(final)
    model = fitting.as_json(judging.fitted(every))
    (out / "passive.json").write_text(json.dumps(model, indent=1), "utf-8")
    _say(f"written: {out / 'texture.onnx'}, {out / 'passive.json'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.liveness", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="the folder with nuaa-small, lfw, webcam-clips"
    )
    parser.add_argument("--demo", type=Path, default=ROOT / "demo/people", help="the drawn demo people")
    parser.add_argument("--out", type=Path, required=True, help="where everything is written to")
    parser.add_argument("--short", action="store_true", help="few pictures: whether it works, not how well")
    parser.add_argument("--fresh", action="store_true", help="look at every picture again")
    return parser.parse_args()


def _say(what: str) -> None:
    print(f"[{time.process_time():6.0f} s] {what}", flush=True)


if __name__ == "__main__":
    main()
