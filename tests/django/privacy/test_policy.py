"""The policy and the sign: for everybody, in every language, and true."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
import segno
from django.test import Client
from django.urls import reverse

from faceroster.passes.qr import qr_read
from faceroster.people.models import Person
from faceroster.privacy.models import Kind
from faceroster.privacy.retention.rules import days_set
from faceroster.trust.models import User

PAGES = ["privacy:policy", "privacy:sign"]


def _text(name: str, **headers: str) -> str:
    answer = Client().get(reverse(name), headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "ar"])
@pytest.mark.parametrize("name", PAGES)
def test_they_are_public_in_every_language(name: str, language: str, db: None) -> None:
    page = _text(name, **{"Accept-Language": language})
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"' in page


def test_the_policy_says_the_real_days(admin_user: User) -> None:
    for kind, days in ((Kind.DECISIONS, 417), (Kind.LEFT_PEOPLE, 519), (Kind.NOT_ME, 0)):
        days_set(kind=kind, days=days, user=admin_user)
    page = _text("privacy:policy", **{"Accept-Language": "en"})
    assert "417 days" in page
    assert "519 days after you leave" in page
    assert "Until you are erased" in page


@pytest.mark.parametrize("name", PAGES)
def test_they_say_who_is_responsible_or_that_nobody_wrote_it(name: str, settings: Any, db: None) -> None:
    english = {"Accept-Language": "en"}
    # Words of the hint on one page or the other.
    assert "filled this in yet" in _text(name, **english) or "Not filled in yet" in _text(name, **english)
    settings.FACEROSTER = {
        **settings.FACEROSTER,
        "PRIVACY_RESPONSIBLE": "Mill & <Sons>",
        "PRIVACY_CONTACT": "privacy@mill.example",
        "PRIVACY_AUTHORITY": "Office of Data, Milltown",
    }
    page = _text(name, **english)
    assert "Mill &amp; &lt;Sons&gt;" in page
    assert "privacy@mill.example" in page
    assert "illed in yet" not in page
    assert "filled this in" not in page
    assert ("Office of Data, Milltown" in page) == (name == "privacy:policy")


def test_the_code_on_the_sign_leads_to_the_policy(settings: Any, db: None) -> None:
    settings.FACEROSTER_BASE_URL = "https://faces.mill.example"
    page = _text("privacy:sign")
    address = "https://faces.mill.example/privacy/"
    assert address in page
    code = segno.make(address, error="q", micro=False)
    assert code.svg_inline(omitsize=True, border=4, light="#fff") in page
    # And what was drawn is read by a camera as that address.
    picture = np.array([[0 if dark else 255 for dark in row] for row in code.matrix_iter(scale=6, border=4)])
    assert qr_read(cv2.cvtColor(picture.astype(np.uint8), cv2.COLOR_GRAY2RGB)) == address


def test_it_is_linked_from_where_people_are(person_client: Client, person: Person) -> None:
    link = f'href="{reverse("privacy:policy")}"'
    assert link in Client().get(reverse("login")).content.decode()
    for name in ("me:home", "me:data"):
        assert link in person_client.get(reverse(name)).content.decode()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_in_them_is_inline(name: str, db: None) -> None:
    page = _text(name)
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page
