"""Is there a PostgreSQL, a Redis? Real connections, short time limits."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest


@lru_cache(maxsize=1)
def missing_for_production() -> str | None:
    """Why the suite cannot run on PostgreSQL and Redis here; None when it can."""
    import psycopg2
    import redis
    from django.conf import settings

    if settings.TEST_PROFILE != "production":
        return "runs with FACEROSTER_TEST_PROFILE=production (make test-production)"
    database = settings.DATABASES["default"]
    try:
        psycopg2.connect(
            host=database["HOST"],
            port=database["PORT"] or 5432,
            user=database["USER"],
            password=database["PASSWORD"],
            dbname="postgres",
            connect_timeout=3,
        ).close()
    except psycopg2.OperationalError as error:
        return f"no PostgreSQL at {database['HOST']}:{database['PORT']}: {error}".strip()
    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3).ping()
    except redis.RedisError as error:
        return f"no Redis at {settings.REDIS_URL}: {error}"
    return None


def mark_below(folder: Path, items: list[pytest.Item], *, skip_reason: str | None) -> None:
    """Mark the Django tests in ``folder``, and skip them when there is a reason to."""
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.django_suite)
            if skip_reason:
                item.add_marker(pytest.mark.skip(reason=skip_reason))
