"""Whom a classifier of a site would know, how its trainings stand, and which one is in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from faceroster import vision
from faceroster.classifiers.models import OPEN, Classifier, ClassifierSwitch, Status
from faceroster.consents.selectors import people_with_consent
from faceroster.enrollment import embedders
from faceroster.enrollment.models import EnrollmentPhoto, PhotoStatus
from faceroster.people.models import Person, Site

#: Two photos to learn from, and one held out to see what it is worth.
LEAST_PHOTOS = 3
#: More of one person add little, and would take the time of others.
MOST_PHOTOS = 12
LEAST_PEOPLE, MOST_PEOPLE = 2, 1000
#: Of all together: some two gigabytes of memory while they are learned from.
MOST_OF_ALL = 6000
#: After so long somebody has to look whether a worker takes up trainings at all.
_SOON = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Roster:
    """Whom a training would teach: ``ready`` have enough usable photos, ``lacking`` have fewer."""

    site: Site
    ready: tuple[Person, ...]
    lacking: tuple[Person, ...]

    @property
    def problem(self) -> tuple[str, str] | None:
        """Why there is nothing to train, as code and sentence."""
        own, active = vision.classifier_model(), embedders.active_key()
        if active != own:
            told = _("Classifiers are built on %(own)s, but faces are searched with %(active)s.") % {
                "own": own,
                "active": active,
            }
            return "classifier.other_model", told
        if len(self.ready) > MOST_PEOPLE:
            told = _(
                "A classifier is for %(most)d people at most; %(site)s has %(count)d. The gallery knows no "
                "such limit."
            ) % {"most": MOST_PEOPLE, "site": self.site.name, "count": len(self.ready)}
            return "classifier.too_many_people", told
        if len(self.ready) >= LEAST_PEOPLE:
            return None
        return "classifier.too_few_people", " ".join(_too_few(self.site, self.ready, self.lacking))


def _too_few(site: Site, ready: tuple[Person, ...], lacking: tuple[Person, ...]) -> Iterator[str]:
    yield _("A classifier tells people apart and needs two at least who have %(least)d usable photos.") % {
        "least": LEAST_PHOTOS
    }
    if ready:
        yield _("At %(site)s one person has so many.") % {"site": site.name}
    else:
        yield _("At %(site)s nobody has so many.") % {"site": site.name}
    if lacking:
        yield ngettext(
            "One person is lacking photos.", "%(count)d people are lacking photos.", len(lacking)
        ) % {"count": len(lacking)}


def roster_of(site: Site) -> Roster:
    """The active people of ``site`` who consent, by whether a training could use them."""
    accepted = Count("photos", filter=Q(photos__status=PhotoStatus.ACCEPTED))
    people = Person.objects.filter(active=True, department__site=site, pk__in=people_with_consent())
    people = people.annotate(accepted=accepted)
    groups: dict[bool, list[Person]] = {True: [], False: []}
    for person in people:
        groups[person.accepted >= LEAST_PHOTOS].append(person)
    return Roster(site, tuple(groups[True]), tuple(groups[False]))


def photos_to_learn(roster: Roster) -> list[EnrollmentPhoto]:
    """The best photos of everyone who has enough."""
    chosen: dict[UUID, list[EnrollmentPhoto]] = {person.pk: [] for person in roster.ready}
    photos = EnrollmentPhoto.objects.filter(
        status=PhotoStatus.ACCEPTED, person__active=True, person__department__site=roster.site
    )
    for photo in photos.order_by("-quality", "created_at"):
        if photo.person_id in chosen:
            chosen[photo.person_id].append(photo)
    each = min(MOST_PHOTOS, MOST_OF_ALL // max(1, len(chosen)))
    return [photo for mine in chosen.values() for photo in mine[:each]]


def photos_of_strangers(classifier: Classifier, most: int) -> QuerySet[EnrollmentPhoto]:
    """Photos of active people whom ``classifier`` does not learn, one of each person."""
    photos = EnrollmentPhoto.objects.filter(
        status=PhotoStatus.ACCEPTED, person__active=True, person__in=people_with_consent()
    )
    others = photos.exclude(person__in=classifier.photos.values("person"))
    best = dict(others.order_by("quality").values_list("person_id", "pk"))
    return EnrollmentPhoto.objects.filter(pk__in=list(best.values())[:most])


def last_switch(site: Site) -> ClassifierSwitch | None:
    found = ClassifierSwitch.objects.filter(site=site).order_by("-pk")
    return found.select_related("classifier__key", "classifier__site", "by").first()


def in_force(site: Site) -> Classifier | None:
    """The classifier that ``site`` is switched to. Asked for each frame, so that a switch counts at once."""
    switch = last_switch(site)
    if switch is None or switch.classifier is None or switch.classifier.status != Status.READY:
        return None
    return switch.classifier


@dataclass(frozen=True, slots=True)
class SiteState:
    """All that a page tells of a site. ``notice``: why it fell back to the gallery by itself."""

    roster: Roster
    in_force: Classifier | None
    open: Classifier | None
    past: tuple[Classifier, ...]
    switches: tuple[ClassifierSwitch, ...]
    newer: tuple[Person, ...]

    @property
    def site(self) -> Site:
        return self.roster.site

    @property
    def notice(self) -> ClassifierSwitch | None:
        last = self.switches[0] if self.switches else None
        return last if last and last.by is None else None

    @property
    def waits_long(self) -> bool:
        waiting = self.open if self.open and self.open.status == Status.QUEUED else None
        if waiting is None or Classifier.objects.filter(status=Status.TRAINING).exists():
            return False
        return waiting.created_at < timezone.now() - _SOON


def state_of(site: Site) -> SiteState:
    roster, chosen = roster_of(site), in_force(site)
    rows: QuerySet[Classifier] = site.classifiers.select_related("site", "started_by")
    switches = ClassifierSwitch.objects.filter(site=site).select_related("classifier__site", "by")
    return SiteState(
        roster,
        chosen,
        rows.filter(status__in=OPEN).first(),
        tuple(rows.exclude(status__in=OPEN)[:20]),
        tuple(switches[:20]),
        _not_known_to(chosen, roster),
    )


def _not_known_to(classifier: Classifier | None, roster: Roster) -> tuple[Person, ...]:
    """Who at the site is recognised by the gallery alone, because they came after the training."""
    if classifier is None:
        return ()
    known = set(classifier.photos.values_list("person_id", flat=True))
    return tuple(person for person in (*roster.ready, *roster.lacking) if person.pk not in known)
