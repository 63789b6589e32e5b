"""A receiver of webhooks: a real HTTP server in a thread, which answers as the test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import LazySettings

from faceroster.notices.models import Event, Webhook
from faceroster.notices.webhooks import webhook_create
from faceroster.people.models import Person
from faceroster.trust.models import Role, User

#: A Wednesday, noon in Berlin.
NOW = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)


@dataclass
class Receiver:
    """``answers``: statuses to give, the last one again and again; "silent" takes the message and says
    nothing, "drip" answers so slowly that it never ends.
    """

    url: str = ""
    answers: list[int | str] = field(default_factory=lambda: [204])
    taken: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    body: bytes = b"thank you"
    location: str = ""
    over: threading.Event = field(default_factory=threading.Event)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.taken.append((self.path, dict(self.headers.items()), body))
            answer = receiver.answers[0] if len(receiver.answers) == 1 else receiver.answers.pop(0)
            if answer == "silent":
                receiver.over.wait(30)
                return
            if answer == "drip":
                while not receiver.over.wait(0.02):
                    try:
                        self.wfile.write(b"X")
                    except OSError:
                        return
                return
            self.send_response(int(answer))
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/hook?of=tests"
    yield found
    found.over.set()
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def local_allowed(settings: LazySettings) -> None:
    settings.FACEROSTER = {**settings.FACEROSTER, "WEBHOOK_NETWORKS": ["127.0.0.0/8", "::1/128"]}


@pytest.fixture
def webhook(db: None, receiver: Receiver, local_allowed: None) -> Webhook:
    return webhook_create(name="payroll", url=receiver.url, events=[Event.LATE, Event.WEEKLY])[0]


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(name: str, role: Role = Role.PERSON, person: Person | None = None, **kwargs: Any) -> User:
        kwargs.setdefault("email", f"{name}@example.org")
        user = User.objects.create_user(name, password="a long enough password", role=role, **kwargs)
        if person is not None:
            person.user = user
            person.save(update_fields=["user"])
        return user

    return make


@pytest.fixture
def boss(manager_user: User) -> User:
    """The manager of ``department``, who can be written to."""
    manager_user.email = "mona@example.org"
    manager_user.save(update_fields=["email"])
    return manager_user


@pytest.fixture
def own_user(make_user: Callable[..., User], person: Person) -> User:
    """The user that ``person`` signs in with."""
    return make_user("petra", Role.PERSON, person)
