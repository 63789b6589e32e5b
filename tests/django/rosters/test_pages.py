"""The pages of rosters: who opens which, what lies outside, what they change, in how many queries."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from faceroster.people.models import Department
from faceroster.rosters.models import (
    Assignment,
    Holiday,
    HolidayCalendar,
    LeaveRequest,
    Pattern,
    Policy,
    RosterException,
    Shift,
)
from faceroster.rosters.services import shift_create
from faceroster.rosters.shifts import RULES
from faceroster.trust.models import Role, User
from tests.support.rosters import assign, make_shift

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def person_client(client, db):
    client.force_login(User.objects.create_user("petra", password="a long password", role=Role.PERSON))
    return client


@pytest.fixture
def world(person, site, monday, make_person, holiday_kind):
    """A department with a shift, and another at another site, with everything that an address can name."""
    other = make_person()
    rows = {}
    for key, someone in (("own", person), ("other", other)):
        home = someone.department.site
        assignment = assign(someone.department, make_shift(home))
        rows[key] = {
            "person_id": someone.pk,
            "site_id": home.pk,
            "day": "2026-03-03",
            "department": someone.department_id,
            "shift_id": home.shifts.get().pk,
            "pattern_id": assignment.pattern_id,
            "assignment_id": assignment.pk,
            "holiday_id": Holiday.objects.create(site=home, day=monday, name="Founding Day").pk,
            "leave_id": LeaveRequest.objects.create(
                person=someone, kind=holiday_kind, first=monday + DAY, last=monday + DAY
            ).pk,
        }
    return rows


#: name, keys of its address, lowest role that opens it in its own department, and elsewhere (for managers)
LOOK = ["grid", "shifts", "policies", "patterns", "holidays", "leave"]
OF_PERSON = ["person", "calendar"]
DECIDE = [("cell", ("person_id", "day")), ("assign", ()), ("leave_enter", ())]
EDIT = [
    ("shift_new", ()),
    ("shift", ("shift_id",)),
    ("policy", ("site_id",)),
    ("pattern_new", ("site_id",)),
    ("pattern", ("pattern_id",)),
]
DECIDE_POST = [
    ("feed_set", ("person_id",)),
    ("assignment_close", ("assignment_id",)),
    ("leave_withdraw", ("leave_id",)),
]
EDIT_POST = [
    ("calendar_choose", ("site_id",)),
    ("holidays_take", ("site_id",)),
    ("holiday_add", ("site_id",)),
    ("holiday_drop", ("site_id", "holiday_id")),
]


def address(name, keys, rows):
    return reverse(f"rosters:{name}", kwargs={key: rows[key] for key in keys})


def statuses(clients, url, method="get"):
    return [getattr(client, method)(url).status_code for client in clients]


@pytest.fixture
def clients(person_client, staff_client, manager_client, admin_client):
    return person_client, staff_client, manager_client, admin_client


@pytest.mark.parametrize("name", LOOK)
def test_who_looks(world, clients, name):
    url = address(name, (), {})
    assert statuses(clients, url) == [403, 200, 200, 200]
    assert statuses(clients, url, "post") == [405, 405, 405, 405]


@pytest.mark.parametrize("name", OF_PERSON)
def test_who_looks_at_a_person(world, clients, name):
    assert statuses(clients, address(name, ("person_id",), world["own"])) == [403, 200, 200, 200]
    assert statuses(clients, address(name, ("person_id",), world["other"])) == [403, 200, 404, 200]


@pytest.mark.parametrize(("name", "keys"), DECIDE)
def test_who_decides(world, clients, name, keys):
    assert statuses(clients, address(name, keys, world["own"])) == [403, 403, 200, 200]
    if keys:
        assert statuses(clients, address(name, keys, world["other"])) == [403, 403, 404, 200]
        assert statuses(clients[:3], address(name, keys, world["other"]), "post") == [403, 403, 404]


@pytest.mark.parametrize(("name", "keys"), EDIT)
def test_who_edits(world, clients, name, keys):
    url = address(name, keys, world["own"])
    assert statuses(clients, url) == [403, 403, 403, 200]
    assert statuses(clients[:3], url, "post") == [403, 403, 403]


@pytest.mark.parametrize(("name", "keys"), DECIDE_POST)
def test_who_does(world, clients, name, keys):
    other = address(name, keys, world["other"])
    assert statuses(clients, other) == [405] * 4
    assert statuses(clients[:3], other, "post") == [403, 403, 404]
    done = 200 if name == "feed_set" else 302  # it shows a secret, which is carried over no redirect
    assert statuses(clients[:3], address(name, keys, world["own"]), "post") == [403, 403, done]


@pytest.mark.parametrize(("name", "keys"), EDIT_POST)
def test_who_sets_holidays(world, clients, name, keys):
    url = address(name, keys, world["own"])
    assert statuses(clients[:3], url, "post") == [403, 403, 403]
    assert clients[3].get(url).status_code == 405
    assert clients[3].post(url).status_code in (302, 400)


@pytest.mark.parametrize(
    ("name", "keys"),
    [*((n, ()) for n in LOOK), *DECIDE, *EDIT, *DECIDE_POST, *EDIT_POST, ("person", ("person_id",))],
)
def test_others_sign_in_first(world, client, name, keys):
    url = address(name, keys, world["own"])
    method = "post" if (name, keys) in DECIDE_POST + EDIT_POST else "get"
    answer = getattr(client, method)(url)
    assert (answer.status_code, answer["Location"].startswith("/accounts/login/")) == (302, True)


def test_fragment_reloads_who_is_signed_out(world, client):
    answer = client.get(address("cell", ("person_id", "day"), world["own"]), headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Refresh"]) == (401, "true")


@pytest.mark.parametrize(
    "query",
    [
        "?department=x",
        "?from=2026-02-30",
        "?from=0001-01-01",
        "?department=00000000-0000-4000-8000-000000000000",
    ],
)
def test_addresses_that_are_none(world, admin_client, query):
    assert admin_client.get(reverse("rosters:grid") + query).status_code == 404


def test_grid_of_other_departments(world, manager_client):
    for name in ("grid", "leave"):
        answer = manager_client.get(f"{reverse(f'rosters:{name}')}?department={world['other']['department']}")
        assert answer.status_code == 404


def test_grid_shows_the_week(world, manager_client, staff_client, person):
    page = manager_client.get(reverse("rosters:grid")).content.decode()
    assert "Founding Day" in page
    assert page.count('class="chip"') == 4  # Tuesday to Friday: Monday is a holiday
    assert page.count("data-roster-cell") == 7
    assert (
        "data-roster-cell"
        not in staff_client.get(
            f"{reverse('rosters:grid')}?department={person.department_id}"
        ).content.decode()
    )


def test_who_is_at_work_is_counted_over_all_pages(
    world, manager_client, make_person, department, monkeypatch
):
    monkeypatch.setattr("faceroster.rosters.views.grid._PEOPLE_A_PAGE", 2)
    for _n in range(2):
        make_person(department=department)
    for number, rows in ((1, 2), (2, 1)):
        answer = manager_client.get(reverse("rosters:grid"), {"page": number})
        assert answer.content.decode().count("<tr data-number=") == rows
        assert [column.at_work for column in answer.context["grid"].columns] == [0, 3, 3, 3, 3, 0, 0]


def test_list_pages_take_the_same_few_queries(
    world, admin_client, make_person, department, site, holiday_kind, monday, django_assert_max_num_queries
):
    for n in range(8):
        someone = make_person(department=department)
        own = assign(someone, make_shift(site, f"Shift {n}"))
        RosterException.objects.create(person=someone, day=monday, shift=own.pattern.shifts.first().shift)
        LeaveRequest.objects.create(person=someone, kind=holiday_kind, first=monday, last=monday + n * DAY)
        LeaveRequest.objects.create(
            person=someone,
            kind=holiday_kind,
            first=monday + 9 * DAY,
            last=monday + 9 * DAY,
            status="approved",
        )
    limits = {"grid": 19, "shifts": 7, "policies": 7, "patterns": 11, "holidays": 9, "leave": 37}
    for name, most in limits.items():
        query = f"?department={department.pk}" if name == "grid" else ""
        with django_assert_max_num_queries(most):
            admin_client.get(reverse(f"rosters:{name}") + query)


def test_a_day_is_set(world, manager_client, person, monday, manager_user):
    url = address("cell", ("person_id", "day"), world["own"])
    shift = Shift.objects.get(pk=world["own"]["shift_id"])
    answer = manager_client.post(url + "?weeks=2", {"how": "shifts", "shifts": [shift.pk], "note": "swap"})
    assert answer["Location"].endswith(f"?department={person.department_id}&from=2026-03-03&weeks=2")
    row = RosterException.objects.get()
    assert (row.person, row.day, row.shift, row.note, row.made_by) == (
        person,
        date(2026, 3, 3),
        shift,
        "swap",
        manager_user,
    )
    hx = {"HX-Request": "true"}
    assert "Choose a shift." in manager_client.post(url, {"how": "shifts"}, headers=hx).content.decode()
    answer = manager_client.post(url, {"how": "pattern"}, headers=hx)
    assert (answer.status_code, "from=2026-03-03" in answer["HX-Redirect"]) == (204, True)
    assert not RosterException.objects.exists()
    elsewhere = world["other"]["shift_id"]
    assert manager_client.post(url, {"how": "shifts", "shifts": [elsewhere]}).status_code == 200
    assert not RosterException.objects.exists()


def rules_of(shift, **changes):
    version = shift.versions.get(number=1)
    values = {name: getattr(version, name) for name in RULES} | changes
    return {name: value for name, value in values.items() if value is not None and value is not False}


def test_a_shift_is_made_and_changed(site, monday, admin_client, admin_user):
    made = {"site": site.pk, "name": "Early", "colour": "#aa0000", "effective_from": "2026-03-02"}
    template = make_shift(site, "Template")
    bad = rules_of(template, break_minutes=900)
    page = admin_client.post(reverse("rosters:shift_new"), made | bad)
    assert "The break must be shorter than the shift." in page.content.decode()
    admin_client.post(reverse("rosters:shift_new"), made | rules_of(template))
    shift = Shift.objects.get(name="Early")
    url = reverse("rosters:shift", args=[shift.pk])
    new = rules_of(template, starts="08:00")
    past = admin_client.post(url, {"effective_from": "2026-03-01", **new})
    assert past["Location"].startswith(reverse("reports:shift_preview", args=[shift.pk]))
    assert admin_client.post(url, {"effective_from": "2026-03-02", **new}).status_code == 302
    assert shift.versions.get(number=2).made_by == admin_user
    assert (
        "the rules that are in force"
        in admin_client.post(url, {"effective_from": "2026-03-02", **new}).content.decode()
    )
    admin_client.post(url, {"about": "1", "name": "Earlier", "colour": "#00aa00"})
    shift.refresh_from_db()
    assert (shift.name, shift.colour, shift.active) == ("Earlier", "#00aa00", False)


def test_a_pattern_is_made_grown_and_replaced(site, monday, person, admin_client):
    shift = shift_create(
        site=site, name="Day", effective_from=monday, user=None, starts="09:00", ends="17:00"
    )
    url = reverse("rosters:pattern_new", args=[site.pk])
    form = {"days": "7", "name": "Rotation", "length": "9", "day_0_0": str(shift.pk)}
    grown = admin_client.post(url, form).content.decode()
    assert 'name="day_8_1"' in grown
    assert not Pattern.objects.exists()
    admin_client.post(url, {**form, "days": "9"})
    pattern = Pattern.objects.get()
    assert pattern.length == 9
    Assignment.objects.create(pattern=pattern, person=person, starts_on=monday - DAY)
    url = reverse("rosters:pattern", args=[pattern.pk])
    form = {"days": "9", "name": "Rotation", "length": "3", "day_0_0": str(shift.pk)}
    assert "People have worked by this pattern" in admin_client.post(url, form).content.decode()
    answer = admin_client.post(url, {**form, "name": "New", "starts_on": "2026-03-05"})
    assert answer.status_code == 302
    assert Assignment.objects.get(pattern__name="New").starts_on == monday + 8 * DAY


def test_a_manager_assigns_their_own_only(world, manager_client, department, person, monday):
    own, other = world["own"], world["other"]
    url = reverse("rosters:assign")
    base = {"department": department.pk, "pattern": own["pattern_id"], "starts_on": "2026-03-09"}
    for wrong in (
        {"department": other["department"]},
        {"person": other["person_id"]},
        {"pattern": other["pattern_id"]},
    ):
        assert manager_client.post(url, base | wrong).status_code == 200
    assert manager_client.post(url, base | {"person": person.pk}).status_code == 302
    row = Assignment.objects.get(person=person)
    assert row.starts_on == date(2026, 3, 9)
    close = reverse("rosters:assignment_close", args=[row.pk])
    manager_client.post(close, {"remove": "1"})
    assert not Assignment.objects.filter(pk=row.pk).exists()
    close = reverse("rosters:assignment_close", args=[own["assignment_id"]])
    manager_client.post(close, {"ends_on": "2026-03-08"})
    assert Assignment.objects.get(pk=own["assignment_id"]).ends_on == date(2026, 3, 8)


def test_holidays_are_chosen_looked_at_and_imported(site, monday, admin_client):
    answer = admin_client.post(
        reverse("rosters:calendar_choose", args=[site.pk]),
        {"country": "DE", "subdivision": "BY", "year": "2027"},
    )
    assert HolidayCalendar.objects.get(site=site).subdivision == "BY"
    assert "Epiphany" in admin_client.get(answer["Location"]).content.decode()
    assert not Holiday.objects.exists()
    admin_client.post(reverse("rosters:holidays_take", args=[site.pk]), {"year": "2026", "first": "today"})
    assert not Holiday.objects.filter(day__lt=monday).exists()
    row = Holiday.objects.get(day=date(2026, 5, 1))
    drop = reverse("rosters:holiday_drop", args=[site.pk, row.pk])
    admin_client.post(drop)
    row.refresh_from_db()
    assert row.dropped
    add = reverse("rosters:holiday_add", args=[site.pk])
    admin_client.post(add, {"day": "2026-07-01", "name": "Founding Day"})
    assert Holiday.objects.get(day=date(2026, 7, 1)).name == "Founding Day"
    page = admin_client.get(f"{reverse('rosters:holidays')}?site={site.pk}&country=AT").content.decode()
    assert "Wien" in page


def test_leave_is_decided_alone_and_together(
    world, manager_client, manager_user, person, holiday_kind, monday
):
    waiting = LeaveRequest.objects.get(person=person)
    others = LeaveRequest.objects.exclude(person=person).get()
    url = reverse("rosters:leave_decide")
    assert manager_client.post(url, {"verdict": f"approve:{others.pk}"}).status_code == 404
    assert (
        manager_client.post(url, {"verdict": "approve", "leave": [waiting.pk, others.pk]}).status_code == 404
    )
    assert manager_client.post(url, {"verdict": "maybe"}).status_code == 404
    manager_client.post(url, {"verdict": f"refuse:{waiting.pk}", "answer": "Not now"})
    waiting.refresh_from_db()
    assert (waiting.status, waiting.answer, waiting.decided_by) == ("refused", "Not now", manager_user)
    rows = [
        LeaveRequest.objects.create(
            person=person, kind=holiday_kind, first=monday + n * DAY, last=monday + n * DAY
        )
        for n in (2, 3)
    ]
    manager_client.post(url, {"verdict": "approve", "leave": [row.pk for row in rows]})
    assert [LeaveRequest.objects.get(pk=row.pk).status for row in rows] == ["approved"] * 2
    manager_client.post(reverse("rosters:leave_withdraw", args=[rows[0].pk]))
    assert LeaveRequest.objects.get(pk=rows[0].pk).status == "withdrawn"


def test_leave_of_ones_own_waits_for_somebody_else(world, manager_client, manager_user, person):
    person.user = manager_user
    person.save()
    waiting = LeaveRequest.objects.get(person=person)
    page = manager_client.get(reverse("rosters:leave")).content.decode()
    assert "Somebody else decides." in page
    manager_client.post(reverse("rosters:leave_decide"), {"verdict": f"approve:{waiting.pk}"})
    waiting.refresh_from_db()
    assert waiting.status == "requested"
    assert manager_client.post(reverse("rosters:leave_withdraw", args=[waiting.pk])).status_code == 404


def test_leave_is_entered(world, manager_client, person, holiday_kind, monday):
    url = reverse("rosters:leave_enter")
    form = {"person": person.pk, "kind": holiday_kind.pk, "first": "2026-03-07", "part": "whole"}
    assert "No day of work" in manager_client.post(url, form).content.decode()
    other = {**form, "person": world["other"]["person_id"], "first": "2026-03-05"}
    assert manager_client.post(url, other).status_code == 200
    assert manager_client.post(url, {**form, "first": "2026-03-05"}).status_code == 302
    assert LeaveRequest.objects.get(first=date(2026, 3, 5)).status == "approved"


def test_a_policy_is_added(site, monday, admin_client):
    url = reverse("rosters:policy", args=[site.pk])
    form = {"effective_from": "2026-03-02", "overtime_weekly_after": "2400", "week_starts_on": "6"}
    assert admin_client.post(url, form).status_code == 302
    assert Policy.objects.get().rest_day_is_overtime is False
    assert (
        "past"
        in admin_client.post(
            url, form | {"effective_from": "2026-03-01", "week_starts_on": "0"}
        ).content.decode()
    )
    page = admin_client.get(reverse("rosters:grid"))
    assert page.status_code == 200


def test_kinds_of_leave_in_the_admin(world, admin_client, staff_client, person, holiday_kind):
    for model in ("leavekind", "leaveentitlement"):
        url = reverse(f"admin:rosters_{model}_changelist")
        assert statuses((admin_client, staff_client), url) == [200, 403]
    form = {"person": person.pk, "kind": holiday_kind.pk, "year": "2026", "days": "30.5"}
    assert admin_client.post(reverse("admin:rosters_leaveentitlement_add"), form).status_code == 302
    assert person.entitlements.get().days == 30.5


def test_a_pattern_with_three_shifts_a_day_keeps_them(site, monday, admin_client):
    shifts = [make_shift(site, f"{hour}", f"{hour}:00", f"{hour + 1}:00") for hour in (10, 12, 14)]
    assign(make_department_of(site), *shifts, weekdays=(0,))
    pattern = Pattern.objects.get()
    url = reverse("rosters:pattern", args=[pattern.pk])
    form = admin_client.get(url).context["form"]
    kept = {f"day_0_{place}": form[f"day_0_{place}"].value() for place in range(3)}
    admin_client.post(url, {"days": "7", "name": "Renamed", "length": "7", **kept})
    pattern.refresh_from_db()
    assert (pattern.name, pattern.shifts.count()) == ("Renamed", 3)


def make_department_of(site):
    return Department.objects.create(name="Kitchen", site=site)
