"""How a browser becomes a kiosk, and how it stops being one."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.core import signing
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from faceroster.core.errors import Conflict, FaceRosterError, InvalidInput
from faceroster.kiosks import pairing
from faceroster.kiosks.access import COOKIE, UNPAIRED
from faceroster.kiosks.models import Kiosk, KioskStatus
from faceroster.kiosks.selectors import secret_digest
from faceroster.kiosks.services import kiosk_approve, kiosk_invitation, kiosk_revoke
from faceroster.people.models import Site
from faceroster.trust.models import User
from tests.support.kiosks import DeviceClient

PAGE = "/kiosk/"


def _later(**kwargs: float) -> mock._patch[mock.MagicMock]:
    return mock.patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(**kwargs))


def test_a_browser_is_paired_by_the_code_it_shows(staff_user: User, site: Site) -> None:
    client = DeviceClient()
    page = client.get(PAGE)
    assert client.register().status_code == 200
    kiosk = Kiosk.objects.get()
    assert kiosk.status == KioskStatus.PENDING
    assert kiosk.pairing_code in page.content.decode()
    assert len(kiosk.pairing_code) == 6
    assert set(kiosk.pairing_code) <= set(pairing.CODE_ALPHABET)
    assert client.get("/kiosk/state").json()["code"] == kiosk.pairing_code
    typed = f" {kiosk.pairing_code[:3].lower()}-{kiosk.pairing_code[3:]} "
    kiosk_approve(code=typed, name=" Main entrance ", site=site, user=staff_user)
    kiosk.refresh_from_db()
    assert (kiosk.status, kiosk.name, kiosk.site, kiosk.paired_by) == (
        KioskStatus.ACTIVE,
        "Main entrance",
        site,
        staff_user,
    )
    assert kiosk.pairing_code == ""
    state = client.get("/kiosk/state").json()
    assert (state["status"], state["site"], state["zone"]) == ("active", site.name, site.timezone)
    assert 'data-kiosk="active"' in client.get(PAGE).content.decode()
    assert Kiosk.objects.count() == 1


def test_a_browsers_own_name_is_kept_without_what_cannot_be_stored(client: Client, db: None) -> None:
    client.get(PAGE, headers={"User-Agent": "a\0tablet" + "x" * 300})
    assert Kiosk.objects.get().user_agent == "atablet" + "x" * 248


def test_the_secret_is_in_a_strict_cookie_and_only_its_digest_is_stored(client: Client, db: None) -> None:
    cookie = client.get(PAGE, secure=True).cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/kiosk/")
    assert cookie["secure"]
    assert len(cookie.value) >= 43, "256 bits in base64"
    kiosk = Kiosk.objects.get()
    assert kiosk.secret_digest == secret_digest(cookie.value)
    assert cookie.value not in str(vars(kiosk))
    assert not Client().get(PAGE).cookies[COOKIE]["secure"], "or a kiosk on plain HTTP would never be paired"


def test_the_page_goes_on_with_the_same_kiosk(client: Client, db: None) -> None:
    client.get(PAGE)
    code = Kiosk.objects.get().pairing_code
    client.get(PAGE)
    assert Kiosk.objects.get().pairing_code == code
    Client().get(PAGE)
    assert Kiosk.objects.count() == 2


def test_an_old_code_is_refused_and_the_page_gets_a_new_one(
    client: Client, staff_user: User, site: Site
) -> None:
    client.get(PAGE)
    old = Kiosk.objects.get().pairing_code
    with _later(minutes=10, seconds=1):
        with pytest.raises(Conflict) as error:
            kiosk_approve(code=old, name="Door", site=site, user=staff_user)
        assert error.value.code == "kiosk.code_expired"
        state = client.get("/kiosk/state").json()
        assert state["code"] == Kiosk.objects.get().pairing_code != old
        assert state["expires_in"] == 600
        kiosk_approve(code=state["code"], name="Door", site=site, user=staff_user)


def test_wrong_codes_are_limited_per_user(
    client: Client, staff_user: User, admin_user: User, site: Site
) -> None:
    client.get(PAGE)
    right = Kiosk.objects.get().pairing_code
    for _ in range(10):
        with pytest.raises(InvalidInput) as unknown:
            kiosk_approve(code="AAAAAA", name="Door", site=site, user=staff_user)
        assert unknown.value.code == "kiosk.code_unknown"
    with pytest.raises(FaceRosterError) as limit:
        kiosk_approve(code=right, name="Door", site=site, user=staff_user)
    assert (limit.value.code, limit.value.status) == ("kiosk.too_many_guesses", 429)
    kiosk_approve(code=right, name="Door", site=site, user=admin_user)


def test_a_kiosk_needs_a_name(client: Client, staff_user: User, site: Site) -> None:
    client.get(PAGE)
    with pytest.raises(InvalidInput, match=r"kiosk\.name_missing"):
        kiosk_approve(code=Kiosk.objects.get().pairing_code, name="  ", site=site, user=staff_user)
    assert Kiosk.objects.get().status == KioskStatus.PENDING


def test_a_code_works_once(client: Client, staff_user: User, site: Site) -> None:
    client.get(PAGE)
    code = Kiosk.objects.get().pairing_code
    kiosk_approve(code=code, name="Door", site=site, user=staff_user)
    with pytest.raises(InvalidInput, match=r"kiosk\.code_unknown"):
        kiosk_approve(code=code, name="Door", site=site, user=staff_user)


def test_two_pending_kiosks_never_share_a_code(client: Client, db: None) -> None:
    client.get(PAGE)
    taken = Kiosk.objects.get().pairing_code
    with pytest.raises(IntegrityError), transaction.atomic():
        Kiosk.objects.create(secret_digest="x", pairing_code=taken)
    draws = iter(taken + "ABCDEF")
    with mock.patch.object(pairing.secrets, "choice", side_effect=lambda _: next(draws)):
        Client().get(PAGE)
    assert set(Kiosk.objects.values_list("pairing_code", flat=True)) == {taken, "ABCDEF"}


def test_one_address_may_not_make_pending_kiosks_without_end(db: None) -> None:
    answers = [Client().get(PAGE, REMOTE_ADDR="192.0.2.1").status_code for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2
    assert Kiosk.objects.count() == 10
    assert Client().get(PAGE, REMOTE_ADDR="192.0.2.2").status_code == 200


def test_abandoned_pending_kiosks_go(client: Client, db: None, kiosk: Kiosk) -> None:
    client.get(PAGE)
    with _later(minutes=21):
        Client().get(PAGE)
        assert Kiosk.objects.filter(status=KioskStatus.PENDING).count() == 1
        assert client.get("/kiosk/state").status_code == 401
    assert Kiosk.objects.filter(pk=kiosk.pk).exists()


def test_a_revoked_kiosk_is_refused_and_its_page_returns_to_pairing(
    kiosk: Kiosk, browser_of_kiosk: Client, staff_user: User
) -> None:
    before = browser_of_kiosk.cookies[COOKIE].value
    kiosk_revoke(kiosk=kiosk, user=staff_user)
    for answer in (
        browser_of_kiosk.get("/kiosk/state"),
        browser_of_kiosk.post("/kiosk/frames", b"x", content_type="image/jpeg"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "kiosk.revoked")
    page = browser_of_kiosk.get(PAGE)
    assert 'data-kiosk="pending"' in page.content.decode()
    assert "unpaired by staff" in page.content.decode()
    assert browser_of_kiosk.cookies[COOKIE].value != before
    kiosk.refresh_from_db()
    assert kiosk.status == KioskStatus.REVOKED


def test_it_is_said_until_it_is_paired_again_that_staff_unpaired_it(
    kiosk: Kiosk, browser_of_kiosk: Client, staff_user: User, site: Site
) -> None:
    """Not only by the first answer, which may be lost on the way and gives the browser its new secret."""
    kiosk_revoke(kiosk=kiosk, user=staff_user)
    for _ in range(3):
        assert "unpaired by staff" in browser_of_kiosk.get(PAGE).content.decode()
    pending = Kiosk.objects.get(status=KioskStatus.PENDING)
    kiosk_approve(code=pending.pairing_code, name="Door", site=site, user=staff_user)
    assert browser_of_kiosk.cookies[UNPAIRED].value
    assert 'data-kiosk="active"' in browser_of_kiosk.get(PAGE).content.decode()
    assert not browser_of_kiosk.cookies[UNPAIRED].value
    assert "unpaired by staff" not in Client().get(PAGE).content.decode()


def test_what_was_never_paired_cannot_be_revoked(client: Client, staff_user: User) -> None:
    client.get(PAGE)
    with pytest.raises(Conflict, match=r"kiosk\.pending"):
        kiosk_revoke(kiosk=Kiosk.objects.get(), user=staff_user)


def test_an_invitation_pairs_one_browser_once(site: Site) -> None:
    client = DeviceClient()
    token = kiosk_invitation(site)
    answer = client.get(PAGE, {"camera": "demo", "invite": token})
    assert (answer.status_code, answer["Location"]) == (302, "/kiosk/?camera=demo")
    kiosk = Kiosk.objects.get()
    assert (kiosk.status, kiosk.site) == (KioskStatus.ACTIVE, site)
    assert site.name in kiosk.name
    client.register()
    assert client.get("/kiosk/state").json()["status"] == "active"
    again = Client().get(PAGE, {"invite": token})
    assert "already made a kiosk" in again.content.decode()
    assert Kiosk.objects.filter(status=KioskStatus.ACTIVE).count() == 1
    assert client.get(PAGE, {"invite": kiosk_invitation(site)}).status_code == 302
    assert Kiosk.objects.filter(status=KioskStatus.ACTIVE).count() == 1, "a kiosk stays the one it is"


@pytest.mark.parametrize("wrong", ["expired", "damaged", "other purpose", "site gone"])
def test_other_invitations_pair_nothing(client: Client, site: Site, wrong: str) -> None:
    token = kiosk_invitation(site)
    seconds = 0
    if wrong == "expired":
        seconds = 15 * 60 + 2
    elif wrong == "damaged":
        token = token[:-2]
    elif wrong == "other purpose":
        token = signing.dumps({"site": str(site.pk), "once": "x"}, salt="something else")
    else:
        site.delete()
    with mock.patch("time.time", return_value=timezone.now().timestamp() + seconds):
        page = client.get(PAGE, {"invite": token})
    assert 'data-kiosk="pending"' in page.content.decode()
    assert 'class="notice" role="alert"' in page.content.decode()
    assert not Kiosk.objects.filter(status=KioskStatus.ACTIVE).exists()


@pytest.mark.parametrize("header", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Purpose": "prefetch"}])
def test_a_kiosk_that_comes_by_a_link_elsewhere_keeps_its_pairing(
    browser_of_kiosk: Client, header: dict[str, str]
) -> None:
    # The browser withholds a SameSite=Strict cookie there: the page must not overwrite it.
    bare = Client().get("/kiosk/?camera=demo", headers=header)
    assert not bare.cookies
    assert 'content="0; url=/kiosk/?camera=demo"' in bare.content.decode()
    assert Kiosk.objects.count() == 1
    assert 'data-kiosk="active"' in browser_of_kiosk.get(PAGE, headers=header).content.decode()


def test_the_cookie_opens_nothing_but_the_kiosk(browser_of_kiosk: Client) -> None:
    for address in ("/admin/", "/reports/", "/api/v1/people/", "/api/v1/kiosks/", "/people/"):
        assert browser_of_kiosk.get(address).status_code in (302, 401, 403, 404), address


def test_invitations_do_not_count_among_those_who_ask(site: Site) -> None:
    """An operator may make as many kiosks as they invite, from one address."""
    for _ in range(12):
        assert Client().get(PAGE, {"invite": kiosk_invitation(site)}).status_code == 302
    assert Kiosk.objects.filter(status=KioskStatus.ACTIVE).count() == 12
