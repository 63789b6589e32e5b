"""The coach's addresses: what the kiosk sends and gets, and who gets a code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from faceroster.coaching import shots, tickets
from faceroster.coaching.models import EnrolmentTicket, Outcome
from faceroster.coaching.poses import Slot
from faceroster.enrollment.models import EnrollmentPhoto, PhotoSource
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.people.models import Person
from faceroster.trust.models import Role, User

Post = Callable[..., Any]


@pytest.fixture
def post(tablet: Client) -> Post:
    """``post("frames", jpeg, session)``: the answer's status and JSON."""

    def send(what: str, content: Any = None, session: str = "", browser: Client | None = None) -> Any:
        picture = isinstance(content, bytes)
        response = (browser or tablet).post(
            reverse(f"coaching:{what}"),
            content if picture else json.dumps(content or {}),
            content_type="image/jpeg" if picture else "application/json",
            headers={"X-FaceRoster-Enrolment": session},
        )
        return response.status_code, response.json()

    return send


def _code_of(answer: tuple[int, dict[str, Any]]) -> str:
    return str(answer[1]["error"]["code"])


def test_whole_enrolment_over_the_line(
    post: Post,
    staff_client: Client,
    person: Person,
    staff_user: User,
    worker_at_hand: None,
    run_jobs: Callable[[], None],
    poses: dict[str, bytes],
) -> None:
    page = staff_client.post(reverse("coaching:code", args=[person.pk]))
    code = page.context["code"]
    assert code in page.content.decode()
    status, begun = post("begin", {"code": code})
    assert (status, begun["person"], begun["step"]) == (200, person.name, "straight")
    session = begun["session"]

    answer = begun
    for _frame in range(20):
        if answer["state"] == "complete":
            break
        status, answer = post("frames", poses[answer["step"]], session)
        assert status == 200
    assert [step["taken"] for step in answer["steps"]] == [True] * 5
    assert post("store", {}, session)[1] == {
        "of": 5, "open": 5, "accepted": 0, "review": 0, "rejected": 0, "reasons": [],
    }  # fmt: skip
    run_jobs()
    assert post("progress", {}, session)[1]["accepted"] == 5
    assert post("try", poses["straight"], session)[1] == {
        "recognised": True, "person": person.name, "text": "",
    }  # fmt: skip
    assert post("done", {}, session) == (200, {})

    photos = EnrollmentPhoto.objects.filter(person=person)
    assert {photo.source for photo in photos} == {PhotoSource.WEBCAM}
    assert {photo.uploaded_by for photo in photos} == {staff_user}
    ticket = EnrolmentTicket.objects.get()
    assert (ticket.outcome, ticket.photos.count()) == (Outcome.STORED, 5)
    assert _code_of(post("try", poses["straight"], session)) == "coaching.ended"


def test_try_names_nobody_else(
    post: Post,
    ticket: EnrolmentTicket,
    enrolled: Callable[..., Person],
    demo_photo: Any,
    worker_at_hand: None,
) -> None:
    enrolled(0, name="Known Already")

    status, answer = post("try", demo_photo(0, 4), str(ticket.pk))

    assert (status, answer["recognised"], answer["person"]) == (200, False, None)
    assert "Known Already" not in str(answer)


def test_cancel_over_the_line_leaves_nothing(
    post: Post, ticket: EnrolmentTicket, worker_at_hand: None, poses: dict[str, bytes]
) -> None:
    for _frame in range(2):
        post("frames", poses["straight"], str(ticket.pk))
    assert len(shots.load(ticket.pk).shots) == 1

    assert post("cancel", {}, str(ticket.pk)) == (200, {"deleted": 0})
    assert cache.get(f"coach:{ticket.pk}") is None
    assert cache.get(f"coach:{ticket.pk}:straight") is None
    assert _code_of(post("frames", poses["straight"], str(ticket.pk))) == "coaching.ended"


def test_another_shot_may_come_first_but_not_before_the_straight_one(
    post: Post, ticket: EnrolmentTicket, worker_at_hand: None, poses: dict[str, bytes]
) -> None:
    assert post("skip", {}, str(ticket.pk))[1]["step"] == "straight"
    for _frame in range(2):
        post("frames", poses["straight"], str(ticket.pk))

    assert post("skip", {}, str(ticket.pk))[1]["step"] == "right"
    assert shots.load(ticket.pk).order[-1] == Slot.LEFT


