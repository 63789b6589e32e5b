"""The kiosk as an app: manifest, service worker, who is signed out, and the administrator's corner."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.hashers import make_password
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from faceroster.core.errors import FaceRosterError
from faceroster.kiosks import shell
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.webapp import CORNER_TRIES, corner_check
from faceroster.trust.models import User

PIN = "73915"


@pytest.fixture
def with_pin(kiosk: Kiosk) -> Kiosk:
    assert kiosk.site is not None
    kiosk.site.kiosk_pin = make_password(PIN)
    kiosk.site.save()
    return kiosk


def _corner(browser: Client, pin: Any, **headers: str) -> Any:
    headers = headers or {"X-FaceRoster-Kiosk": "1"}
    return browser.post("/kiosk/corner", {"pin": pin}, content_type="application/json", headers=headers)


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def _size(name: str) -> tuple[int, int]:
    data = Path(str(finders.find(name))).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])


def test_the_manifest_makes_an_app_of_the_page(client: Client, db: None) -> None:
    answer = client.get("/kiosk/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    app = answer.json()
    assert (app["start_url"], app["scope"], app["display"]) == ("/kiosk/", "/kiosk/", "fullscreen")
    assert {(icon["sizes"], icon["purpose"]) for icon in app["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in app["icons"]:
        name = icon["src"].removeprefix("/static/")
        assert "x".join(map(str, _size(name))) == icon["sizes"]


def test_the_manifest_speaks_the_browsers_language(client: Client, db: None) -> None:
    arabic = client.get("/kiosk/manifest.webmanifest", headers={"Accept-Language": "ar"}).json()
    assert (arabic["lang"], arabic["dir"]) == ("ar", "rtl")


def _shell(client: Client) -> dict[str, Any]:
    answer = client.get("/kiosk/sw.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    found = re.match(r"self\.SHELL = (\{.*\});\n", answer.content.decode())
    assert found
    return dict(json.loads(found[1]))


def test_the_service_worker_keeps_what_the_page_loads(client: Client, browser_of_kiosk: Client) -> None:
    files = _shell(client)["files"]
    page = browser_of_kiosk.get("/kiosk/").content.decode()
    asked = set(re.findall(r'(?:href|src)="(/static/kiosks/[^"]+)"', page))
    assert asked
    assert asked <= set(files)
    scripts = {file for file in files if file.endswith(".js")}
    for script in scripts:
        text = Path(str(finders.find(script.removeprefix("/static/")))).read_text()
        for name in re.findall(r'from "\./([a-z_-]+\.js)"', text):
            assert f"/static/kiosks/{name}" in scripts, f"{script} imports {name}"
    assert not any("frames" in file or Path(file).stem == "state" for file in files)


def test_the_version_changes_with_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = tmp_path / "kiosk.js"
    one.write_text("1")
    monkeypatch.setattr(shell, "_paths", lambda: [one])
    first = shell.shell_version()
    assert first == shell.shell_version()
    one.write_text("22")
    assert shell.shell_version() != first


def test_with_digests_in_their_names_the_scripts_are_mapped(
    settings: Any, tmp_path: Path, browser_of_kiosk: Client
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **project.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    names = shell.import_map()
    assert re.fullmatch(r"/static/kiosks/band\.[0-9a-f]{12}\.js", names["/static/kiosks/band.js"])
    page = browser_of_kiosk.get("/kiosk/").content.decode()
    found = re.search(r'<script type="importmap" nonce="[^"]+">(.*?)</script>', page)
    assert found
    assert json.loads(found[1]) == {"imports": names}
    assert page.index("importmap") < page.index('type="module"')
    kept = _shell(browser_of_kiosk)
    assert kept["hashed"]
    assert set(names.values()) - set(kept["files"]) <= {names["/static/kiosks/service.js"]} | {
        file for plain, file in names.items() if "/coach" in plain
    }


def test_a_browser_that_is_a_kiosk_is_signed_out(browser_of_kiosk: Client, staff_user: User) -> None:
    browser_of_kiosk.force_login(staff_user)
    page = browser_of_kiosk.get("/kiosk/").content.decode()
    assert 'id="signed-out"' in page
    assert "_auth_user_id" not in browser_of_kiosk.session
    assert browser_of_kiosk.get("/admin/").status_code == 302
    assert 'id="signed-out"' not in browser_of_kiosk.get("/kiosk/").content.decode()


def test_one_that_only_shows_a_code_is_not(client: Client, staff_user: User) -> None:
    client.force_login(staff_user)
    assert client.get("/kiosk/").status_code == 200
    assert client.get("/admin/").status_code == 200


def test_the_right_pin_opens_the_corner(browser_of_kiosk: Client, with_pin: Kiosk) -> None:
    answer = _corner(browser_of_kiosk, PIN)
    assert (answer.status_code, answer.json()) == (200, {"open": True})


def test_the_corner_needs_a_kiosk_its_page_and_a_pin(
    client: Client, browser_of_kiosk: Client, kiosk: Kiosk
) -> None:
    assert _code(_corner(client, PIN)) == (401, "kiosk.not_paired")
    assert _code(_corner(browser_of_kiosk, PIN)) == (409, "kiosk.corner_unset")
    assert kiosk.site is not None
    kiosk.site.kiosk_pin = make_password(PIN)
    kiosk.site.save()
    assert _code(_corner(browser_of_kiosk, PIN, Accept="*/*")) == (403, "kiosk.header_missing")
    assert _code(_corner(browser_of_kiosk, 73915)) == (400, "kiosk.corner_unreadable")
    assert _code(_corner(browser_of_kiosk, "9" * 2000)) == (400, "kiosk.corner_unreadable")
    assert _code(_corner(browser_of_kiosk, "00000")) == (403, "kiosk.corner_wrong")


@pytest.mark.parametrize(
    "body",
    [b'{"pin": "\\ud800"}', b'{"pin": "1\\udfff2"}', b"[" * 990, b'{"pin": [1]}', b'{"pin": "\xff"}', b"7"],
)
def test_what_is_no_text_is_no_pin(browser_of_kiosk: Client, with_pin: Kiosk, body: bytes) -> None:
    answer = browser_of_kiosk.post(
        "/kiosk/corner", body, content_type="application/json", headers={"X-FaceRoster-Kiosk": "1"}
    )
    assert _code(answer) == (400, "kiosk.corner_unreadable")


def test_five_wrong_pins_close_the_corner(browser_of_kiosk: Client, with_pin: Kiosk) -> None:
    for _ in range(CORNER_TRIES):
        assert _code(_corner(browser_of_kiosk, "00000")) == (403, "kiosk.corner_wrong")
    assert _code(_corner(browser_of_kiosk, PIN)) == (429, "kiosk.corner_too_many")


def test_the_right_pin_forgets_the_wrong_ones(browser_of_kiosk: Client, with_pin: Kiosk) -> None:
    for _ in range(3):
        for _ in range(CORNER_TRIES - 1):
            assert _code(_corner(browser_of_kiosk, "00000")) == (403, "kiosk.corner_wrong")
        assert _corner(browser_of_kiosk, PIN).status_code == 200


def test_many_at_once_are_not_more_than_five(with_pin: Kiosk) -> None:
    def guess(number: int) -> str:
        try:
            corner_check(with_pin, f"{number:05}")
        except FaceRosterError as error:
            return error.code
        return "open"

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(guess, range(16)))
    assert codes.count("kiosk.corner_wrong") == CORNER_TRIES
    assert codes.count("kiosk.corner_too_many") == 16 - CORNER_TRIES
