"""``emotion train | evaluate | predict``: the network that names emotions, from a shell."""

from __future__ import annotations

import argparse
from typing import Any

from recognition.commands import emotion_evaluate, emotion_predict, emotion_train


def register(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("emotion", help="train, judge and use the network that names emotions")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for module in (emotion_train, emotion_evaluate, emotion_predict):
        module.register(actions, parents)
