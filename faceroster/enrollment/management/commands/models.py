"""``manage.py models``: which face models there are, whether their files are whole, and switching."""

from __future__ import annotations

import argparse
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from tqdm import tqdm

from faceroster import vision
from faceroster.core.errors import FaceRosterError
from faceroster.enrollment import embedders, switching
from faceroster.enrollment.codes import reason
from faceroster.enrollment.models import FaceModel, GalleryState, Reembedding
from faceroster.enrollment.switch_progress import progress

_SECONDS_BETWEEN_LOOKS = 1.0


class Command(BaseCommand):
    help = "Face models: list them, verify their files, switch to another embedder, delete old templates."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", metavar="ACTION", parser_class=argparse.ArgumentParser)
        actions.add_parser("list", help="what is there and in force (without an action, too)")
        actions.add_parser("verify", help="compare every file of weights with its SHA-256")
        switch = actions.add_parser("switch", help="embed all photos anew, then search with that model")
        switch.add_argument("model", help="name, name@version, or onnx:PATH of a card")
        switch.add_argument(
            "--allow-missing", type=int, default=0, metavar="N", help="switch though N photos fail"
        )
        switch.add_argument("--wait", action="store_true", help="show the progress until it is done")
        prune = actions.add_parser("prune", help="delete the templates of a model that is not used any more")
        prune.add_argument("model", help="name or name@version")

    def handle(self, *args: Any, action: str | None, **options: Any) -> None:
        try:
            if action == "switch":
                self._switch(options["model"], max(0, options["allow_missing"]), wait=options["wait"])
            elif action == "prune":
                self._prune(options["model"])
            else:
                self._list(strict=action == "verify")
        except (vision.ModelError, FaceRosterError) as error:
            raise CommandError(f"{error.code}: {error.message}") from error

    def _list(self, *, strict: bool) -> None:
        bad = 0
        for name, spec, told in _known():
            problem = told if spec is None else vision.weights_problem(spec)
            bad += problem is not None
            self.stdout.write(f"{name}  {_use(name)}")
            if spec is not None:
                self.stdout.write(f"    {spec.kind}, licence {spec.licence}, {spec.source}")
            self.stdout.write(f"    {problem or 'SHA-256 verified'}")
        if told := embedders.mismatch():
            self.stdout.write(told)
        self._report()
        if bad and strict:
            raise CommandError(f"{bad} of these models cannot be used as they are.")

    def _report(self) -> None:
        """Where a switch stands, and which photos failed."""
        state = GalleryState.objects.select_related("filling", "active").filter(pk=1).first()
        if state is None:
            return
        if state.filling is not None:
            at = progress(state.filling)
            self.stdout.write(
                f"Switching to {state.filling}: {at.done} of {at.total} photos, {at.waiting} waiting, "
                f"{at.failed} failed."
            )
            if at.blocked:
                self.stdout.write(
                    f"It waits for you: delete or replace the photos below, or lose them with "
                    f"`manage.py models switch {state.filling} --allow-missing {at.failed}`."
                )
        used = [pk for pk in (state.filling_id, state.active_id) if pk is not None]
        for model in FaceModel.objects.filter(pk__in=used).exclude(stopped=""):
            self.stdout.write(f"Work with {model} has stopped. {model.stopped}")
            self.stdout.write(f"Put that right; `manage.py models switch {model}` goes on where it stopped.")
        failed = Reembedding.objects.filter(model__in=used).exclude(code="")
        for row in failed.select_related("photo__person", "model"):
            person = row.photo.person
            who = f"{person.employee_number} {person.name}, photo {row.photo_id}"
            self.stdout.write(f"    {who} ({row.model}): {reason(row.code)}")

    def _switch(self, name: str, allow_missing: int, *, wait: bool) -> None:
        model = switching.model_named(name)
        if switching.switch_start(model=model, allow_missing=allow_missing):
            self.stdout.write(f"Faces are searched with {model}.")
            return
        if wait:
            self._wait(model)
        else:
            self.stdout.write(
                f"The workers are embedding all photos with {model}; until they are through, faces are "
                "searched with the old model. `manage.py models` shows how far they are."
            )
        self._report()

    def _wait(self, model: FaceModel) -> None:
        at = progress(model)
        with tqdm(
            total=at.total, initial=at.done + at.failed, unit="photo", desc=f"Embedding with {model}"
        ) as bar:
            while GalleryState.objects.get(pk=1).filling_id == model.pk and not (at.blocked or at.stopped):
                time.sleep(_SECONDS_BETWEEN_LOOKS)
                at = progress(model)
                bar.total = at.total
                bar.update(max(0, at.done + at.failed - bar.n))
        if at.blocked or at.stopped:
            return
        self.stdout.write(f"Faces are searched with {embedders.active_key()}.")

    def _prune(self, name: str) -> None:
        kept = FaceModel.objects.filter(Q(key=name) | Q(key__startswith=f"{name}@"))
        if len(kept) != 1:
            told = ", ".join(model.key for model in kept) or "none"
            raise CommandError(
                f"Say which model's templates to delete: name@version. Of {name} there are {told}."
            )
        (model,) = kept
        count = switching.model_prune(model=model)
        self.stdout.write(f"{count} templates of {model.key} are deleted.")


def _known() -> list[tuple[str, vision.ModelSpec | None, str | None]]:
    """Every model by name@version: the built-in ones, and those of cards; or why a card cannot be read."""
    found: dict[str, tuple[vision.ModelSpec | None, str | None]] = {
        spec.key: (spec, None) for spec in vision.built_in_specs()
    }
    for model in FaceModel.objects.exclude(key__in=found):
        try:
            found[model.key] = (embedders.spec_of(model), None)
        except vision.ModelError as error:
            found[model.key] = (None, error.message)
    return [(name, *what) for name, what in found.items()]


def _use(name: str) -> str:
    model = FaceModel.objects.filter(key=name).first()
    state = GalleryState.objects.filter(pk=1).first()
    if model is None:
        unused = state is None or state.active_id is None
        return "in force" if unused and name == embedders.active_key() else ""
    count = f"{progress(model).done} templates"
    if state is not None and state.active_id == model.pk:
        return f"in force, {count}"
    return f"being switched to, {count}" if state is not None and state.filling_id == model.pk else count
