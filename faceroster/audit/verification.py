"""Whether the log is what was written: every entry, every link, the head, and what was seen last time."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db import transaction

from faceroster.audit import anchor, canonical, chain, keys, triggers
from faceroster.audit.actions import Action
from faceroster.audit.anchor import Anchor
from faceroster.audit.models import Entry, Head, Link, Waiting

#: Called with the number of links done and of all.
Progress = Callable[[int, int], None]

_AT_ONCE = 1000
#: After so many, what is wrong is clear.
_MOST = 50
_SENTENCES = {
    "trigger.missing": "the trigger {detail} is gone; manage.py migrate makes it again",
    "link.missing": "no link has this number: links {detail} were deleted",
    "link.previous": "the link does not hold the hash of the one before it",
    "link.changed": "the link's hash does not fit: it was changed, inserted or moved",
    "entry.missing": "its entry was deleted",
    "entry.changed": "what the entry says was changed, or it was not written by the application",
    "entry.texts": "names, details or the address of the entry were changed",
    "entry.blanked": "names and details of the entry were blanked, and nothing says that a person was erased",
    "entry.loose": "the entry has no link and waits for none: its link was deleted, or it was inserted",
    "key.missing": "the key that it was sealed with is gone or does not open: {detail}",
    "head.missing": "the row that says how long the chain is was deleted",
    "head.changed": "the row that says how long the chain is was changed",
    "head.behind": "the chain ends before its head: the last {detail} links were deleted",
    "head.ahead": "the chain goes on after its head: {detail} links were inserted",
    "chain.stuck": "entries that wait cannot be given their place",
    "anchor.damaged": "the file audit.anchor is not what the last verification wrote",
    "anchor.gone": "the chain was longer when it was last verified, or another one: {detail}",
}


@dataclass(frozen=True)
class Problem:
    """What does not fit. ``code`` is stable; ``number`` is the link's, ``entry`` the key of the entry."""

    code: str
    number: int | None = None
    entry: str = ""
    detail: str = ""

    def __str__(self) -> str:
        where = f"number {self.number}: " if self.number is not None else ""
        which = f" (entry {self.entry})" if self.entry else ""
        return f"{where}{_SENTENCES[self.code].format(detail=self.detail)}{which}"


@dataclass
class Result:
    """``problems`` are in the order of the chain, the first wrong row first. ``hash`` is of the last link."""

    problems: list[Problem] = field(default_factory=list)
    entries: int = 0
    hash: str = ""


@dataclass
class _State:
    known: dict[UUID, bytes]
    erased: set[str]
    number: int = 0
    last: str = ""


def verify(progress: Progress | None = None) -> Result:
    """Check everything. Where all fits, remember how long the chain is (``anchor``)."""
    result = Result([Problem("trigger.missing", detail=name) for name in triggers.missing()])
    try:
        chain.extend()
    except Exception as error:
        result.problems.append(Problem("chain.stuck", detail=type(error).__name__))
    with transaction.atomic():
        head = Head.objects.select_for_update().filter(pk=1).first()  # nobody extends it meanwhile
        state = _State(keys.keys_known(), _erased())
        for problem in _all(state, head, progress):
            result.problems.append(problem)
            if len(result.problems) >= _MOST:
                break
        result.entries, result.hash = state.number, state.last
    if not result.problems and state.number:
        _remember(state)
    return result


def _remember(state: _State) -> None:
    key_id, key = keys.key_current()
    anchor.write(Anchor(state.number, state.last), key_id=key_id, key=key)


def _all(state: _State, head: Head | None, progress: Progress | None) -> Iterator[Problem]:
    seen, problem = _anchor(state)
    if problem:
        yield problem
    total = Link.objects.count()
    done = 0
    for links in _batches():
        ids = [entry_id for _number, entry_id, *_rest in links]
        entries = Entry.objects.in_bulk(ids)
        done += len(links)
        for link in links:
            yield from _link(state, link, entries.get(link[1]))
            if seen and link[0] == seen.number and link[4] != seen.hash:
                yield Problem("anchor.gone", link[0], detail="its hash was another one")
        if progress:
            progress(done, total)
    yield from _head(state, head)
    if seen and state.number < seen.number:
        yield Problem("anchor.gone", detail=f"it had {seen.number} entries and has {state.number}")
    yield from _loose(state)


