"""How liveness was judged, in words, for who reads a decision."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from faceroster.kiosks.models import Decision
from faceroster.people.models import Liveness

#: The first word of what the site's page says of each.
_POLICY: dict[str, Any] = {
    Liveness.OFF: pgettext_lazy("how much a kiosk asks", "Off"),
    Liveness.PASSIVE: pgettext_lazy("how much a kiosk asks", "Passive"),
    Liveness.CHALLENGE: pgettext_lazy("how much a kiosk asks", "Challenge"),
    Liveness.ALWAYS: pgettext_lazy("how much a kiosk asks", "Challenge always"),
}
_VERDICT = {
    "live": gettext_lazy("live"),
    "doubt": gettext_lazy("in doubt"),
    "not_live": gettext_lazy("not shown to be live"),
    "before": gettext_lazy("let in just before, so not asked again"),
}
_LOST = {
    "challenge.too_early": gettext_lazy("a movement came before it was asked for"),
    "challenge.too_late": gettext_lazy("a movement came too late or not at all"),
    "challenge.wrong_step": gettext_lazy("it was another movement than the one asked for"),
    "challenge.not_neutral": gettext_lazy("the head did not come back to the middle"),
    "challenge.flat": gettext_lazy("the face moved like a flat picture"),
    "challenge.too_far": gettext_lazy("the face was too far away to see depth by"),
    "challenge.expired": gettext_lazy("time ran out"),
    "challenge.other_face": gettext_lazy("somebody else's face came in between"),
}


def liveness_said(decision: Decision) -> list[str]:
    """One sentence for each thing there is to say: the policy, the verdict, the challenges."""
    said = decision.liveness
    if not said:
        return [_("Not asked for.")]
    lines = [_("Policy: %(policy)s.") % {"policy": _policy(said["policy"])}]
    verdict = _VERDICT.get(said.get("verdict", ""))
    if verdict is not None:
        lines.append(_("Verdict: %(verdict)s.") % {"verdict": verdict})
    if "score" in said:
        lines.append(_looked(said))
    challenge = said.get("challenge")
    if challenge and challenge["verdict"] == "passed":
        lines.append(_("The movements that were asked for were made."))
    for code in challenge["lost"] if challenge else []:
        why = _LOST.get(code, code)
        lines.append(_("A challenge was lost: %(why)s.") % {"why": why})
    return lines


def cues_said(decision: Decision) -> str:
    """What was measured, by name, for who looks for the cause."""
    cues = decision.liveness.get("cues") or {}
    return ", ".join(f"{name} {value:g}" for name, value in sorted(cues.items())) or _("nothing was measured")


def _policy(value: str) -> str:
    return str(_POLICY.get(value, value))


def _looked(said: dict[str, Any]) -> str:
    frames = ngettext("%(count)d frame", "%(count)d frames", said["frames"]) % {"count": said["frames"]}
    return _("Looking on for %(frames)s gave a score of %(score)s; more than 0 is rather live.") % {
        "frames": frames,
        "score": f"{said['score']:.2f}",
    }
