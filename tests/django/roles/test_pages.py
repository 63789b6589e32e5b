"""Every page, times every kind of caller, times their own department, one beside it, and one of another site.

An address that is not in the list fails here: whoever adds one says who may come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from faceroster.people.models import Department, Person
from faceroster.trust.models import User
from faceroster.trust.rights import may
from tests.django.roles.addresses import ADDRESSES, ELSEWHERE, Address
from tests.django.roles.world import CALLERS, Half, World
from tests.support.kiosks import paired_device

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def world(
    department: Department,
    person: Person,
    make_department: Callable[..., Department],
    make_person: Callable[..., Person],
    settings: Any,
    request: pytest.FixtureRequest,
) -> World:
    # What is locked is refused whatever one's role: see the tests of emotion tagging.
    settings.FACEROSTER = {**settings.FACEROSTER, "EMOTION_REGION": "other"}
    elsewhere = make_department()
    stranger = make_person(department=elsewhere)
    clients = {name: request.getfixturevalue(f"{name}_client") for name in ("person", "staff", "manager")}
    clients |= {"administrator": request.getfixturevalue("admin_client"), "anonymous": Client()}
    clients["kiosk"] = _kiosk(department)
    beside = make_department(site=department.site)
    neighbour = make_person(department=beside)
    return World(
        own=Half("own", department.site, department, person),
        beside=Half("beside", department.site, beside, neighbour),
        other=Half("other", elsewhere.site, elsewhere, stranger),
        clients=clients,
    )


def _kiosk(department: Department) -> Client:
    """The browser of a paired kiosk, which signs its requests."""
    return paired_device(department.site)[1]


def _named(patterns: list[Any], space: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _named(pattern.url_patterns, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}"


def _pages() -> set[str]:
    return {name for name in _named(get_resolver().url_patterns) if not name.startswith(("api:", "admin:"))}


def test_every_address_is_known_and_none_is_made_up() -> None:
    assert _pages() == {*ADDRESSES, *ELSEWHERE}
    for file in ELSEWHERE.values():
        assert (ROOT / file).is_file()


def _expected(address: Address, caller: str, half: Half) -> bool:
    if "everyone" in address.who or f"{caller}*" in address.who:
        return True
    if "users" in address.who:
        return caller not in ("anonymous", "kiosk")
    if caller not in address.who:
        return False
    # Whoever manages a department sees what belongs to its whole site, such as holidays.
    bound = {*address.arguments(half), *address.query(half).values()}
    if half.name == "beside":
        bound -= {half.site.pk}
    return half.name == "own" or not bound or caller in ("staff", "administrator")


def _comes_in(client: Client, address: Address, name: str, half: Half) -> bool:
    query = address.query(half)
    url = reverse(name, args=address.arguments(half)) + f"?{urlencode(query)}"
    client.raise_request_exception = False
    answer = client.post(url, query) if address.method == "POST" else client.get(url)
    assert answer.status_code < 500, f"{name}: {answer.status_code}"
    turned_away = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?")
    return not (turned_away or answer.status_code in (401, 403, 404))


@pytest.mark.parametrize("name", sorted(ADDRESSES))
def test_who_comes_in(name: str, world: World) -> None:
    address = ADDRESSES[name]
    for half in (world.other, world.beside, world.own):
        for caller in CALLERS:
            came = _comes_in(world.clients[caller], address, name, half)
            assert came == _expected(address, caller, half), f"{caller} at {name} ({half.name})"


# A look at a kiosk's queue tells the server's time and the limits: tests/django/offline asks for them.
READ_TOO = {"offline:queue"}


@pytest.mark.parametrize(
    "name", sorted({name for name, address in ADDRESSES.items() if address.method == "POST"} - READ_TOO)
)
def test_what_changes_something_is_not_done_by_looking(name: str, world: World) -> None:
    client = world.clients["administrator"]
    url = reverse(name, args=ADDRESSES[name].arguments(world.own))
    assert client.get(url).status_code in (404, 405), name


# The admin: its addresses follow from its models, and who may come from the rights ------------------


def _admin_addresses() -> set[str]:
    names = _named(get_resolver().url_patterns)
    return {name.removeprefix("admin:") for name in names if name.startswith("admin:")}


#: Addresses of the admin that are no list, form or history of a model. ("None" tells of a missing slash.)
ADMIN_OWN = frozenset({
    "index", "login", "logout", "password_change", "password_change_done", "autocomplete", "jsi18n", "search",
    "app_list", "view_on_site", "None", "auth_user_password_change", "kiosks_kiosk_pair",
    "kiosks_kiosk_revoke", "notices_delivery_again", "notices_webhook_ping", "notices_webhook_rotate",
})  # fmt: skip
#: Addresses that go by another right than their name says.
OTHER_RIGHTS = {
    "emotions_taggedsite_changelist": "emotions.view_emotionswitch",
    "kiosks_kiosk_add": "kiosks.change_kiosk",
}
ACTIONS = {"changelist": "view", "add": "add", "history": "view", "delete": "delete", "change": "view"}


def test_the_admin_has_no_other_addresses() -> None:
    for name in _admin_addresses() - ADMIN_OWN:
        assert name.rpartition("_")[2] in ACTIONS, name


@pytest.mark.parametrize("caller", CALLERS)
def test_the_admins_lists_and_forms_go_by_the_rights(caller: str, world: World) -> None:
    users = {"staff": "stella", "manager": "mona", "administrator": "alma", "person": "petra"}
    user = get_user_model().objects.filter(username=users.get(caller, "")).first()
    for name in sorted(_admin_addresses()):
        model, _, action = name.rpartition("_")
        if action not in ("changelist", "add") or name in ADMIN_OWN:
            continue
        answer = world.clients[caller].get(reverse(f"admin:{name}"))
        right = OTHER_RIGHTS.get(name) or model.replace("_", f".{ACTIONS[action]}_", 1)
        allowed = _inside(user) and may(user, right)
        if not allowed:
            assert answer.status_code in (302, 403), f"{caller} at {name}: {answer.status_code}"
            assert "/login/" in answer.get("Location", "/login/")
        elif action == "changelist":
            assert answer.status_code == 200, f"{caller} at {name}: {answer.status_code}"


def _inside(user: User | None) -> bool:
    return user is not None and user.is_staff


#: Actions on several rows of a list at once, besides deleting: the right that each needs.
ROW_ACTIONS = {("notices.Delivery", "send_again"): "notices.change_delivery"}


@pytest.mark.parametrize("caller", ["staff", "manager", "person", "administrator"])
def test_actions_on_several_rows_go_by_the_rights(caller: str, world: World, rf: RequestFactory) -> None:
    users = {"staff": "stella", "manager": "mona", "administrator": "alma", "person": "petra"}
    request = rf.get("/")
    request.user = get_user_model().objects.get(username=users[caller])
    for model, model_admin in admin.site._registry.items():
        for action in model_admin.get_actions(request):
            right = ROW_ACTIONS.get((model._meta.label, action))
            if action == "delete_selected":
                right = f"{model._meta.app_label}.delete_{model._meta.model_name}"
            assert right is not None, f"{model._meta.label}: who may do {action}?"
            assert may(request.user, right), f"{caller} is offered {action} of {model._meta.label}"


def test_an_action_that_is_not_offered_is_not_done(world: World) -> None:
    address = reverse("admin:people_person_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [str(world.other.person.pk)], "post": "yes"}
    for caller in ("staff", "manager", "person", "anonymous", "kiosk"):
        world.clients[caller].post(address, chosen)
        assert Person.objects.filter(pk=world.other.person.pk).exists(), caller
