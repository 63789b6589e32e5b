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
    """The whole model with its optimizer, the best weights so far, the history, and what was asked for.

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

    def load(self) -> Any:
        """The model as it was after the last epoch that was saved."""
        import keras

        return keras.saving.load_model(self.folder / _model_of(len(self.history)), safe_mode=True)

    def save(self, model: Any, *, best: bool) -> None:
        """Keep the model after an epoch that is in ``history`` already; ``best``: the best one so far."""
        self.folder.mkdir(parents=True, exist_ok=True)
        model.save(self.folder / _model_of(len(self.history)))
        if best:
            model.save_weights(self.folder / "new.weights.h5")
            os.replace(self.folder / "new.weights.h5", self.best)
        text = self.folder / "new.json"
        text.write_text(json.dumps({"plan": self.plan, "history": self.history}), encoding="utf-8")
        os.replace(text, self._notes)
        (self.folder / _model_of(len(self.history) - 1)).unlink(missing_ok=True)

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def _model_of(epoch: int) -> str:
    return f"epoch{epoch}.keras"
