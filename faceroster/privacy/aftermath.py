"""What no transaction covers: files, the cache, and messages and answers that lie with the broker."""

from __future__ import annotations

import base64
import binascii
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.storage import storages
from redis import Redis
from redis.exceptions import RedisError

from faceroster.coaching import shots
from faceroster.kiosks.models import Kiosk
from faceroster.kiosks.sightings import sighting_forget

logger = logging.getLogger(__name__)

Pending = Mapping[str, Sequence[str]]

#: Where each kind of id has files: the folders of the sealed store.
_FOLDERS = {
    "photos": ("photo", "crop"),
    "consents": ("consent",),
    "classifiers": ("classifier",),
    "exports": ("export",),
}


def files_delete(pending: Pending) -> Counter[str]:
    """Delete what signals have not deleted yet, and count every file that is gone."""
    store, done = storages["sealed"], Counter[str]()
    for kind, folders in _FOLDERS.items():
        for key in pending.get(kind, ()):
            name = UUID(key).hex
            for folder in folders:
                path = f"{folder}/{name[:2]}/{name}"
                store.delete(path)
                if not store.exists(path):
                    done[f"files in {folder}/, gone for certain"] += 1
    return done


def caches_forget(pending: Pending) -> Counter[str]:
    """Shots of an enrolment, and what each kiosk is looking at; faces of visits end in seconds."""
    done: Counter[str] = Counter()
    try:
        for key in pending.get("enrolments", ()):
            shots.forget(UUID(key))
            done["cache: enrolments"] += 1
        for kiosk_id in Kiosk.objects.values_list("pk", flat=True):
            sighting_forget(kiosk_id)
            done["cache: looks of kiosks"] += 1
    except RedisError:
        logger.warning("The cache does not answer: what it holds of somebody erased ends in minutes")
    return done


def broker_forget(pending: Pending) -> Counter[str]:
    """Messages that name one of the ids, waiting or taken, and stored answers that do. Only on Redis: in the
    embedded profile they are in the memory of one process, and answers there end after a minute.
    """
    done: Counter[str] = Counter()
    if not settings.CELERY_BROKER_URL.startswith(("redis://", "rediss://", "unix://")):
        return done
    texts = [key.encode() for keys in pending.values() for key in keys]
    try:
        with Redis.from_url(settings.CELERY_BROKER_URL) as broker:
            done["broker: messages"] += _messages_drop(broker, texts)
        with Redis.from_url(settings.CELERY_RESULT_BACKEND) as results:
            # Answers carry names; whoever waits for one has it within seconds, and all end after a minute.
            for key in results.scan_iter("celery-task-meta-*", count=1000):
                done["broker: answers"] += int(results.delete(key))
    except RedisError:
        logger.warning("The broker does not answer: its messages hold ids that nobody has any more")
    return done


def _messages_drop(broker: Any, texts: list[bytes]) -> int:
    dropped = 0
    for key in broker.scan_iter(count=1000):
        kind = broker.type(key)
        if kind == b"list":
            for message in broker.lrange(key, 0, -1):
                if _names(message, texts):
                    dropped += int(broker.lrem(key, 0, message))
        elif kind == b"hash" and key == b"unacked":
            for tag, message in broker.hgetall(key).items():
                if _names(message, texts):
                    dropped += int(broker.hdel(key, tag))
                    broker.zrem("unacked_index", tag)
    return dropped


def _names(message: bytes, texts: list[bytes]) -> bool:
    """The body of a message is base64 inside of JSON."""
    parts = [message]
    for part in message.split(b'"'):
        if len(part) > 40:
            try:
                parts.append(base64.b64decode(part, validate=True))
            except binascii.Error:
                continue
    return any(text in part for part in parts for text in texts)
