"""Badges: issued, revoked, and read."""

from __future__ import annotations

import io
import re
import threading
from typing import Any

import cv2
import numpy as np
import pytest
import segno
from django.db import connection

from faceroster.core.errors import Conflict, InvalidInput, NotAllowed
from faceroster.passes.badges import badge_issue, badge_person, badge_revoke
from faceroster.passes.models import Badge
from faceroster.passes.qr import qr_of_jpeg, qr_read, qr_svg
from faceroster.people.models import Person
from faceroster.trust.models import User

CONTENT = "FR1:" + "Zk9-_aBcDeFgHiJkLmNoPqRs"


def scene(content: str, *, side: int, angle: float = 0.0, contrast: float = 1.0, blur: float = 0.0) -> Any:
    """A grey RGB frame of 640 x 480 with the code turned in its middle, ``side`` pixels wide, and noise."""
    png = io.BytesIO()
    segno.make(content, error="q", micro=False).save(png, kind="png", scale=10, border=4)
    code = cv2.imdecode(np.frombuffer(png.getvalue(), np.uint8), cv2.IMREAD_GRAYSCALE)
    code = cv2.resize(code, (side, side), interpolation=cv2.INTER_AREA)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 1)
    turn[:, 2] += [320 - side / 2, 240 - side / 2]
    there = cv2.warpAffine(np.full_like(code, 255), turn, (640, 480)) > 127
    frame = np.where(there, cv2.warpAffine(code, turn, (640, 480)), 110).astype(np.float32)
    if blur:
        frame = cv2.GaussianBlur(frame, (0, 0), blur)
    noise = np.random.default_rng(7).normal(0, 4, frame.shape)
    grey = np.clip((frame - 128) * contrast + 128 + noise, 0, 255).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def jpeg(image: Any) -> bytes:
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 75])[1])


FAR = {"side": 130, "angle": 10.0, "contrast": 0.4, "blur": 1.2}
DIM = {"side": 145, "contrast": 0.4, "blur": 1.5}


@pytest.mark.parametrize("how", [{"side": 240}, {"side": 160, "angle": 25.0, "contrast": 0.8}, FAR, DIM])
def test_a_code_is_read(how: dict[str, Any]) -> None:
    assert qr_of_jpeg(jpeg(scene(CONTENT, **how))) == CONTENT


def test_the_easy_ways_alone_would_not_read_them_all() -> None:
    """Else the trouble that ``qr_read`` takes would be for nothing."""

    def plain(image: Any) -> str:
        return str(cv2.QRCodeDetector().detectAndDecode(image)[0])

    far, dim = (cv2.imdecode(np.frombuffer(jpeg(scene(CONTENT, **how)), np.uint8), 0) for how in (FAR, DIM))
    twice = cv2.resize(dim, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    assert CONTENT not in (plain(far), plain(dim), plain(twice))


def test_a_mirrored_one_too() -> None:
    assert qr_read(np.ascontiguousarray(scene(CONTENT, side=240)[:, ::-1])) == CONTENT


def test_a_picture_without_one_says_so() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    assert qr_read(noise) is None
    assert qr_read(np.zeros((480, 640, 3), np.uint8)) is None


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(InvalidInput) as error:
        qr_of_jpeg(b"no jpeg")
    assert error.value.code.startswith("image.")


def test_the_drawn_code_carries_no_name_and_is_an_element_for_a_page() -> None:
    svg = qr_svg(CONTENT)
    assert svg.startswith("<svg")
    assert "script" not in svg


@pytest.mark.django_db
def test_a_badge_is_its_persons_and_its_token_is_not_stored(person: Person, staff_user: User) -> None:
    badge, content = badge_issue(person=person, user=staff_user)
    assert re.fullmatch(r"FR1:[A-Za-z0-9_-]{24}", content)
    assert badge_person(content) == person
    assert content not in str(Badge.objects.values())
    assert content.removeprefix("FR1:") not in str(Badge.objects.values())
    assert badge.issued_by == staff_user


@pytest.mark.django_db
def test_a_new_one_ends_the_old_one(person: Person, staff_user: User) -> None:
    _, old = badge_issue(person=person, user=staff_user)
    _, new = badge_issue(person=person, user=staff_user)
    assert old != new
    assert badge_person(new) == person
    with pytest.raises(NotAllowed) as error:
        badge_person(old)
    assert error.value.code == "badge.revoked"
    assert Badge.objects.filter(person=person, revoked_at__isnull=False, revoked_by=staff_user).count() == 1


@pytest.mark.django_db
def test_one_that_was_revoked_opens_nothing(person: Person, staff_user: User) -> None:
    _, content = badge_issue(person=person, user=staff_user)
    assert badge_revoke(person=person, user=staff_user)
    assert not badge_revoke(person=person, user=staff_user)
    with pytest.raises(NotAllowed) as error:
        badge_person(content)
    assert error.value.code == "badge.revoked"


@pytest.mark.django_db
def test_who_has_left_gets_none_and_uses_none(person: Person, staff_user: User) -> None:
    _, content = badge_issue(person=person, user=staff_user)
    person.active = False
    person.save()
    with pytest.raises(NotAllowed) as revoked:
        badge_person(content)
    with pytest.raises(Conflict) as inactive:
        badge_issue(person=person, user=staff_user)
    assert (revoked.value.code, inactive.value.code) == ("badge.revoked", "badge.inactive")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content", ["https://example.org/", "FR1:", "", CONTENT, CONTENT[4:], "FR1:" + "a" * 9000]
)
def test_any_other_code_is_unknown(content: str, person: Person, staff_user: User) -> None:
    badge_issue(person=person, user=staff_user)
    with pytest.raises(InvalidInput) as error:
        badge_person(content)
    assert error.value.code == "badge.unknown"


@pytest.mark.django_db(transaction=True)
def test_of_two_issued_at_once_one_is_valid(person: Person, staff_user: User) -> None:
    start, issued = threading.Barrier(2), []

    def issue() -> None:
        try:
            start.wait()
            issued.append(badge_issue(person=person, user=staff_user)[1])
        finally:
            connection.close()

    threads = [threading.Thread(target=issue) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(issued) == 2
    assert Badge.objects.filter(revoked_at__isnull=True).count() == 1
