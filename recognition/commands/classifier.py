"""``classifier train | predict | evaluate``: transfer learning on enrolled people, from a shell."""

from __future__ import annotations

import argparse
from typing import Any

from recognition.commands import classifier_evaluate, classifier_predict, classifier_train


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("classifier", help="train, use and judge a network that knows your people")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for module in (classifier_train, classifier_predict, classifier_evaluate):
        module.register(actions, parents)
