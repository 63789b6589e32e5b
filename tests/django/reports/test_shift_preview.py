"""A shift changed after the fact: first shown, then stored; what is closed stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from faceroster.attendance.due import due_compute
from faceroster.attendance.models import Due, Period, PeriodStatus, Workday
from faceroster.attendance.workdays import workdays_compute
from faceroster.people.models import Person, Site
from faceroster.reports.shifts import selectors, views
from faceroster.rosters import drafts
from faceroster.rosters.models import Shift, ShiftVersion
from faceroster.rosters.services import shift_version_add
from faceroster.rosters.shifts import RULES
from faceroster.trust.models import User
from tests.support.rosters import assign, make_punch, make_shift

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 2)
FRIDAY = MONDAY + timedelta(days=4)
#: Wednesday of the week after, at noon.
NOW = datetime(2026, 11, 11, 11, tzinfo=UTC)
FIGURES = [field.name for field in Workday._meta.fields if field.name.endswith("_minutes")] + ["status"]


@pytest.fixture
def shift(person: Person, site: Site, freeze: Callable[[datetime], None]) -> Shift:
    """Worked 8:00 to 16:30 in Berlin by ``person`` for a week, whose days are computed; due from 9:00."""
    freeze(NOW)
    shift = make_shift(site)
    assign(person.department, shift)
    for n in range(5):
        for hour, minute, way in ((7, 0, "in"), (15, 30, "out")):
            at = datetime(2026, 11, 2 + n, hour, minute, tzinfo=UTC)
            make_punch(person, at, way)
    compute([person])
    Due.objects.all().delete()
    return shift


def compute(people: list[Person]) -> None:
    ids = [person.pk for person in people]
    workdays_compute(person_ids=ids, first=MONDAY - timedelta(days=7), last=NOW.date(), now=timezone.now())


def values(shift: Shift, day: date, **changes: Any) -> dict[str, Any]:
    """What the form sends: the first version with ``changes``, in force from ``day``."""
    version = shift.versions.get(number=1)
    given = {name: getattr(version, name) for name in RULES} | changes | {"effective_from": day}
    return {name: value for name, value in given.items() if value is not None and value is not False}


def ask(client: Client, shift: Shift, day: date = MONDAY, **changes: Any) -> str:
    """The token that the form hands to the page."""
    answer = client.post(reverse("rosters:shift", args=[shift.pk]), values(shift, day, **changes))
    assert answer.status_code == 302, answer.context["form"].errors
    address = urlsplit(answer["Location"])
    assert address.path == reverse("reports:shift_preview", args=[shift.pk])
    return parse_qs(address.query)["values"][0]


def look(client: Client, shift: Shift, token: str, **more: Any) -> Any:
    return client.get(reverse("reports:shift_preview", args=[shift.pk]), {"values": token, **more})


def do(client: Client, shift: Shift, token: str, how: str = "old") -> Any:
    return client.post(reverse("reports:shift_apply", args=[shift.pk]), {"values": token, "how": how})


def figures() -> dict[tuple[Any, date], dict[str, Any]]:
    rows = Workday.objects.values("person", "day", *FIGURES)
    return {
        (row.pop("person"), row.pop("day")): {name: str(value) for name, value in row.items()} for row in rows
    }


def told(shift: Shift, day: date, user: User, **changes: Any) -> dict[tuple[Any, date], dict[str, str]]:
    """What the page's selectors say, in the words of :func:`figures`."""
    version = ShiftVersion(
        shift=shift,
        number=9,
        effective_from=day,
        **{name: getattr(shift.versions.get(number=1), name) for name in RULES} | changes,
    )
    found = {}
    for diff in selectors.diffs_of(version, selectors.scope_of(version)):
        changed = {change.name: str(change.after) for change in diff.changes if change.name in FIGURES}
        if changed:
            found[diff.person.pk, diff.day] = changed
    return found


