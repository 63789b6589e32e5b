"""Reading the setting and the counts. Nothing here can tell anything about one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from faceroster.emotions.models import EmotionDay, EmotionSwitch
from faceroster.emotions.regions import Lock, installation_lock, site_lock
from faceroster.people.models import Site
from faceroster.people.selectors import sites_visible_to


@dataclass(frozen=True)
class Tagging:
    """The setting of one site. ``lock``: what forbids it whatever the site declares, if anything does."""

    site: Site
    last: EmotionSwitch | None
    lock: Lock | None

    @property
    def on(self) -> bool:
        """Whether faces are read. A lock that came later switches off what was on."""
        return self.last is not None and self.last.on and self.lock is None

    @property
    def switches(self) -> QuerySet[EmotionSwitch]:
        """Everything that was ever switched there, the newest first."""
        return EmotionSwitch.objects.filter(site=self.site).select_related("by")


def tagging_of(site: Site) -> Tagging:
    """The setting of one site. Asks the database for nothing while the installation is locked."""
    if lock := installation_lock():
        return Tagging(site, None, lock)
    last = EmotionSwitch.objects.filter(site=site).select_related("by").first()
    return Tagging(site, last, site_lock(site))


def taggings_of(sites: Iterable[Site]) -> list[Tagging]:
    """The settings of many sites, with who switched them last, also while they are locked. One query."""
    sites = list(sites)
    rows = EmotionSwitch.objects.filter(site__in=sites).select_related("by")
    last = {row.site_id: row for row in reversed(rows)}
    return [Tagging(site, last.get(site.pk), site_lock(site)) for site in sites]


def lock_for(user: object) -> Lock | None:
    """What keeps emotions from being read for ``user`` where no site is concerned, as in the lab.

    None when nothing does: some site that the user may see has it switched on.
    """
    if lock := installation_lock():
        return lock
    if any(tagging.on for tagging in taggings_of(sites_visible_to(user))):
        return None
    return Lock(_("Emotion reading is locked: it is not switched on at any site that you may see."))


def days_told_to(user: object) -> QuerySet[EmotionDay]:
    """Days that are over, of the sites that ``user`` may see and that are not locked, newest first."""
    if installation_lock():
        return EmotionDay.objects.none()
    open_sites = [tagging.site.pk for tagging in taggings_of(sites_visible_to(user)) if tagging.lock is None]
    days = EmotionDay.objects.filter(told_at__isnull=False, site__in=open_sites)
    return days.select_related("site").defer("tally").order_by("-day", "site__name")
