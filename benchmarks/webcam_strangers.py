"""Does the default threshold, trained on LFW, hold before a webcam? A check; nothing is chosen here.

    python -m benchmarks.webcam_strangers --clips DIR [--nuaa DIR] [--json]

``--clips``: folder of the gesture clips (four people); ``--nuaa``: folder with ``ClientRaw`` (ten
people). Everybody is left out in turn and plays the stranger; of each other person a few frames of
one session are enrolled, and the other sessions are probes. The groups are small and the frames of
a visit are nearly one photo, so read tendencies, not decimals. docs/accuracy.md has the outcome.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from recognition.decoding import decode
from recognition.engine import EngineConfig, FaceEngine
from recognition.gallery import Candidate, Gallery
from recognition.identify import decide
from recognition.models import ModelSpec
from recognition.policy import Policy
from recognition.scoring import make_scorer
from recognition.types import Floats, Image

FRAMES, TEMPLATES = 8, (1, 5)
KINDS = ("llr", "mean")
#: How far from the default threshold, in units of what ten times as many strangers are worth.
SHIFTS = (-0.5, 0.0, 0.5)
#: Who stands in which clip: the data's own list.
CLIPS = {
    "A": ("again", "brother", "help", "no", "yes"),
    "B": ("bird", "milk", "please", "sorry"),
    "C": ("book", "learn", "school"),
    "D": ("eat", "night", "sister"),
}
#: Embedded frames (n, D) of each session of each person.
Sessions = dict[str, dict[str, Floats]]
#: The candidates of each frame.
Visit = list[list[Candidate]]


def embed(engine: FaceEngine, images: list[Image]) -> Floats:
    step = max(1, len(images) // FRAMES)
    found = engine.analyse(images[::step][:FRAMES], largest=1)
    return np.stack([faces[0].embedding.vector for faces in found if faces and faces[0].embedding])


def read_clip(path: Path) -> list[Image]:
    """All frames of a clip, RGB uint8."""
    clip = cv2.VideoCapture(str(path))
    frames: list[Image] = []
    while (read := clip.read())[0]:
        frames.append(np.ascontiguousarray(read[1][:, :, ::-1], np.uint8))
    return frames


def read_clips(engine: FaceEngine, folder: Path) -> Sessions:
    return {
        person: {name: embed(engine, read_clip(folder / f"{name}.mkv")) for name in names}
        for person, names in CLIPS.items()
    }


def read_nuaa(engine: FaceEngine, folder: Path) -> Sessions:
    """Live frames; files are named person_glasses_position_session_number."""
    files: dict[str, dict[str, list[Path]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted((folder / "ClientRaw").rglob("*.jpg")):
        person, _, _, session, _ = path.stem.split("_")
        files[person][session].append(path)
    return {
        person: {
            name: embed(engine, [decode(path.read_bytes()) for path in paths])
            for name, paths in found.items()
        }
        for person, found in files.items()
    }


def trials(
    spec: ModelSpec, kind: str, sessions: Sessions, templates: int
) -> tuple[Gallery, list[Visit], list[Visit], list[tuple[str, Visit, Visit]]]:
    """The last gallery; candidates for each frame of each stranger's visit, and for all frames up to it;
    and (person, frames, fused) for each visit of the enrolled."""
    strangers: list[Visit] = []
    fused: list[Visit] = []
    own: list[tuple[str, Visit, Visit]] = []
    scorer = make_scorer(spec, kind)
    for stranger in sessions:
        others = [person for person in sessions if person != stranger]
        choices = list(product(*(sessions[person] for person in others)))
        for choice in choices[:: 1 + len(choices) // 12]:
            gallery = Gallery(dimension=spec.dimension, model=spec.key, scorer=scorer)
            for person, session in zip(others, choice, strict=True):
                vectors = sessions[person][session][:templates]
                gallery.add([(len(gallery) + n, person, vector) for n, vector in enumerate(vectors)])
            for frames in sessions[stranger].values():
                strangers.append([gallery.candidates(frame, 2) for frame in frames])
                fused.append(together(gallery, frames))
            for person, session in zip(others, choice, strict=True):
                for name, frames in sessions[person].items():
                    if name != session:
                        each = [gallery.candidates(frame, 2) for frame in frames]
                        own.append((person, each, together(gallery, frames)))
    return gallery, strangers, fused, own


def together(gallery: Gallery, frames: Floats) -> Visit:
    """Candidates after each frame from the second on, all frames so far taken as one probe."""
    return [gallery.candidates(frames[: last + 1], 2) for last in range(1, len(frames))]


def rows(name: str, spec: ModelSpec, kind: str, sessions: Sessions) -> list[dict[str, Any]]:
    result = []
    for templates in TEMPLATES:
        gallery, strangers, fused, own = trials(spec, kind, sessions, templates)
        default = gallery.policy()
        for shift in SHIFTS:
            policy = default.with_(threshold=default.threshold + shift * gallery.scorer.tenfold)

            def entered(visits: list[Visit], policy: Policy = policy) -> float:
                return float(np.mean([any(decide(one, policy).person for one in visit) for visit in visits]))

            each = [decide(one, policy).person != person for person, visit, _ in own for one in visit]
            never = [all(decide(one, policy).person != person for one in visit) for person, _, visit in own]
            result.append(
                {
                    "data": name,
                    "score": kind,
                    "enrolled": len(sessions) - 1,
                    "photos": templates,
                    "threshold": round(policy.threshold, 3),
                    "strangers_in": entered(strangers),
                    "strangers_in_fused": entered(fused),
                    "frames_refused": float(np.mean(each)),
                    "visits_refused": float(np.mean(never)),
                }
            )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n\n")[0])
    parser.add_argument("--clips", type=Path, required=True, metavar="DIR")
    parser.add_argument("--nuaa", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    engine = FaceEngine(EngineConfig(mirror=True))
    groups = {"clips": read_clips(engine, options.clips)}
    if options.nuaa:
        groups["nuaa"] = read_nuaa(engine, options.nuaa)
    report = [
        row
        for name, found in groups.items()
        for kind in KINDS
        for row in rows(name, engine.spec, kind, found)
    ]
    if options.json:
        print(json.dumps(report))
        return
    print("  ".join(f"{name:>18}" for name in report[0]))
    for row in report:
        print(
            "  ".join(
                f"{value:18.3f}" if isinstance(value, float) else f"{value!s:>18}" for value in row.values()
            )
        )


if __name__ == "__main__":
    main()
