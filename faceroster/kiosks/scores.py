"""Scores in words. Each decision says in which unit its own are: older ones hold cosines."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from faceroster.classifiers.proposals import Word
from faceroster.kiosks.models import Decision

_LIKELIHOOD = "llr"
_OF_WORD = {
    Word.AGREES: gettext_lazy("the gallery says the same"),
    Word.DISAGREES: gettext_lazy("the gallery says otherwise, so nobody was named"),
    Word.UNSURE: gettext_lazy("that was not enough, so nobody was named"),
    Word.NOT_YET: gettext_lazy(
        "but whom the gallery names is not in the classifier yet, so the gallery decided alone"
    ),
    Word.NOT_NEEDED: gettext_lazy("which changes nothing: the gallery names nobody"),
}


def score_text(score: float, kind: str) -> str:
    """With as many digits as mean something: two of a logarithm, four of a cosine."""
    return f"{score:.2f}" if kind == _LIKELIHOOD else f"{score:.4f}"


def verdict(decision: Decision) -> str | None:
    """The score beside what was needed, as in "6.41, 3.66 was needed"; None when nobody was enrolled."""
    if decision.score is None:
        return None
    score, needed = (score_text(value, decision.score_kind) for value in (decision.score, decision.threshold))
    return _("%(score)s, %(needed)s was needed") % {"score": score, "needed": needed}


def meaning(decision: Decision) -> str:
    """What the number says, for who has never seen one."""
    if decision.score is None:
        return _("nobody was enrolled")
    return score_meaning(decision.score, decision.score_kind)


def score_meaning(score: float, kind: str) -> str:
    """What a score of this kind says."""
    if kind != _LIKELIHOOD:
        return _("a cosine, 1 at most; it cannot be compared with scores of another kind")
    power = f"{abs(score):.1f}"
    if score >= 0:
        return _("10^%(power)s times likelier this person than a stranger") % {"power": power}
    return _("10^%(power)s times less likely this person than a stranger") % {"power": power}


def classifier_said(decision: Decision, name: str) -> str:
    """What the site's classifier had to say. ``name``: of the person it took the face for."""
    said = decision.classified
    if not said:
        return _("The site had none in force.")
    if said["word"] == Word.NOT_ASKED:
        return _("%(version)s could not be asked; the gallery decided alone.") % {"version": said["version"]}
    told = _("nobody who is still here")
    if said["person"]:
        told = _("%(name)s, %(probability)s (%(threshold)s was needed)") % {
            "name": name,
            "probability": f"{said['probability']:.3f}",
            "threshold": f"{said['threshold']:g}",
        }
    return f"{said['version']}: {told}; {_OF_WORD[said['word']]}."
