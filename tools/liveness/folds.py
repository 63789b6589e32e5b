"""Which people are judged together, and by what has learned from none of them."""

from __future__ import annotations

from zlib import crc32

FOLDS = 3
#: The fold of those that every network may learn from: nobody judges them.
TAUGHT_ONLY = -1
#: Which of the four people of the webcam clips shows which sign.
SIGNERS = {
    "cA": ("again", "brother", "help", "no", "yes"),
    "cB": ("bird", "milk", "please", "sorry"),
    "cC": ("book", "learn", "school"),
    "cD": ("eat", "night", "sister"),
}


def signer(clip: str) -> str:
    """Who is in a webcam clip, by its name. Raises ``KeyError`` for a clip that is not known."""
    for who, clips in SIGNERS.items():
        if clip in clips:
            return who
    raise KeyError(clip)


def fold(who: str) -> int:
    """0 to 2, the same for everything that shows a person.

    ``who``: ``n`` and a NUAA number, ``c`` and a signer, ``l`` and a name of LFW, ``d`` and a demo person.
    """
    if who[0] == "n":
        return (int(who[1:]) - 1) % FOLDS
    if who in SIGNERS:
        return list(SIGNERS).index(who) % FOLDS
    return crc32(who.encode()) % FOLDS
