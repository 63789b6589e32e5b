"""What a training that was stopped goes on from."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recognition.errors import TrainingError

#: One row per epoch: ``epoch`` (from 1), ``accuracy``, ``loss``, ``val_accuracy``, ``val_loss``.
History = list[dict[str, float]]


@dataclass(slots=True)
class Checkpoint:
    """The model and its optimizer, the best weights so far, the history, and what was asked for.

    ``plan``: what decides the outcome (network, epochs, seed); going on with another one is refused.
    Files replace each other whole, and the notes come last: a stop at any moment loses one epoch at most.
    """

    folder: Path
    plan: dict[str, Any]
    history: History = field(default_factory=list)

    @property
    def best(self) -> Path:
        return self.folder / "best.weights.h5"

    @property
    def _notes(self) -> Path:
        return self.folder / "notes.json"

    def open(self, *, resume: bool) -> bool:
        """Read what is there, if anything; return whether there was.

        Raises :class:`TrainingError`: ``training.unfinished`` when something is there but not asked for,
        ``training.other_plan`` when it is of another plan.
        """
        if not self._notes.exists():
            return False
        if not resume:
            raise TrainingError(
                f"{self.folder.parent} holds a training that was stopped. Go on with --resume, "
                "or choose another folder.",
                code="training.unfinished",
            )
        notes = json.loads(self._notes.read_text(encoding="utf-8"))
        if notes["plan"] != self.plan:
            differing = [f"{key} {value}" for key, value in notes["plan"].items() if self.plan[key] != value]
            raise TrainingError(
                f"The training in {self.folder.parent} was started with {', '.join(differing)}. "
                "Go on with the same, or choose another folder.",
                code="training.other_plan",
            )
        self.history = notes["history"]
        return True

    def load(self, model: Any) -> None:
        """Fill a compiled model and its optimizer as they were after the last epoch that was saved."""
        model.optimizer.build(model.trainable_variables)  # or its part of the file would be passed over
        model.load_weights(self._weights(len(self.history)))

    def save(self, model: Any, *, best: bool) -> None:
        """Keep the model after an epoch that is in ``history`` already; ``best``: the best one so far."""
        self.folder.mkdir(parents=True, exist_ok=True)
        weights = self._weights(len(self.history))
        model.save_weights(weights)  # with the optimizer's, since the model is compiled
        if best:
            fresh = self.folder / "new.weights.h5"
            shutil.copyfile(weights, fresh)
            os.replace(fresh, self.best)
        text = self.folder / "new.json"
        text.write_text(json.dumps({"plan": self.plan, "history": self.history}), encoding="utf-8")
        os.replace(text, self._notes)
        self._weights(len(self.history) - 1).unlink(missing_ok=True)

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _weights(self, epoch: int) -> Path:
        return self.folder / f"epoch{epoch}.weights.h5"
