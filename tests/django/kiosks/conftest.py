"""A paired kiosk's browser, and a gallery of demo people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import translation
from playwright.sync_api import Browser, Page, expect, sync_playwright

from faceroster import jobs
from faceroster.enrollment.models import PhotoSource
from faceroster.enrollment.probes import probe_take
from faceroster.enrollment.services import photo_add
from faceroster.kiosks.access import COOKIE
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.services import visit_answer, visit_decide
from faceroster.people.models import Liveness, Person, Site
from tests.support.browser import FLAGS, chromium_or_skip
from tests.support.kiosk_page import CAMERA, Worker, expect_state
from tests.support.kiosks import paired_device

#: Demo people's photos that enroll them; the others stand before the camera.
ENROLLED_WITH = (1, 2, 3)


@pytest.fixture
def paired(site: Site) -> tuple[Kiosk, Client]:
    """An active kiosk and a test client that holds its cookie and signs as its device does.

    Its site takes whoever is recognised for live: most tests are about who it is.
    """
    site.liveness = Liveness.OFF
    site.save()
    kiosk, client = paired_device(site)
    client.defaults.pop("HTTP_X_FACEROSTER_KIOSK")  # the tests say themselves when they send it
    return kiosk, client


@pytest.fixture
def kiosk(paired: tuple[Kiosk, Client]) -> Kiosk:
    return paired[0]


@pytest.fixture
def browser_of_kiosk(paired: tuple[Kiosk, Client]) -> Client:
    return paired[1]


@pytest.fixture
def enroll(
    make_person: Callable[..., Person], demo_photo: Callable[[int, int], bytes], run_jobs: Callable[[], None]
) -> Callable[..., list[Person]]:
    """``enroll(0, 1)``: put demo people number 0 and 1 into the gallery."""

    def add(*numbers: int) -> list[Person]:
        people = [make_person(name=f"Demo {i}") for i in numbers]
        for person, i in zip(people, numbers, strict=True):
            for n in ENROLLED_WITH:
                photo_add(person=person, data=demo_photo(i, n), source=PhotoSource.DEMO)
        run_jobs()
        return people

    return add


@pytest.fixture
def worker_at_hand(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """``jobs.call`` does the worker's part here and now. The list fills with the tasks called."""
    called: list[str] = []

    def call(
        task: str,
        kiosk_id: str,
        probe_id: str,
        language: str,
        received: float,
        challenge: str,
        *,
        timeout: float,
    ) -> dict[str, Any]:
        from faceroster.core.errors import FaceRosterError

        called.append(task)
        try:
            kiosk = Kiosk.objects.select_related("site").get(pk=UUID(kiosk_id))
            with translation.override(language):
                frame = probe_take(probe_id)
                return visit_answer(visit_decide(kiosk=kiosk, frame=frame, challenge=challenge))
        except FaceRosterError as error:
            return {"error": {"code": error.code, "message": error.message, "status": error.status}}

    monkeypatch.setattr(jobs, "call", call)
    return called


@pytest.fixture
def set_demo(settings: Any) -> Callable[[bool], None]:
    """Switch the demo on or off."""

    def switch(on: bool) -> None:
        settings.FACEROSTER = {**settings.FACEROSTER, "DEMO": on}

    return switch


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = chromium_or_skip()
    flags = [*FLAGS, "--host-resolver-rules=MAP kiosk.test 127.0.0.1"]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread; Django is called by the tests only.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        expect.set_options(timeout=40_000)  # a greeting stays for five seconds, and the machine may be busy
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def page(transactional_db: None, live_server: Any, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(base_url=live_server.url, service_workers="block")  # tests route
    context.set_default_timeout(40_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(CAMERA)
    yield page
    context.close()
    assert not errors


@pytest.fixture
def at_the_door(page: Page, live_server: Any, paired: tuple[Kiosk, Client]) -> Worker:
    """The page of a paired kiosk, opened, with a worker that sees nobody."""
    Kiosk.objects.update(public_key="")  # the page brings the key of its own browser
    secret = paired[1].cookies[COOKIE].value
    page.context.add_cookies([{"name": COOKIE, "value": secret, "url": f"{live_server.url}/kiosk/"}])
    worker = Worker(page)
    page.goto("/kiosk/")
    expect_state(page, "nobody")
    page.evaluate("window.moving = true")
    return worker