_Link = tuple[int, UUID, str, UUID, str]


def _batches() -> Iterator[list[_Link]]:
    """Links in order, some at a time."""
    after = -1
    while True:
        rows = Link.objects.filter(number__gt=after).order_by("number")
        links = list(rows.values_list("number", "entry_id", "previous", "key_id", "hash")[:_AT_ONCE])
        if not links:
            return
        yield links
        after = links[-1][0]


def _link(state: _State, link: _Link, entry: Entry | None) -> Iterator[Problem]:
    number, entry_id, previous, key_id, last = link
    if number != state.number + 1:
        yield Problem("link.missing", state.number + 1, detail=f"{state.number + 1} to {number - 1}")
    elif previous != state.last:
        yield Problem("link.previous", number, str(entry_id))
    state.number, state.last = number, last
    if entry is None:
        yield Problem("entry.missing", number, str(entry_id))
        return
    yield from _entry(state, entry, number)
    key = state.known.get(key_id)
    if key is None:
        yield Problem("key.missing", number, str(entry_id), str(key_id))
    elif last != canonical.hash_of(key, number=number, previous=previous, entry_id=entry_id, seal=entry.seal):
        yield Problem("link.changed", number, str(entry_id))


def _entry(state: _State, entry: Entry, number: int | None) -> Iterator[Problem]:
    key = state.known.get(entry.key_id)
    if key is None:
        yield Problem("key.missing", number, str(entry.pk), str(entry.key_id))
    elif not hmac.compare_digest(canonical.seal_of(key, entry), entry.seal):
        yield Problem("entry.changed", number, str(entry.pk))
    elif entry.salt:
        if canonical.told_of(key, entry) != entry.told:
            yield Problem("entry.texts", number, str(entry.pk))
    elif any(getattr(entry, name) for name in canonical.TEXTS):
        yield Problem("entry.texts", number, str(entry.pk))
    elif not {str(entry.pk), str(entry.person_id), entry.actor_id, entry.subject_id} & state.erased:
        yield Problem("entry.blanked", number, str(entry.pk))


def _erased() -> set[str]:
    """The keys of people and users whose erasure is recorded, and of entries about others that named
    them; such an entry is itself sealed and linked.
    """
    rows = Entry.objects.filter(action=Action.PERSON_ERASED)
    found: set[str] = set()
    for subject_id, details in rows.values_list("subject_id", "details"):
        found |= {subject_id, str(details.get("user") or subject_id), *details.get("entries", ())}
    return found


def _head(state: _State, head: Head | None) -> Iterator[Problem]:
    if head is None:
        if state.number:
            yield Problem("head.missing")
        return
    if head.key_id is None and head.number == 0 and state.number == 0:
        return
    key = state.known.get(head.key_id) if head.key_id else None
    if key is None or head.seal != canonical.head_seal(key, number=head.number, last=head.hash):
        yield Problem("head.changed")
    elif head.number > state.number:
        yield Problem("head.behind", state.number + 1, detail=str(head.number - state.number))
    elif head.number < state.number:
        yield Problem("head.ahead", head.number + 1, detail=str(state.number - head.number))
    elif head.hash != state.last:
        yield Problem("head.changed", head.number)


def _anchor(state: _State) -> tuple[Anchor | None, Problem | None]:
    try:
        return anchor.read(state.known), None
    except anchor.Damaged:
        return None, Problem("anchor.damaged")


def _loose(state: _State) -> Iterator[Problem]:
    """Entries outside of the chain. Those that wait have been written since the check began, or are stuck."""
    waiting = set(Waiting.objects.values_list("pk", flat=True))
    for entry in Entry.objects.filter(link__isnull=True).order_by("at", "pk").iterator(chunk_size=_AT_ONCE):
        if entry.pk in waiting:
            yield from _entry(state, entry, None)
        else:
            yield Problem("entry.loose", entry=str(entry.pk))