@pytest.mark.parametrize("what", ["frames", "skip", "go-on", "store", "progress", "try", "cancel", "done"])
def test_nothing_without_a_session_of_this_kiosk(
    post: Post, ticket: EnrolmentTicket, make_kiosk: Callable[[], tuple[Kiosk, Client]], what: str
) -> None:
    _kiosk, other = make_kiosk()

    assert _code_of(post(what, {}, "")) == "coaching.no_session"
    assert _code_of(post(what, {}, str(ticket.pk), other)) == "coaching.no_session"
    assert post(what, {}, str(ticket.pk), Client(headers={"X-FaceRoster-Kiosk": "1"}))[0] == 401


def test_requests_come_from_the_kiosks_own_page(tablet: Client, ticket: EnrolmentTicket) -> None:
    tablet.defaults.pop("HTTP_X_FACEROSTER_KIOSK")
    response = tablet.post(reverse("coaching:begin"), "{}", content_type="application/json")

    assert response.json()["error"]["code"] == "kiosk.header_missing"


def test_a_copied_cookie_opens_nothing(post: Post, tablet: Client, ticket: EnrolmentTicket) -> None:
    thief = Client(headers={"X-FaceRoster-Kiosk": "1"})
    thief.cookies = tablet.cookies

    assert post("progress", {}, str(ticket.pk))[0] == 200
    assert post("progress", {}, str(ticket.pk), thief)[0] in (401, 403)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"code": 5}', b'{"other": "1"}', b" " * 2000, b"[" * 990]
)
def test_unreadable_codes_are_refused(tablet: Client, body: bytes) -> None:
    response = tablet.post(reverse("coaching:begin"), body, content_type="application/json")

    assert response.json()["error"]["code"] == "coaching.unreadable"


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"", "image/jpeg", "image.unsupported_format"),
        (b"x", "text/plain", "image.unsupported_format"),
        (b"x" * 1_100_000, "image/jpeg", "image.too_large"),
    ],
)
def test_what_is_no_frame_is_refused(
    tablet: Client, ticket: EnrolmentTicket, content: bytes, kind: str, code: str
) -> None:
    headers = {"X-FaceRoster-Enrolment": str(ticket.pk)}
    for what in ("frames", "try"):
        response = tablet.post(reverse(f"coaching:{what}"), content, content_type=kind, headers=headers)
        assert response.json()["error"]["code"] == code


def test_page_is_for_paired_kiosks(tablet: Client, kiosk: Kiosk) -> None:
    page = tablet.get(reverse("coaching:page"))
    assert page.status_code == 200
    assert "camera=(self)" in page["Permissions-Policy"]
    Kiosk.objects.filter(pk=kiosk.pk).update(status=KioskStatus.REVOKED)

    assert tablet.get(reverse("coaching:page")).status_code == 302
    assert Client().get(reverse("coaching:page")).headers["Location"] == reverse("kiosks:kiosk")


def test_code_is_for_who_may_add_photos(
    client: Client, manager_client: Client, staff_client: Client, person: Person
) -> None:
    address = reverse("coaching:code", args=[person.pk])
    assert client.post(address).status_code == 302
    assert manager_client.post(address).status_code == 403
    assert staff_client.get(address).status_code == 405
    assert staff_client.post(address).status_code == 200
    Person.objects.filter(pk=person.pk).update(active=False)
    assert "data-enrolment-code" not in staff_client.post(address).content.decode()
    assert EnrolmentTicket.objects.count() == 1


def test_persons_page_offers_the_code_to_who_may_add_photos(staff_client: Client, person: Person) -> None:
    page = staff_client.get(reverse("admin:people_person_change", args=[person.pk])).content.decode()

    assert reverse("coaching:code", args=[person.pk]) in page


def test_rights_are_looked_at_with_each_request(
    post: Post, ticket: EnrolmentTicket, staff_user: User
) -> None:
    User.objects.filter(pk=staff_user.pk).update(role=Role.PERSON)

    assert _code_of(post("progress", {}, str(ticket.pk))) == "coaching.not_allowed"
    assert tickets.sessions_sweep() == 0
