"""What gets past liveness: attacks by their kind, and live people who are refused, with 95 % bounds.

    python -m benchmarks.liveness [--full | --count N] [--only KIND ...] [--workers N]

Heads and prints of the demo roster (tests/liveness/), each with a seed of its own, through the real detector
and the policy ``passive``: looked at first, and in doubt asked for movements, twice at most. Whatever lets an
attack in, it counts; kinds are never averaged. Every sequence is kept in ``build/bench/liveness.jsonl`` as it
ends, so a run that was stopped goes on where it was. The eyes are 45 to 110 pixels apart.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from benchmarks.report import FOLDER, Row, row, write
from tests.liveness.heads import Bytes
from tests.liveness.scenes import PHOTOS, Camera, Person, Photo, head_of, printed, slugs, ticks

if TYPE_CHECKING:
    from recognition.liveness import Observation

KEPT = FOLDER / "liveness.jsonl"
SCREENS = ("still clip", "looped clip", "screen", "replayed session", "injected loop")
KINDS = ("live", *PHOTOS, *SCREENS)
#: The first sequence's number: limits were chosen while looking at lower ones.
FIRST = 1000
#: What is measured and not promised (docs/liveness.md).
NOT_PROMISED = ("bent", "folded", "swung", "screen", "injected loop")


def clopper_pearson(hits: int, of: int) -> tuple[float, float]:
    """The exact 95 % interval of a share (Clopper and Pearson 1934), by bisection of the binomial tails."""

    def tail(share: float, least: int) -> float:
        return sum(math.comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(least, of + 1))

    def solved(least: int, wanted: float) -> float:
        low, high = 0.0, 1.0
        for _ in range(50):
            middle = (low + high) / 2
            low, high = (middle, high) if tail(middle, least) < wanted else (low, middle)
        return low

    return (solved(hits, 0.025) if hits else 0.0), (solved(hits + 1, 0.975) if hits < of else 1.0)


def sequence(kind: str, seed: int) -> dict[str, Any]:
    """One person or attack before one kiosk."""
    import cv2

    from recognition.liveness import challenge, passive
    from tests.liveness.eyes import look
    from tests.liveness.screens import Shown

    cv2.setNumThreads(1)
    chance = random.Random(f"{kind} {seed}")
    eyes = chance.uniform(45, 110)
    head = head_of(slugs()[seed % len(slugs())], 1 + seed % 5)
    told: list[str] = []
    first, tries = "", 0
    frames = _frames(kind, head, chance, eyes, Shown)
    at, frame = frames("straight")
    seen: list[Observation] = []
    began = at
    while True:
        if (one := look(at, frame)) is not None:
            seen = [*seen, one][-24:]
            found = passive.assess(seen)
            if found.verdict is passive.Verdict.LIVE:
                return _end(kind, seed, "passive", eyes, "live", told)
            if passive.MORE not in found.codes or at - began > 2.5:
                first = str(found.verdict)
                break
        elif at - began > 4:
            return _end(kind, seed, "", eyes, "no face", told)
        at, frame = frames("straight")
    while tries < 2:
        tries += 1
        # A kiosk asks nobody for an order again in which they were let in not long ago.
        state = challenge.begin(challenge.draw(chance, {getattr(frames, "steps", ())}), at)
        while state.verdict is None and at - state.begun_at < challenge.LIFE + 1:
            at, frame = frames(state.prompt)
            if (one := look(at, frame)) is not None:
                state = challenge.advance(state, one)
        if state.verdict == "passed":
            return _end(kind, seed, f"challenge {tries}", eyes, first, told)
        told.append(state.code or "challenge.expired")
    return _end(kind, seed, "", eyes, first, told)


def _end(kind: str, seed: int, by: str, eyes: float, first: str, told: list[str]) -> dict[str, Any]:
    return {"kind": kind, "seed": seed, "passed": by, "eyes": round(eyes), "passive": first, "codes": told}


def _frames(kind: str, head: Any, chance: random.Random, eyes: float, shown: Any) -> Any:
    camera, times = Camera(chance), ticks(60, chance)
    if kind in SCREENS:
        return shown(kind, head, chance, camera, times, eyes)
    actor: Person | Photo = Person(chance, eyes)
    if kind != "live":
        head, actor = printed(head, chance, kind), Photo(chance, eyes, kind)

    def step(prompt: str) -> tuple[float, Bytes]:
        at = next(times)
        return at, camera.take(*head.seen(actor.pose(at, prompt)))

    return step


def _wanted(kinds: Sequence[str], number: int, done: set[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    for seed in range(FIRST, FIRST + number):
        for kind in kinds:
            if (kind, seed) not in done:
                yield kind, seed


def read() -> list[dict[str, Any]]:
    """Every sequence that has ended so far."""
    return [json.loads(line) for line in KEPT.read_text().splitlines()] if KEPT.is_file() else []


def rows(found: Sequence[dict[str, Any]]) -> list[Row]:
    of: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in found:
        of[one["kind"]].append(one)
    table = []
    for kind in (kind for kind in KINDS if of[kind]):
        mine = of[kind]
        table += _live(mine) if kind == "live" else [_attack(kind, mine)]
    return table


def _share(name: str, hits: int, of: int, bar: float | None, note: str) -> Row:
    low, high = clopper_pearson(hits, of)
    return row(
        name, 100 * hits / of, "%", bar=bar, n=of, ci=(round(100 * low, 2), round(100 * high, 2)), note=note
    )


def _attack(kind: str, mine: Sequence[dict[str, Any]]) -> Row:
    through = [one for one in mine if one["passed"]]
    ways = sorted({one["passed"] for one in through})
    note = f"{len(through)} let in" + (f" ({', '.join(ways)})" if ways else "")
    return _share(f"APCER, {kind}", len(through), len(mine), None if kind in NOT_PROMISED else 0.0, note)


def _live(mine: Sequence[dict[str, Any]]) -> list[Row]:
    alone = sum(one["passed"] != "passive" for one in mine)
    once = sum(one["passed"] not in ("passive", "challenge 1") for one in mine)
    twice = sum(not one["passed"] for one in mine)
    return [
        _share("live, asked for movements", alone, len(mine), None, "passive was in doubt"),
        _share("BPCER, one try", once, len(mine), 5.0, "not let in by looking on, nor by one challenge"),
        _share("BPCER, after two", twice, len(mine), 1.0, "a PIN or a badge lets them in then"),
    ]


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, help="sequences of each kind; 300 with --full, else 2")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--data", type=Path, help="not needed: everybody is of the demo roster")
    parser.add_argument("--only", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args(argv)
    count = options.count or (300 if options.full else 2)
    FOLDER.mkdir(parents=True, exist_ok=True)
    done = {(one["kind"], one["seed"]) for one in read()}
    wanted = list(_wanted(options.only, count, done))
    with ProcessPoolExecutor(options.workers) as pool, KEPT.open("a") as file:
        running = [pool.submit(sequence, kind, seed) for kind, seed in wanted]
        for one in tqdm(as_completed(running), total=len(running), unit="sequence"):
            file.write(json.dumps(one.result()) + "\n")
            file.flush()
    ended = [one for one in read() if FIRST <= one["seed"] < FIRST + count]
    write("liveness", "What gets past liveness", rows(ended), options.out)


if __name__ == "__main__":
    main()
