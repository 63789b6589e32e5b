"""Transfer learning on enrolled people: the face network, frozen, with a trained head of its own.

    classifier = train({"p1": chips, "p2": chips}, progress=print)
    classifier.save(folder)
    probabilities = Classifier.load(folder).predict(chips)      # (n, 2), columns as in classifier.labels

It names one of the people it was trained on whoever comes, and must be trained again when somebody joins or
leaves: docs/classifier.md says when that is worth it, and what identification by embeddings does instead.
"""

from __future__ import annotations

from recognition.classifier.model import Classifier
from recognition.classifier.training import Plan, Progress, train

#: Probability below which a face is nobody we know, until one was measured on strangers.
THRESHOLD = 0.9

__all__ = ["THRESHOLD", "Classifier", "Plan", "Progress", "train"]
