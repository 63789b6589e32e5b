"""``manage.py serve``: everything in one process, for the embedded default."""

from __future__ import annotations

import signal
import socket
import sys
from types import FrameType
from typing import Any, NoReturn

import waitress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.wsgi import get_wsgi_application
from tzlocal import get_localzone_name

from faceroster import vision
from faceroster.api.uploads import MAX_PICTURE_BODY
from faceroster.classifiers import training
from faceroster.enrollment import demo, embedders, pipeline
from faceroster.kiosks.services import kiosk_invitation
from faceroster.people.models import Site
from workers import first_run
from workers.app import load_models
from workers.embedded import EmbeddedWorker

#: Bytes of a request or an answer that the web server holds: a picture, whatever way it comes.
_IN_MEMORY = 2 * MAX_PICTURE_BODY


class Command(BaseCommand):
    help = "Set up what is missing, then run web server and worker in this one process (Ctrl-C stops both)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--threads", type=int, default=8, help="Web requests answered at a time.")

    def handle(self, *, host: str, port: int, threads: int, **options: Any) -> None:
        if settings.CELERY_BROKER_URL != "memory://":
            raise CommandError(
                "serve is for the embedded settings; docs/configuration.md has the processes of production."
            )
        # Both, even where a script started us in the background and so had SIGINT ignored.
        signal.signal(signal.SIGINT, _interrupt)
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            with first_run.home_held(settings.HOME):
                self._serve(host, port, threads)
        except first_run.InUse as error:
            raise CommandError(
                f"FaceRoster is already running with its data in {error}. Stop it first, or give this one "
                f"a folder of its own: FACEROSTER_HOME=other make run PORT={port + 1}"
            ) from error

    def _serve(self, host: str, port: int, threads: int) -> None:
        # Taken before anything is done: who cannot have the port must not touch the data.
        listener = _listen(host, port)
        self.stdout.write("Starting …")
        vision.start_quietly()  # forks, so before the first thread
        server = waitress.create_server(
            get_wsgi_application(),
            sockets=[listener],
            threads=threads,
            ident=None,
            # What is larger it would write to a file, and no picture may lie on the disk unsealed.
            inbuf_overflow=_IN_MEMORY,
            outbuf_overflow=_IN_MEMORY,
            # It would take X-Forwarded-For away; trust.addresses decides whose is believed.
            clear_untrusted_proxy_headers=not settings.FACEROSTER_TRUSTED_PROXIES,
        )
        worker = EmbeddedWorker()
        try:
            first_run.database_prepare()
            if password := first_run.admin_create():
                # At once: what follows takes a while, and may be interrupted.
                self.stdout.write(f"Your administrator: user admin, password {password} (shown this once)")
            worker.start()
            self.stdout.write("Loading the face models …")
            load_models()
            pipeline.photos_requeue_lost(all_claims=True)
            training.trainings_requeue_lost(all_claims=True)
            if told := embedders.mismatch():
                self.stdout.write(told)
            if first_run.demo_wanted():
                first_run.demo_enroll(timezone=get_localzone_name() or "UTC")
            self._announce(address_of(host, port))
            server.run()
        except KeyboardInterrupt:
            pass
        finally:
            # Stopping takes seconds. Another Ctrl-C meanwhile must not cut tasks in hand short.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            server.close()
            worker.stop()
        self.stdout.write("Stopped.")
        sys.stdout.flush()

    def _announce(self, address: str) -> None:
        write = self.stdout.write
        write("\nFaceRoster is running. Ctrl-C stops it.\n")
        write(f"  Admin    {address}/admin/   (as the administrator of the first start)")
        site = Site.objects.filter(name=demo.SITE).first() if settings.FACEROSTER["DEMO"] else None
        write(f"  Kiosk    {address}/kiosk/")
        if site:
            invite = kiosk_invitation(site)
            write(f"           {address}/kiosk/?camera=demo&invite={invite}")
            write("           (this link makes your browser a kiosk with a demo camera; good for 15 minutes)")
        write(f"  Reports  {address}/reports/")
        write(f"  API      {address}/api/docs/\n")
        self.stdout.flush()


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds a server that listens on ``host``.

    “All addresses” is none to type, and no name that is answered (FACEROSTER_HOSTS).
    """
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise CommandError(
            f"Port {port} on {host} is taken or not allowed ({error.strerror}). "
            f"Choose another: make run PORT={port + 1}"
        ) from error


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