def test_what_is_shown_is_what_comes(shift: Shift, admin_client: Client, admin_user: User) -> None:
    before, rules = figures(), {"starts": time(8), "ends": time(16, 30)}
    expected = told(shift, MONDAY + timedelta(days=1), admin_user, **rules)
    assert sorted(day for _person, day in expected) == [MONDAY + timedelta(days=n) for n in (1, 2, 3, 4)]
    token = ask(admin_client, shift, MONDAY + timedelta(days=1), **rules)
    page = look(admin_client, shift, token)
    assert (page.context["days"], page.context["people_count"]) == (6, 1)  # two days of absence begin earlier
    assert figures() == before
    assert ShiftVersion.objects.count() == 1
    assert not Due.objects.exists()
    totals = {row.label: (row.days, row.before, row.after, row.difference) for row in page.context["totals"]}
    assert totals["Worked"] == (4, "28:00", "32:00", "+4:00")
    assert totals["Left early"] == (4, "4:00", "0:00", "\u22124:00")
    assert [change.after for change in page.context["people"][0].shown[0].changes][:2] == ["08:00", "16:30"]
    assert do(admin_client, shift, token)["Location"] == reverse("rosters:shift", args=[shift.pk])
    version = shift.versions.get(number=2)
    assert (version.effective_from, version.made_by) == (MONDAY + timedelta(days=1), admin_user)
    out = StringIO()
    call_command("attendance", "recompute", "--dry-run", f"--first={MONDAY}", "--last=2026-11-10", stdout=out)
    assert "6 days would change." in out.getvalue()
    assert "worked_minutes 420 > 480" in out.getvalue()
    while due_compute():
        pass
    changed = {
        key: {name: value for name, value in row.items() if before[key][name] != value}
        for key, row in figures().items()
        if key[1] < NOW.date()
    }
    assert {key: found for key, found in changed.items() if found} == expected


def test_closed_periods_stay_and_are_named(
    shift: Shift, person: Person, admin_client: Client, admin_user: User
) -> None:
    period = Period.objects.create(
        department=person.department, first=MONDAY, last=FRIDAY, status=PeriodStatus.CLOSED
    )
    Workday.objects.filter(day__range=(MONDAY, FRIDAY)).update(period=period)
    before = figures()
    token = ask(admin_client, shift, starts=time(8), ends=time(16, 30))
    page = look(admin_client, shift, token)
    assert [(row.period, row.days) for row in page.context["closed"]] == [(period, 5)]
    assert f"?department={person.department_id}&amp;month=2026-11" in page.content.decode()
    assert all(shown.day > FRIDAY for row in page.context["people"] for shown in row.shown)
    do(admin_client, shift, token)
    while due_compute():
        pass
    after = figures()
    assert all(after[key] == row for key, row in before.items() if key[1] <= FRIDAY)


def test_only_from_today_on(shift: Shift, admin_client: Client) -> None:
    token = ask(admin_client, shift, starts=time(8))
    do(admin_client, shift, token, "today")
    assert shift.versions.get(number=2).effective_from == NOW.date()
    assert not Due.objects.filter(day__lt=NOW.date()).exists()


def test_back_to_the_form_with_all_values(shift: Shift, admin_client: Client) -> None:
    token = ask(admin_client, shift, starts=time(8), break_paid=True, rounding_minutes=7)
    page = admin_client.get(reverse("rosters:shift", args=[shift.pk]), {"values": token})
    form = page.context["form"]
    kept = {name: form[name].value() for name in ("effective_from", "starts", "rounding_minutes")}
    assert kept == {"effective_from": "2026-11-02", "starts": "08:00:00", "rounding_minutes": "7"}
    html = page.content.decode()
    assert str(form["break_paid"]).count("checked") == 1
    assert 'name="effective_from" value="2026-11-02"' in html


def test_a_change_that_changes_nothing_says_so(shift: Shift, admin_client: Client) -> None:
    token = ask(admin_client, shift, opens_minutes=121)
    page = look(admin_client, shift, token)
    assert page.context["days"] == 0
    assert "No day that is over would change." in page.content.decode()


