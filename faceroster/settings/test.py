"""The test suite: the embedded way, or PostgreSQL and Redis with FACEROSTER_TEST_PROFILE=production."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("FACEROSTER_HOME", tempfile.mkdtemp(prefix="faceroster-test-"))

from faceroster.settings.embedded import *
from faceroster.settings.embedded import DATABASES, FACEROSTER, HOME, REST_FRAMEWORK, env

FACEROSTER_ROOT_KEY = "dGVzdC1vbmx5LXJvb3Qta2V5LW9mLTMyLWJ5dGVzISE="
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGGING = {"version": 1, "disable_existing_loggers": False}
FACEROSTER["API_TIMEOUT_SECONDS"] = 19.0  # the machine may be busy; a picture waits for 20
# So much that only a test that lowers it ever meets it.
REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] = dict.fromkeys(("api", "uploads", "faces"), "100000/min")

TEST_PROFILE = env.str("FACEROSTER_TEST_PROFILE", default="embedded")
if TEST_PROFILE == "production":
    _database = env.db("FACEROSTER_TEST_DATABASE_URL", default="postgres://postgres@127.0.0.1:5432/postgres")
    # The name is unique to this run, so that two runs on one server do not meet. The worker's process
    # is told it, and connects to it straight away.
    _name = os.environ.get("FACEROSTER_TEST_DATABASE", "")
    DATABASES["default"] = {
        **_database,
        "NAME": _name or _database["NAME"],
        "TEST": {"NAME": f"test_faceroster_{os.getpid()}"},
    }
    REDIS_URL = env.str("FACEROSTER_TEST_REDIS_URL", default="redis://127.0.0.1:6379/9")
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
    CELERY_BROKER_URL = REDIS_URL
    CELERY_RESULT_BACKEND = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 300,
        "queue_order_strategy": "priority",
    }
else:
    # A file and not memory: the worker's thread has its own connection.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(HOME) / "test.sqlite3")}
