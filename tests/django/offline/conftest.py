"""A kiosk that took punches without the server: what its page would send, made here by itself."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import segno
from django.test import Client
from django.utils import timezone
from PIL import Image

from faceroster.kiosks.models import Kiosk
from faceroster.offline.judging import entries_judge
from faceroster.offline.models import OfflineEntry, OfflineQueue
from faceroster.passes.pins import pin_set
from faceroster.people.models import Person, Site
from tests.support.kiosks import paired_device
from tests.support.pictures import jpeg

MINE = {"X-FaceRoster-Kiosk": "1"}
PIN = "4862"


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@dataclass
class Device:
    """What a kiosk's page keeps while it is offline. ``behind``: how far its clock is behind the server's."""

    client: Client
    chain: UUID = field(default_factory=uuid4)
    counter: int = 0
    digest: str = "0" * 64
    behind: timedelta = timedelta()
    met: datetime | None = None

    def take(self, kind: str, at: datetime, payload: dict[str, str], **changed: Any) -> dict[str, Any]:
        """An entry at ``at``, which the chain goes on from."""
        met = self.met or at - timedelta(minutes=5)
        self.counter += 1
        entry: dict[str, Any] = {
            "key": str(uuid4()),
            "counter": self.counter,
            "kind": kind,
            "wall": milliseconds(at - self.behind),
            "server": milliseconds(met),
            "anchor": milliseconds(met - self.behind),
            "elapsed": milliseconds(at) - milliseconds(met),
            **changed,
        }
        inside = hashlib.sha256("\n".join(payload.values()).encode()).hexdigest()
        content = [str(self.chain), *entry.values(), inside]
        text = json.dumps(content, separators=(",", ":"))
        entry |= {"payload": payload, "previous": self.digest}
        self.digest = entry["digest"] = hashlib.sha256(f"{self.digest}\n{text}".encode()).hexdigest()
        return entry

    def pin(self, person: Person, at: datetime, pin: str = PIN, **changed: Any) -> dict[str, Any]:
        return self.take("pin", at, {"salt": "5a", "number": person.employee_number, "pin": pin}, **changed)

    def picture(self, kind: str, at: datetime, jpeg: bytes) -> dict[str, Any]:
        return self.take(kind, at, {"salt": "5a", "jpeg": base64.b64encode(jpeg).decode()})

    def send(self, *entries: dict[str, Any], sent: datetime | None = None, **more: Any) -> Any:
        wall = milliseconds((sent or timezone.now()) - self.behind)
        body = {"chain": str(self.chain), "sent": wall, "entries": list(entries)}
        options: dict[str, Any] = {"headers": MINE, **more}
        return self.client.post("/kiosk/queue/", body, content_type="application/json", **options)


def badge_picture(content: str) -> bytes:
    """A card with this QR code as a kiosk's camera sees it."""
    buffer = io.BytesIO()
    segno.make(content, error="q", micro=False).save(buffer, kind="png", scale=5, border=4)
    picture = Image.new("RGB", (640, 480), (150, 145, 140))
    picture.paste(Image.open(buffer).convert("RGB"), (200, 120))
    return jpeg(picture)


@pytest.fixture
def grey() -> bytes:
    """Nobody there."""
    return jpeg(Image.new("RGB", (640, 480), (128, 128, 128)))


@pytest.fixture
def kiosk(device: Device) -> Kiosk:
    return Kiosk.objects.get()


@pytest.fixture
def device(site: Site) -> Device:
    """An active kiosk's browser."""
    client = paired_device(site)[1]
    client.defaults.pop("HTTP_X_FACEROSTER_KIOSK")  # the tests say themselves when they send it
    return Device(client)


@pytest.fixture
def with_pin(person: Person) -> Person:
    pin_set(person=person, pin=PIN, user=None)
    return person


@pytest.fixture
def judged(db: None) -> Callable[[], list[OfflineEntry]]:
    """Judge all that waits, as a worker would, and give the entries in the order in which they were taken."""

    def judge() -> list[OfflineEntry]:
        for queue in OfflineQueue.objects.all():
            while entries_judge(queue.pk):
                pass
        return list(OfflineEntry.objects.order_by("queue__created_at", "counter", "created_at"))

    return judge


@pytest.fixture
def noon() -> datetime:
    """Midday of yesterday: whatever the hour is now, it is over and not long ago."""
    return (datetime.now(UTC) - timedelta(days=1)).replace(hour=12, minute=0, second=0, microsecond=0)
