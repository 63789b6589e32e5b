"""The embedded default: SQLite, web server and worker in one process, nothing to install."""

from __future__ import annotations

from faceroster.settings.base import *
from faceroster.settings.base import FACEROSTER, HOME, LOGGING, STORAGES, env
from faceroster.settings.secrets import kept_secret

HOME.mkdir(parents=True, exist_ok=True, mode=0o700)

SECRET_KEY = kept_secret(HOME / "secret.key")
FACEROSTER_ROOT_KEY_FILE = HOME / "root.key"  # made by the first `manage.py serve`, never silently anew
ALLOWED_HOSTS = env.list("FACEROSTER_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
FACEROSTER["DEMO"] = env.bool("DEMO", default=True)

# Static files come straight from where they lie: there is no step to forget after an update.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_USE_FINDERS = True
HOME.joinpath("static").mkdir(exist_ok=True)  # nothing is collected, but the middleware wants it there

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HOME / "faceroster.sqlite3",
        "OPTIONS": {
            # A writer takes its lock when its transaction begins, so two writers queue up
            # instead of failing half way; readers go on meanwhile (WAL).
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "faceroster",
        # Each signed request of a kiosk leaves a nonce for two minutes; one that is culled could be replayed.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

CELERY_BROKER_URL = "memory://"
CELERY_RESULT_BACKEND = "cache+memory://"
LOGGING["loggers"]["kombu.connection"] = {"level": "ERROR"}  # it misses a host name, which memory has none of
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {"polling_interval": 0.01}
# Time limits need signals, which a worker in a thread does not get.
CELERY_TASK_SOFT_TIME_LIMIT = None
CELERY_TASK_TIME_LIMIT = None
