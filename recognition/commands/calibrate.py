"""``calibrate``: the threshold for a wish, measured on people of your own choice."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from recognition.commands.common import EXIT_DONE, EXIT_NO, count, make_engine, say, say_json
from recognition.commands.people import people_photos, people_vectors
from recognition.errors import RecognitionError
from recognition.open_set import OpenSet, check_wish
from recognition.scoring import KINDS, make_scorer
from recognition.scoring.matrix import all_pairs


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "calibrate", parents=parents, help="find the threshold for a wanted error rate"
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, required=True, help="a folder with a folder of photos per person"
    )
    parser.add_argument(
        "--fpir", type=float, default=0.001, help="share of strangers that may be accepted (%(default)s)"
    )
    parser.add_argument(
        "--gallery", type=int, default=100, metavar="N", help="people who will be enrolled (%(default)s)"
    )
    parser.add_argument(
        "--photos", type=int, default=5, metavar="N", help="photos enrolled of each, at most (%(default)s)"
    )
    parser.add_argument("--score", choices=KINDS, default="auto", help="what to calibrate (%(default)s)")
    parser.add_argument(
        "--margin",
        type=float,
        help="least lead over the next, in the unit of --score (what it has by itself)",
    )
    parser.add_argument("--plots", metavar="DIR", type=Path, help="also draw det.png and scores.png there")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    photos = people_photos(options.data)
    engine = make_engine()
    scorer = make_scorer(engine.spec, options.score)
    policy = scorer.policy(max(1, options.gallery)).with_(margin=options.margin)
    answer: dict[str, Any] = {
        "model": engine.model,
        "score": scorer.name,
        "fpir": options.fpir,
        "gallery": options.gallery,
        "margin": policy.margin,
        "default_threshold": policy.threshold,
    }
    refused = refusal(photos, options)
    if refused is not None:  # told now, not after minutes of reading photos
        answer |= refused
    else:
        people = people_vectors(engine, photos, quiet=options.quiet)
        pairs = all_pairs(scorer, list(people.values()), max(1, options.photos))
        answer |= {"people": len(people), "genuine": len(pairs.genuine), "impostors": len(pairs.impostors)}
        answer |= measured(pairs, options.fpir, options.gallery, policy.margin)
        if options.plots is not None and len(pairs.impostors):  # of one alone there is nothing to draw
            answer["plots"] = drawn(pairs, answer, options.plots)
    if options.json:
        say_json(answer)
    else:
        say(sentence(answer))
    return EXIT_DONE if answer["threshold"] is not None else EXIT_NO


def refusal(photos: dict[str, list[Path]], options: argparse.Namespace) -> dict[str, Any] | None:
    """The answer to a wish that these people could not meet if every photo of them were good."""
    people = len(photos)
    if not people:
        return None  # there is a better word for that when photos are read
    try:
        check_wish(people, options.fpir, options.gallery)
    except RecognitionError as error:
        return {
            "people": people,
            "genuine": sum(len(paths) > 1 for paths in photos.values()),
            "impostors": people * (people - 1),
            **insufficient(error),
        }
    return None


def measured(pairs: OpenSet, fpir: float, gallery: int, margin: float) -> dict[str, Any]:
    """Threshold, interval and rates, or why there are none."""
    try:
        found = pairs.threshold(fpir, gallery, margin)
    except RecognitionError as error:
        return insufficient(error)
    return {
        "threshold": round(found.threshold, 4),
        "interval_95": [round(value, 4) for value in found.interval],
        "measured_fpir": found.fpir,
        "fnir": found.fnir if len(pairs.genuine) else None,
        "events": found.events,
        "verdict": "ok",
    }


def insufficient(error: RecognitionError) -> dict[str, Any]:
    """The answer that there is no number; a wish that makes no sense is raised again."""
    if error.code != "calibration.insufficient_data":
        raise error
    return {"threshold": None, "verdict": "insufficient data", "reason": error.message}


def drawn(pairs: OpenSet, answer: dict[str, Any], folder: Path) -> list[str]:
    """The names of the pictures, written."""
    from recognition.plots import det, histogram

    return [
        str(det(pairs, answer["gallery"], answer["margin"], folder / "det.png")),
        str(histogram(pairs, answer["threshold"], folder / "scores.png", answer["score"])),
    ]


def sentence(answer: dict[str, Any]) -> str:
    """The answer for people to read."""
    wish = f"FPIR {answer['fpir']:g} in a gallery of {count(answer['gallery'], 'person')}"
    wish = wish.replace("persons", "people")
    if answer["threshold"] is None:
        return f"{wish}: {answer['reason']}"
    low, high = answer["interval_95"]
    lines = [
        f"{wish}: threshold {answer['threshold']:.3g} (95 % interval {low:.3g} to {high:.3g}; "
        f"the default is {answer['default_threshold']:.3g}).",
        f"Rests on {answer['people']} people, {answer['impostors']} pairs of different ones; "
        f"{answer['events']} of those score that high.",
    ]
    if answer["fnir"] is not None:
        lines.append(
            f"With it and a margin of {answer['margin']:g}, {answer['fnir']:.1%} of {answer['genuine']} "
            "known people are not recognised."
        )
    return "\n".join(lines)