def test_up_to_the_day_before_a_later_version(shift: Shift, admin_client: Client) -> None:
    wednesday = MONDAY + timedelta(days=2)
    shift_version_add(shift=shift, effective_from=wednesday, user=None, retroactive=True, opens_minutes=119)
    while due_compute():
        pass
    page = look(admin_client, shift, ask(admin_client, shift, starts=time(8), ends=time(16, 30)))
    assert page.context["scope"].ends == MONDAY + timedelta(days=1)
    assert [shown.day for shown in page.context["people"][0].shown] == [MONDAY, MONDAY + timedelta(days=1)]


@pytest.mark.parametrize("who", ["staff_client", "manager_client", "person_client"])
def test_administrators_only(
    who: str, shift: Shift, admin_client: Client, request: pytest.FixtureRequest
) -> None:
    token = ask(admin_client, shift, starts=time(8))
    client = request.getfixturevalue(who)
    assert look(client, shift, token).status_code == 403
    assert do(client, shift, token).status_code == 403
    assert ShiftVersion.objects.count() == 1


def test_altered_values_are_refused(shift: Shift, site: Site, admin_client: Client) -> None:
    token, other = ask(admin_client, shift, starts=time(8)), make_shift(site, "Other")
    form = reverse("rosters:shift", args=[shift.pk])
    for bad in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x" + token, ""):
        assert look(admin_client, shift, bad)["Location"] == form
        assert do(admin_client, shift, bad)["Location"] == form
    assert do(admin_client, other, token).status_code == 302
    assert do(admin_client, shift, token, "never").status_code == 302
    assert ShiftVersion.objects.count() == 2


def test_the_values_of_another_user_and_old_ones_are_refused(
    shift: Shift, admin_client: Client, staff_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = ask(admin_client, shift, starts=time(8))
    User.objects.filter(pk=staff_user.pk).update(role="administrator", is_superuser=True)
    other = Client()
    other.force_login(User.objects.get(pk=staff_user.pk))
    do(other, shift, token)
    assert look(admin_client, shift, token).status_code == 200
    monkeypatch.setattr(drafts, "_KEPT", timedelta(seconds=-1))
    do(admin_client, shift, token)
    assert ShiftVersion.objects.count() == 1


def test_a_version_made_meanwhile_must_be_looked_at(shift: Shift, admin_client: Client) -> None:
    token = ask(admin_client, shift, starts=time(8))
    shift_version_add(shift=shift, effective_from=NOW.date(), user=None, grace_in_minutes=9)
    assert "values=" in do(admin_client, shift, token)["Location"]
    assert ShiftVersion.objects.count() == 2


def test_before_the_first_rules_there_is_nothing_to_compare(shift: Shift, admin_client: Client) -> None:
    token = ask(admin_client, shift, date(2019, 1, 1), starts=time(8))
    assert look(admin_client, shift, token).status_code == 302
    do(admin_client, shift, token)
    assert ShiftVersion.objects.count() == 1


def test_too_many_days_are_refused(
    shift: Shift, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = ask(admin_client, shift, starts=time(8))
    monkeypatch.setattr(selectors, "LIMIT", 8)
    html = look(admin_client, shift, token).content.decode()
    assert "would reach 9 days of people" in html
    assert "Apply to old days" not in html
    do(admin_client, shift, token)
    assert ShiftVersion.objects.count() == 1
    do(admin_client, shift, token, "today")
    assert ShiftVersion.objects.count() == 2


def test_many_days_are_shown_person_by_person(
    shift: Shift,
    person: Person,
    make_person: Callable[..., Person],
    admin_client: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: Any,
) -> None:
    others = [make_person(department=person.department) for _ in range(3)]
    compute([person, *others])
    token = ask(admin_client, shift, starts=time(8), ends=time(16, 30))
    monkeypatch.setattr(views, "_DAYS_AT_ONCE", 5)
    with django_assert_max_num_queries(40):
        page = look(admin_client, shift, token)
    assert len(page.context["people"]) == 4
    assert not any(row.shown for row in page.context["people"])
    own = look(admin_client, shift, token, person=others[0].pk)
    assert [row.person for row in own.context["people"]] == [others[0]]
    assert own.context["people"][0].shown
