"""Who may open the lab: every address, every role."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from faceroster.lab.urls import app_name, urlpatterns
from faceroster.trust.models import Role, User
from tests.django.lab.conftest import upload

pytestmark = pytest.mark.django_db

PAGES = ["lab:look", "lab:compare", "lab:emotion_model"]
#: Each with the pictures that it takes.
FRAGMENTS = {"lab:look_at": ["picture"], "lab:compare_these": ["first", "second"]}


def _send(client: Client, name: str) -> int:
    return client.post(reverse(name), {field: upload(b"x") for field in FRAGMENTS[name]}).status_code


def test_no_address_is_forgotten_here() -> None:
    assert {f"{app_name}:{pattern.name}" for pattern in urlpatterns} == {*PAGES, *FRAGMENTS}


@pytest.mark.parametrize("role", ["admin_client", "staff_client"])
def test_administrators_and_staff_may_use_it(role: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(role)
    assert {client.get(reverse(name)).status_code for name in PAGES} == {200}
    assert {_send(client, name) for name in FRAGMENTS} == {400}, "only the picture is bad"


def test_managers_are_refused(manager_client: Client) -> None:
    assert {manager_client.get(reverse(name)).status_code for name in PAGES} == {403}
    assert {_send(manager_client, name) for name in FRAGMENTS} == {403}


def test_anonymous_visitors_sign_in_first() -> None:
    client = Client()
    for answer in (
        *(client.get(reverse(name)) for name in PAGES),
        *(client.post(reverse(name), {"picture": upload(b"x")}) for name in FRAGMENTS),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/?next=/lab/")


def test_pictures_are_not_taken_from_other_sites(staff_user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff_user)
    assert {_send(client, name) for name in FRAGMENTS} == {403}
    client.get(reverse("lab:look"))
    token = {"X-CSRFToken": client.cookies["csrftoken"].value}
    sent = client.post(reverse("lab:look_at"), {"picture": upload(b"x")}, headers=token)
    assert sent.status_code == 400


@pytest.mark.parametrize("name", FRAGMENTS)
def test_pictures_are_posted(name: str, staff_client: Client) -> None:
    assert staff_client.get(reverse(name)).status_code == 405


def test_the_way_there_is_shown_to_those_who_may_go(
    admin_client: Client, staff_client: Client, manager_client: Client
) -> None:
    link = f'href="{reverse("lab:look")}"'
    for client in (admin_client, staff_client):
        assert link in client.get("/reports/today/").content.decode()
        assert link in client.get("/admin/").content.decode()
    assert link not in manager_client.get("/reports/today/").content.decode()


def test_whoever_lost_the_right_is_not_answered_by_a_worker(manager_user: User) -> None:
    from faceroster.core.errors import NotAllowed
    from faceroster.lab import looking

    staff = User.objects.create_user("nora", role=Role.STAFF)
    for user_id in (manager_user.pk, staff.pk + 1):
        with pytest.raises(NotAllowed) as refused:
            looking.picture_look(probe_id="none", user_id=user_id)
        assert refused.value.code == "auth.forbidden"
        with pytest.raises(NotAllowed):
            looking.pair_look(probe_ids=("none", "none"), user_id=user_id)
