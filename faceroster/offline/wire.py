"""What a device sends, read with distrust: numbers in range, known kinds, the hash that chains the entries.

The digest of an entry is SHA-256 in hex over ``previous + "\\n" + content``, where ``content`` is the JSON
list of chain, key, counter, kind, wall, server, anchor, elapsed and the payload's SHA-256, without
spaces. A payload begins with a random salt: a digest must not let anybody try out PINs.
static/kiosks/queue_seal.js writes the same.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from faceroster import vision
from faceroster.core.errors import InvalidInput
from faceroster.offline.clocks import Anchor
from faceroster.offline.limits import BATCH
from faceroster.offline.models import Kind

#: Before the first entry of a chain there is none.
NOTHING = "0" * 64
_PICTURES = (Kind.BADGE, Kind.FACE)
#: The year 2200 in milliseconds: no clock that anybody means to be right is later.
_LATEST = 7_258_118_400_000
_MOST_COUNTER = 2**53
_TEXT = 200


@dataclass(frozen=True, slots=True)
class Sent:
    """One entry as the device tells it. ``wall`` and the like: milliseconds since 1970 by the device's clock,
    ``server`` by ours. ``genuine``: the digest is that of the content, which may still be untrue.
    """

    key: UUID
    counter: int
    kind: Kind
    wall: int
    server: int | None
    anchor: int | None
    elapsed: int | None
    previous: str
    digest: str
    payload: Mapping[str, str]
    genuine: bool

    @property
    def device_at(self) -> datetime:
        return moment(self.wall)

    @property
    def known(self) -> Anchor | None:
        if self.server is None or self.anchor is None:
            return None
        elapsed = None if self.elapsed is None else timedelta(milliseconds=self.elapsed)
        return Anchor(moment(self.server), moment(self.anchor), elapsed)

    def picture(self) -> bytes:
        """The JPEG. Raises InvalidInput ``image.not_an_image`` when it is no base64."""
        return picture_of(self.payload)


@dataclass(frozen=True, slots=True)
class Batch:
    """``sent``: the device's clock as it sent them."""

    chain: UUID
    sent: datetime
    entries: tuple[Sent, ...]


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def picture_of(payload: Mapping[str, str]) -> bytes:
    """As :meth:`Sent.picture`."""
    try:
        return base64.b64decode(payload.get("jpeg", ""), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput("image.not_an_image", _("This is not a picture.")) from None


def batch_read(body: bytes) -> Batch:
    """The batch in a request's ``body``. An entry that is strange in itself is read as not genuine.

    Raises:
        InvalidInput: ``offline.malformed``: not what the kiosk's page sends.
    """
    try:
        data = json.loads(body)
        entries = data["entries"]
        if not isinstance(entries, list) or not 1 <= len(entries) <= BATCH:
            raise ValueError("entries")
        chain = UUID(data["chain"])
        return Batch(chain, moment(_milliseconds(data["sent"])), tuple(_sent(chain, one) for one in entries))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InvalidInput("offline.malformed", _("These entries cannot be read.")) from None


def _milliseconds(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= _LATEST:
        raise ValueError("milliseconds")
    return value


def _or_none(value: Any) -> int | None:
    return None if value is None else _milliseconds(value)


def _sent(chain: UUID, data: dict[str, Any]) -> Sent:
    key, counter = UUID(data["key"]), data["counter"]
    if type(counter) is not int or not 1 <= counter <= _MOST_COUNTER:
        raise ValueError("counter")
    if data["kind"] == Kind.UNREADABLE:
        wall = _milliseconds(data["wall"])
        return Sent(key, counter, Kind.UNREADABLE, wall, None, None, None, "", "", {}, False)
    kind, payload = Kind(data["kind"]), data["payload"]
    names = ("salt", "jpeg") if kind in _PICTURES else ("salt", "number", "pin")
    payload = {name: _text(payload[name], kind) for name in names}
    times = (
        _milliseconds(data["wall"]),
        _or_none(data["server"]),
        _or_none(data["anchor"]),
        _or_none(data["elapsed"]),
    )
    previous, digest = _text(data["previous"], kind)[:64], _text(data["digest"], kind)[:64]
    content = [str(chain), str(key), counter, kind.value, *times, payload_digest(payload)]
    genuine = digest == digest_of(previous, content)
    return Sent(key, counter, kind, *times, previous, digest, payload, genuine)


def _text(value: Any, kind: Kind) -> str:
    most = 2 * vision.FRAME_MAX_BYTES if kind in _PICTURES else _TEXT
    if not isinstance(value, str) or len(value) > most or "\0" in value:  # which PostgreSQL does not store
        raise ValueError("text")
    value.encode()  # halves of a sign, which nothing can store, are a ValueError too
    return value


def payload_digest(payload: Mapping[str, str]) -> str:
    """Of number and PIN, or of the picture in base64; with the salt."""
    return hashlib.sha256("\n".join(payload.values()).encode()).hexdigest()


def digest_of(previous: str, content: list[Any]) -> str:
    """``content``: as the module says."""
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
