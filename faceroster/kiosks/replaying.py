"""Does a stored decision follow from what was stored beside it? Decided anew, by kiosks' own functions.

What cannot be decided anew is taken from the record and said: a proof of life rests on pictures, which
are not kept, and whether staff know two people to look alike may have changed since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from faceroster import vision
from faceroster.classifiers.proposals import Word
from faceroster.kiosks import agreement
from faceroster.kiosks.judging import is_clear
from faceroster.kiosks.models import Decision, Outcome
from faceroster.kiosks.tickets import Why

#: Stored scores have five digits; within so much of a limit either decision follows from them.
ROUNDING = 1.1e-5

_NO_VECTOR = np.empty(0, np.float32)
_NOT_SHOWN = "liveness.not_shown"
_LOOK_ALIKE, _NOT_ME = (f"identify.{why.value}" for why in (Why.LOOK_ALIKE, Why.NOT_ME))
#: Verdicts of a liveness report that let somebody in; "" at a site that does not ask.
_LIVE = frozenset({"", "live", "offline", "before"})


@dataclass(slots=True)
class Replay:
    """``differences``: what does not follow, in sentences. ``notes``: what was taken from the record.

    ``possible``: False when too little is stored to decide anything; then there are no differences.
    """

    decision: Decision
    outcome: str = ""
    possible: bool = True
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        return self.possible and not self.differences


def replay(row: Decision) -> Replay:
    """Decide anew what ``row`` says, and compare."""
    told = Replay(row)
    candidates = _candidates(row)
    if _incomplete(row, candidates):
        told.possible = False
        told.notes.append("Scores that it rests on are not stored any more: somebody was erased.")
        return told
    if candidates and abs(candidates[0].score - float(row.score or 0.0)) > ROUNDING:
        told.differences.append(
            f"The score is {row.score}, but the best candidate's is {candidates[0].score:.5f}."
        )
    found = vision.identify.decide(candidates, vision.Policy(row.threshold, row.margin))
    if _on_the_edge(found):
        told.outcome = row.outcome
        told.notes.append("A score lies on its limit, by the digits that are stored: both ways follow.")
        return told
    found = _confirmed(row, _as_in_a_frame(row, found, told), told)
    _compare(row, found, told)
    _votes(row, found, told)
    return told


def _incomplete(row: Decision, candidates: list[vision.Candidate]) -> bool:
    """Whether candidates are missing that were there. Older rows do not say how many there were."""
    if "ranked" in row.trace:
        return len(candidates) < row.trace["ranked"]
    if not candidates:
        return row.score is not None or row.outcome == Outcome.ACCEPTED
    first_gone = row.score is not None and candidates[0].score < row.score - ROUNDING
    second_gone = row.outcome == Outcome.AMBIGUOUS and len(candidates) == 1 and not row.classified
    return first_gone or second_gone


def _candidates(row: Decision) -> list[vision.Candidate]:
    return [
        vision.Candidate(
            str(one["person"]), float(one["score"]), one.get("nearest", 0.0), one.get("templates", 1)
        )
        for one in row.candidates
        if one.get("person") is not None and one.get("score") is not None
    ]


def _on_the_edge(found: vision.Identification) -> bool:
    if not found.candidates:
        return False
    best, *rest = (one.score for one in found.candidates)
    if best < found.threshold - ROUNDING:
        return False  # unknown, however far behind the next is
    near_margin = bool(rest) and abs(best - rest[0] - found.margin) <= ROUNDING
    return abs(best - found.threshold) <= ROUNDING or near_margin


def _nobody(found: vision.Identification) -> vision.Identification:
    return vision.Identification(
        vision.Decision.AMBIGUOUS, None, found.candidates, found.threshold, found.margin
    )


def _as_in_a_frame(row: Decision, found: vision.Identification, told: Replay) -> vision.Identification:
    """Nobody is named twice in one frame: whoever had to go without is in the trace."""
    if row.trace.get("taken") and found.person is not None:
        told.notes.append(
            "Another face of the frame had the better claim to the name; taken from the record."
        )
        return _nobody(found)
    return found


def _confirmed(row: Decision, found: vision.Identification, told: Replay) -> vision.Identification:
    """The word of the site's classifier, of which the record holds what it saw, not the picture."""
    word = row.classified.get("word") if row.classified else None
    if word is None:
        return found
    told.notes.append("What the classifier saw is taken from the record.")
    proposed, needed = row.classified.get("probability", 0.0), row.classified.get("threshold", 0.0)
    if word == Word.AGREES and (row.classified.get("person") != found.person or proposed < needed):
        told.differences.append("The classifier is said to agree, but what it saw does not.")
    if word in (Word.DISAGREES, Word.UNSURE):
        return _nobody(found)
    return found


def _compare(row: Decision, found: vision.Identification, told: Replay) -> None:
    told.outcome = found.decision.value
    if found.person is not None:
        told.outcome = _after_the_score(row, found, told)
    if told.outcome != row.outcome:
        told.differences.append(f"It says {row.outcome}; what is stored comes to {told.outcome}.")
    if row.outcome == Outcome.ACCEPTED and found.person not in (None, str(row.person_id)):
        told.differences.append("The person named is not the one with the best score.")


def _after_the_score(row: Decision, found: vision.Identification, told: Replay) -> str:
    """What becomes of a face that the score alone would let in: a PIN asked for, or no proof of life."""
    if _LOOK_ALIKE in row.codes:
        verify = row.trace.get("verify")
        if verify is not None and not any(one.score >= verify - ROUNDING for one in found.candidates[1:]):
            told.differences.append("A PIN was asked for because of a look-alike, but nobody else is close.")
        told.notes.append("That staff know the two to look alike is taken from the record.")
        return Outcome.AMBIGUOUS.value
    if _NOT_ME in row.codes:
        told.notes.append('That this face said "that\'s not me" before is taken from the record.')
        return Outcome.AMBIGUOUS.value
    if row.liveness:
        told.notes.append("How live the face was is taken from the record: pictures are not kept for it.")
    lives = row.liveness.get("verdict", "") in _LIVE and _NOT_SHOWN not in row.codes
    return (Outcome.ACCEPTED if lives else Outcome.NOT_LIVE).value


def _votes(row: Decision, found: vision.Identification, told: Replay) -> None:
    """Whether the frames agreed enough, by :func:`faceroster.kiosks.agreement.agreed`."""
    if "votes" not in row.trace:
        if not row.trace:
            told.notes.append("The votes of its frames were not stored at that time.")
        return
    votes = [_vote(one) for one in row.trace["votes"]]
    if not votes or not agreement.agreed(votes, clear=is_clear(found, row.trace["tenfold"])):
        told.differences.append("Its frames did not agree enough to act upon them.")


def _vote(one: dict[str, Any]) -> agreement.Vote:
    """As it was cast, without what the record leaves out: whose, where, and the face's numbers."""
    whom = "whom the last names" if one["same"] else "somebody else"
    return agreement.Vote(
        0.0, one["outcome"], whom, (0, 0, 0, 0), "", _NO_VECTOR, one["weight"], one["strength"]
    )
