"""``identify PROBE --gallery DIR``: which of these people is it, if any?"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from recognition.commands.common import (
    EXIT_BAD,
    EXIT_DONE,
    EXIT_NO,
    Photo,
    analyse,
    complain_of,
    error_json,
    face_json,
    find_photos,
    main_face,
    make_engine,
    photos_in,
    require_thresholds,
    say,
    say_json,
    vector_of,
)
from recognition.engine import FaceEngine
from recognition.errors import GalleryError
from recognition.gallery import Gallery
from recognition.identify import Decision, Identification, decide
from recognition.scoring import KINDS, make_scorer
from recognition.types import Analysis, Floats


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("identify", parents=parents, help="find out who a photo shows, one to many")
    parser.add_argument("probes", nargs="+", metavar="PROBE", help="a photo, or a folder of photos")
    add_rule(parser)
    parser.add_argument("--top", type=int, default=5, metavar="K", help="candidates to show (%(default)s)")
    parser.set_defaults(run=run)


def add_rule(parser: argparse.ArgumentParser, *, server: bool = False, required: bool = True) -> None:
    """Who may be named, by which score, and what that must reach. ``server``: a URL will do, too."""
    photos = "a folder with a folder of photos per person"
    parser.add_argument(
        "--gallery",
        metavar="DIR|URL" if server else "DIR",
        type=str if server else Path,
        required=required,
        help=f"{photos}, or the URL of a FaceRoster server" if server else photos,
    )
    parser.add_argument(
        "--score",
        choices=KINDS,
        default="auto",
        help="how faces are scored: llr, a log-likelihood ratio to base 10; mean or nearest, cosines; "
        "auto (the default), llr where the embedder has it, else mean",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        help="least score to be accepted, in the unit of --score (its own, which may grow with the gallery)",
    )
    parser.add_argument("--margin", type=float, help="least lead over the next, in the unit of --score")


def run(options: argparse.Namespace) -> int:
    if options.top < 1:
        raise GalleryError("--top must be at least 1.", code="usage.invalid")
    probes = find_photos(options.probes)
    if options.threshold is None:
        require_thresholds()
    engine = make_engine()
    gallery = load_gallery(engine, options.gallery, score=options.score, quiet=options.quiet)
    policy = gallery.policy(options.threshold, options.margin)
    statuses = {EXIT_DONE}
    for photo in analyse(engine, probes, largest=1, quiet=options.quiet):
        face, found = main_face(photo), None
        if face is None:
            statuses.add(EXIT_BAD)
            complain_of(photo)
        else:
            # Two at least, whatever is shown: a decision without the runner-up knows no margin.
            found = decide(gallery.candidates(vector_of(face), max(options.top, 2)), policy)
            statuses.add(EXIT_DONE if found.decision is Decision.ACCEPTED else EXIT_NO)
        if options.json:
            say_json(answer_json(photo, face, found, options.top))
        elif found is not None:
            say(f"{photo.path}: {sentence(found)}" if len(probes) > 1 else sentence(found))
    return max(statuses)


def load_gallery(engine: FaceEngine, folder: Path, *, score: str = "auto", quiet: bool) -> Gallery:
    """Enroll each sub-folder of ``folder`` as a person, by the largest face of each photo.

    Photos that cannot be used are reported and left out. ``gallery.not_found`` without such a folder,
    ``gallery.empty`` when nothing in it could be used; ``score`` and its errors: see ``make_scorer``.
    """
    scorer = make_scorer(engine.spec, score)  # before the photos: a wrong wish is told at once
    if not folder.is_dir():
        raise GalleryError(f"There is no folder {folder}.", code="gallery.not_found")
    owners = {
        path: person.name
        for person in sorted(folder.iterdir())
        if person.is_dir()
        for path in photos_in(person)
    }
    templates: list[tuple[int, str, Floats]] = []
    for number, photo in enumerate(analyse(engine, list(owners), largest=1, quiet=quiet)):
        face = main_face(photo)
        if face is None:
            complain_of(photo, "Left out of the gallery.")
        else:
            templates.append((number, owners[photo.path], vector_of(face)))
    if not templates:
        raise GalleryError(
            f"No photo in {folder} could be used; it needs a folder of photos for each person.",
            code="gallery.empty",
        )
    gallery = Gallery(dimension=engine.dimension, model=engine.model, scorer=scorer)
    gallery.add(templates)
    return gallery


def answer_json(
    photo: Photo, face: Analysis | None, found: Identification | None, top: int
) -> dict[str, Any]:
    return {
        "path": str(photo.path),
        "decision": found.decision.value if found else None,
        "person": found.person if found else None,
        "candidates": [
            {
                "person": candidate.person,
                "score": round(candidate.score, 6),
                "nearest": round(candidate.nearest, 6),
                "templates": candidate.templates,
            }
            for candidate in (found.candidates[:top] if found else ())
        ],
        "threshold": found.threshold if found else None,
        "margin": found.margin if found else None,
        "face": face_json(face) if face else None,
        "error": error_json(photo.error),
    }


def sentence(found: Identification) -> str:
    """The decision for people: who, how sure, and who came next."""
    if not found.candidates:
        return "Unknown"
    best, *rest = found.candidates
    limit = f"limit {found.threshold:.3g}"
    if found.decision is Decision.ACCEPTED:
        after = f", next {rest[0].person} {rest[0].score:.3g}" if rest else ""
        return f"{best.person}: score {best.score:.3g}, {limit}{after}"
    if found.decision is Decision.AMBIGUOUS:
        return f"Ambiguous: {best.person} {best.score:.3g} or {rest[0].person} {rest[0].score:.3g}, {limit}"
    return f"Unknown: nearest is {best.person} with {best.score:.3g}, {limit}"
