"""Take the pictures of pages that the docs show, of a made-up company and at a working hour.

    python -m tools.screenshots [FOLDER]

Writes today, timesheet and reports at two widths to ``docs/images``, or to FOLDER. Everything else that it
makes lies in a temporary folder and goes with it. Nobody in the pictures exists.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
SIZES = ((1280, 860), (390, 844))
#: A picture has at most so many bytes.
MOST = 250_000


def _serve() -> tuple[Any, str]:
    """A web server without a worker, in threads of this process, which share its clock."""
    import waitress
    from django.core.wsgi import get_wsgi_application

    server = waitress.create_server(get_wsgi_application(), host="127.0.0.1", port=0, ident=None, threads=8)
    threading.Thread(target=server.run, daemon=True).start()
    return server, f"http://127.0.0.1:{server.effective_port}"


def _working_hour(now: datetime) -> datetime:
    """Thursday of a week that is over: the afternoon in Berlin, and the morning in Chicago."""
    day = now - timedelta(days=now.weekday() + 4)
    return day.replace(hour=14, minute=35, second=0, microsecond=0)


def _pages(manager: Any) -> dict[str, str]:
    from django.utils import timezone

    from faceroster.people.models import Department

    busiest = Department.objects.filter(managers=manager).order_by("name")[0]
    over = timezone.now().replace(day=1) - timedelta(days=1)
    month, first = f"{over:%Y-%m}", f"{over - timedelta(days=70):%Y-%m}"
    return {
        "today": "/reports/today/",
        "timesheet": f"/reports/timesheets/?department={busiest.pk}&month={month}",
        "reports": f"/reports/charts/?department={busiest.pk}&from={first}&to={month}&by=week",
    }


def _shoot(url: str, session: str, pages: dict[str, str], folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    from tests.support.browser import CHROMIUM, FLAGS

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for width, height in SIZES:
            window = chromium.new_context(
                viewport={"width": width, "height": height}, color_scheme="light", reduced_motion="reduce"
            )
            window.add_cookies([{"name": "sessionid", "value": session, "url": url}])
            page = window.new_page()
            for name, path in pages.items():
                page.goto(url + path)
                page.wait_for_load_state("networkidle")
                _store(page.screenshot(), folder / f"{name}-{width}.png")
        chromium.close()


def _store(data: bytes, path: Path) -> None:
    """As PNG with a palette: flat colours lose nothing by it."""
    from PIL import Image

    picture = Image.open(BytesIO(data)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.name}: {size / 1000:.0f} kB")
    if size > MOST:
        raise SystemExit(f"{path.name} is too large for the docs.")


def _session(user: Any) -> str:
    from django.test import Client

    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    now = _working_hour(datetime.now(UTC))
    with tempfile.TemporaryDirectory() as home, mock.patch("django.utils.timezone.now", return_value=now):
        os.environ |= {"FACEROSTER_HOME": home, "DJANGO_SETTINGS_MODULE": "faceroster.settings.embedded"}
        import django

        django.setup()
        from django.core.management import call_command

        from faceroster.trust.models import User
        from workers.first_run import database_prepare

        database_prepare()
        call_command("demo_history", people=100, months=5)
        manager = User.objects.get(username="demo-manager-01")
        server, url = _serve()
        _shoot(url, _session(manager), _pages(manager), folder)
        server.close()


if __name__ == "__main__":
    main()
