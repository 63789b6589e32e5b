"""The seven classes, in the order of every array of this package."""

from __future__ import annotations

EMOTIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")

#: How FER2013 numbers its labels, 0 to 6 (Goodfellow et al. 2013, "Challenges in Representation
#: Learning"): the same names in another order.
FER2013_CODES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")

#: Side of a face picture in pixels; grey, 0 to 1.
SIDE = 48
