"""May emotions be read in the lab, and if not, why?

The lab shows a face's emotion beside the name of whom it resembles, and a picture does not say where it was
taken. So it is stricter than a site: emotions are read for a user only while every site whose people they
may see has emotion tagging switched on.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from faceroster import vision
from faceroster.emotions.regions import Lock
from faceroster.emotions.selectors import lock_for, taggings_of
from faceroster.people.selectors import sites_visible_to
from faceroster.trust.models import User

__all__ = ["Lock", "emotion_lock"]


def emotion_lock(user: User) -> Lock | None:
    """What keeps emotions from being read for ``user``; None when nothing does."""
    if lock := lock_for(user):
        return lock
    for tagging in taggings_of(sites_visible_to(user)):
        if not tagging.on:
            return tagging.lock or Lock(
                _(
                    "Emotion reading is locked: it is not switched on at %(site)s, "
                    "whose people a picture may show."
                )
                % {"site": tagging.site.name}
            )
    if vision.emotion_card() is None:
        return Lock(_("No emotion model is installed."), "model.missing")
    return None
