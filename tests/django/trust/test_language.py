"""Which language a page is in, and who decides it."""

from __future__ import annotations

from django.test import Client


def shown(client: Client, **headers: str) -> tuple[str, str]:
    """Language and direction of the sign-in page's or the board's html element."""
    page = client.get("/reports/", follow=True, headers=headers).content.decode()
    tag = page[page.index("<html") : page.index(">", page.index("<html"))]
    return tag.split('lang="')[1].split('"')[0], tag.split('dir="')[1].split('"')[0]


def test_the_browser_decides_until_somebody_chooses(db, manager_client, manager_user):
    assert shown(manager_client) == ("en", "ltr")
    assert shown(manager_client, accept_language="de-AT,en;q=0.5") == ("de", "ltr")
    answer = manager_client.post("/language/", {"language": "ar", "next": "/reports/day/"})
    assert (answer.status_code, answer["Location"]) == (302, "/reports/day/")
    assert shown(manager_client, accept_language="de") == ("ar", "rtl")


def test_a_choice_follows_the_user_to_another_machine(manager_client, manager_user):
    manager_client.post("/language/", {"language": "fr"})
    elsewhere = Client()
    elsewhere.force_login(manager_user)
    assert shown(elsewhere, accept_language="de") == ("fr", "ltr")


def test_without_signing_in_the_browser_keeps_the_choice(client, db):
    client.post("/language/", {"language": "es"})
    assert shown(client) == ("es", "ltr")


def test_no_other_language_and_no_other_site(manager_client, manager_user):
    for language in ("", "xx", "../de", "de-AT"):
        answer = manager_client.post("/language/", {"language": language, "next": "https://example.org/"})
        assert answer["Location"] == "/"
    manager_user.refresh_from_db()
    assert manager_user.language == ""
    assert manager_client.get("/language/").status_code == 405
