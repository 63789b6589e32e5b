"""Do the default thresholds, chosen on LFW, hold before a webcam? A check; nothing is chosen here.

    python -m benchmarks.webcam_strangers --clips DIR [--nuaa DIR] [--json]

``--clips``: folder of the gesture clips (four people); ``--nuaa``: folder with ``ClientRaw`` (ten
people). Everybody is left out in turn and plays the stranger; of each other person a few frames of
one session are enrolled, and the other sessions are probes. The groups are small and the frames of
a visit are nearly one photo, so read tendencies, not decimals. docs/thresholds.md has the outcome.
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
from recognition.identify import THRESHOLD, Policy, decide
from recognition.types import Floats, Image

FRAMES, TEMPLATES = 8, (1, 5)
THRESHOLDS = (0.942, 0.947, THRESHOLD, 0.957)
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


def trials(sessions: Sessions, templates: int) -> tuple[list[Visit], list[tuple[str, list[Candidate]]]]:
    """Candidates for each frame of each stranger's visit, and (person, candidates) for own frames."""
    visits: list[Visit] = []
    own: list[tuple[str, list[Candidate]]] = []
    for stranger in sessions:
        others = [person for person in sessions if person != stranger]
        choices = list(product(*(sessions[person] for person in others)))
        for choice in choices[:: 1 + len(choices) // 60]:
            gallery = Gallery(dimension=128, model="webcam")
            for person, session in zip(others, choice, strict=True):
                vectors = sessions[person][session][:templates]
                gallery.add([(len(gallery) + n, person, vector) for n, vector in enumerate(vectors)])
            visits += [
                [gallery.candidates(frame, 2) for frame in frames] for frames in sessions[stranger].values()
            ]
            for person, session in zip(others, choice, strict=True):
                rest = [frames for name, frames in sessions[person].items() if name != session]
                own += [(person, gallery.candidates(frame, 2)) for frames in rest for frame in frames]
    return visits, own


def rows(name: str, sessions: Sessions) -> list[dict[str, Any]]:
    result = []
    for templates in TEMPLATES:
        visits, own = trials(sessions, templates)
        for threshold in THRESHOLDS:
            policy = Policy(threshold=threshold)
            entered = [any(decide(frame, policy).person for frame in visit) for visit in visits]
            refused = [decide(found, policy).person != person for person, found in own]
            row = {"data": name, "enrolled": len(sessions) - 1, "photos": templates, "threshold": threshold}
            result.append(
                row | {"strangers_in": sum(entered) / len(entered), "refused": sum(refused) / len(refused)}
            )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n\n")[0])
    parser.add_argument("--clips", type=Path, required=True, metavar="DIR")
    parser.add_argument("--nuaa", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    engine = FaceEngine(EngineConfig())
    report = rows("clips", read_clips(engine, options.clips))
    if options.nuaa:
        report += rows("nuaa", read_nuaa(engine, options.nuaa))
    if options.json:
        print(json.dumps(report))
        return
    print("  ".join(f"{name:>12}" for name in report[0]))
    for row in report:
        print(
            "  ".join(
                f"{value:12.3f}" if isinstance(value, float) else f"{value!s:>12}" for value in row.values()
            )
        )


if __name__ == "__main__":
    main()
