"""Make people who don't exist: fit a face model on LFW, and write photos and clips of sampled people only.

    python tools/make_demo_people.py --lfw DIR --out demo/people --seed 2026

DIR holds LFW (deep-funneled) as a folder per person. The same seed and library versions give the same people.
What is worked out on the way (2.5 GB) stays under --cache. See docs/demo-people.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

import cv2  # noqa: E402
import numpy as np  # noqa: E402
from demo_people import casting, clips, facemodel, figures, lfw, roster  # noqa: E402
from demo_people.check import Eyes  # noqa: E402
from demo_people.roster import Entry  # noqa: E402
from tqdm import tqdm  # noqa: E402

PHOTOS = 6


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lfw", type=Path, required=True, help="LFW's images: a folder per person")
    parser.add_argument("--out", type=Path, default=Path("demo/people"))
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--cache", type=Path, default=Path("build/demo_people"))
    parser.add_argument("--jobs", type=int, default=2, help="threads for reading and cutting out photos")
    return parser.parse_args()


def write_album(folder: Path, photos: list[lfw.Bytes]) -> list[str]:
    """Write 1.jpg, 2.jpg, ...; return their paths below the folder's grandparent."""
    folder.mkdir(parents=True)
    paths = []
    for number, image in enumerate(photos, 1):
        path = folder / f"{number}.jpg"
        cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR), casting.JPEG)
        paths.append(path.relative_to(folder.parents[1]).as_posix())
    return paths


def produce(
    out: Path, seed: int, model: facemodel.FaceModel, eyes: Eyes, people: list[casting.Cast]
) -> list[dict[str, object]]:
    """Write all photos and clips; return the roster's rows, staff first."""
    rows: list[dict[str, object]] = []
    entries: list[Entry] = [*roster.staff(), *roster.strangers()]
    for i, (entry, who) in enumerate(
        zip(tqdm(entries, desc="photos and clips", unit="person"), people, strict=True)
    ):
        others = [p.mean for p in people if p is not who]
        photos = casting.album(model, eyes, who, others, PHOTOS, seed * 1000 + i)
        row: dict[str, object] = {"slug": entry.slug, "name": entry.name}
        if entry.employee_number:
            row |= {"employee_number": entry.employee_number, "department": entry.department}
        kind = "staff" if entry.employee_number else "strangers"
        row["photos"] = write_album(out / kind / entry.slug, photos)
        row["clip"] = f"clips/{entry.slug}.webm" if entry.has_clip else None
        if entry.has_clip:
            frames = clips.frames(model, who, seed * 1000 + 500 + i)
            clips.write(out / "clips" / f"{entry.slug}.webm", frames)
        rows.append(row)
    return rows


def write_json(path: Path, document: dict[str, object]) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    args = arguments()
    model = facemodel.load(args.lfw, args.cache, args.jobs, args.seed)
    eyes = Eyes()
    count = len(roster.staff()) + len(roster.strangers())
    people = casting.cast(model, eyes, count, np.random.default_rng(args.seed))
    for old in ("staff", "strangers", "clips"):
        shutil.rmtree(args.out / old, ignore_errors=True)
    (args.out / "clips").mkdir(parents=True)
    rows = produce(args.out, args.seed, model, eyes, people)
    document = {
        "notice": "Nobody here exists: each face is drawn from a statistical model. See docs/demo-people.md.",
        "seed": args.seed,
        "departments": list(roster.DEPARTMENTS),
        "people": [r for r in rows if "employee_number" in r],
        "strangers": [r for r in rows if "employee_number" not in r],
    }
    write_json(args.out / "roster.json", document)
    data = lfw.load(args.lfw, args.cache, args.jobs)
    found = figures.measure(args.out, eyes, model, np.random.default_rng(args.seed), data, args.cache)
    write_json(args.out / "figures.json", found)
    print(json.dumps(found, indent=2))
    size = sum(p.stat().st_size for p in args.out.rglob("*") if p.is_file())
    print(f"{len(rows)} people, {size / 1e6:.1f} MB in {args.out}")


if __name__ == "__main__":
    main()
