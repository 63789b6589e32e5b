"""What production does not start with, each with a code that never changes and a sentence of what to do.

Asked when the apps are ready, which every process passes: web servers and workers run no system checks. So it
holds as well for settings of one's own that build on ``faceroster.settings.production``.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ImproperlyConfigured

#: Code and sentence.
Problem = tuple[str, str]

_DISTINCT_SIGNS, _DISTINCT_BYTES = 10, 12
_EXAMPLE = re.compile(
    r"example|change.?me|change.?this|insecure|replace|your.?(own.?)?(secret|key)|secret.?key|password"
    r"|placeholder|dummy|sample|default|dev.?only|test.?only|todo|xxxx|<|>|\.\.\.",
    re.IGNORECASE,
)
_COMMON_PASSWORDS = frozenset(
    {"postgres", "passwort", "secret", "admin", "root", "pass", "123456", "faceroster"}
)
_MAKE_KEY = "Make a new one as docs/configuration.md says."


def refuse_to_start(settings: Any) -> None:
    """Raises ImproperlyConfigured with all that is wrong with ``settings``, when something is."""
    found = list(problems(settings))
    if found:
        lines = "".join(f"\n  {code}: {sentence}" for code, sentence in found)
        raise ImproperlyConfigured(f"FaceRoster does not start with these settings:{lines}")


def problems(settings: Any) -> Iterator[Problem]:
    """Everything that production is not to run with."""
    yield from _keys(settings)
    yield from _hosts(settings)
    yield from _transport(settings)
    yield from _services(settings)


def _keys(settings: Any) -> Iterator[Problem]:
    secret, root = str(settings.SECRET_KEY), str(settings.FACEROSTER_ROOT_KEY)
    if len(secret) < 50 or len(set(secret)) < _DISTINCT_SIGNS or _EXAMPLE.search(secret):
        yield (
            "production.secret_key_weak",
            f"FACEROSTER_SECRET_KEY is short, an example, or not random. {_MAKE_KEY}",
        )
    raw = _root_bytes(root)
    if len(raw) != 32:
        yield "production.root_key_invalid", f"FACEROSTER_ROOT_KEY is not 32 bytes in base64. {_MAKE_KEY}"
    elif len(set(raw)) < _DISTINCT_BYTES or all(32 <= byte < 127 for byte in raw):
        # 32 random bytes that are all letters and digits happen once in 10^14.
        yield "production.root_key_weak", f"FACEROSTER_ROOT_KEY is an example, or not random. {_MAKE_KEY}"
    if root and (root == secret or root in secret or _root_bytes(secret) == raw):
        yield (
            "production.keys_equal",
            "FACEROSTER_ROOT_KEY and FACEROSTER_SECRET_KEY are the same. Make one of its own for each.",
        )


def _root_bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_")
    except (binascii.Error, ValueError):
        return b""


def _hosts(settings: Any) -> Iterator[Problem]:
    if settings.DEBUG:
        yield "production.debug", "DEBUG is on. It shows settings and data to whoever causes an error."
    hosts = [str(host).strip() for host in settings.ALLOWED_HOSTS]
    if not any(hosts):
        yield (
            "production.hosts_empty",
            "FACEROSTER_HOSTS names no host. Say under which names people reach it.",
        )
    elif any("*" in host or host in ("", ".") for host in hosts):
        yield (
            "production.hosts_wildcard",
            "FACEROSTER_HOSTS lets any host name in. List the names under which people reach it.",
        )


def _transport(settings: Any) -> Iterator[Problem]:
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        if not getattr(settings, name):
            yield "production.cookies_plain", f"{name} is off: the cookie would travel over plain HTTP."
    if not settings.SECURE_SSL_REDIRECT and not settings.FACEROSTER_PROXY_REDIRECTS:
        yield (
            "production.https_redirect_off",
            "Plain HTTP is not sent on to HTTPS. Turn SECURE_SSL_REDIRECT on, or set "
            "FACEROSTER_SSL_REDIRECT=0 where the proxy does so.",
        )
    if not settings.SECURE_HSTS_SECONDS:
        yield "production.hsts_off", "SECURE_HSTS_SECONDS is 0: browsers would try plain HTTP again."
    if not str(settings.FACEROSTER_BASE_URL).startswith("https://"):
        yield (
            "production.base_url_plain",
            "FACEROSTER_BASE_URL does not begin with https://, so mails would lead to plain HTTP.",
        )


def _services(settings: Any) -> Iterator[Problem]:
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        yield (
            "production.database_sqlite",
            "DATABASE_URL is SQLite, which several processes cannot share. Use PostgreSQL, or `make run`.",
        )
    password = str(database.get("PASSWORD") or "")
    user = str(database.get("USER") or "")
    if password and (
        password.lower() in _COMMON_PASSWORDS or password == user or _EXAMPLE.search(password) is not None
    ):
        yield (
            "production.database_password_example",
            "The password in DATABASE_URL is an example or easy to guess. Give the database one of its own.",
        )
    broker = str(settings.CELERY_BROKER_URL)
    if broker.startswith("memory:") or getattr(settings, "CELERY_TASK_ALWAYS_EAGER", False):
        yield (
            "production.worker_in_process",
            "REDIS_URL names no broker that processes share, so workers would get nothing to do.",
        )
    if settings.CACHES["default"]["BACKEND"].rpartition(".")[2] in ("LocMemCache", "DummyCache"):
        yield (
            "production.cache_in_process",
            "The cache is of one process: limits on wrong tries would count in each process by itself.",
        )
