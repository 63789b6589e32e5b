"""Production: PostgreSQL, Redis, as many web and worker processes as wanted. No secret has a default."""

from __future__ import annotations

from faceroster.settings.base import *
from faceroster.settings.base import env
from faceroster.settings.secrets import required_secret

#: faceroster.core.production then refuses what production must not run with.
FACEROSTER_PRODUCTION = True

SECRET_KEY = required_secret("FACEROSTER_SECRET_KEY", min_length=50)
FACEROSTER_ROOT_KEY = required_secret("FACEROSTER_ROOT_KEY", min_length=43)
# A file is read anew when it changes; while a rotation lasts the key before counts too (docs/keys.md).
FACEROSTER_ROOT_KEY_FILE = (
    "" if env.str("FACEROSTER_ROOT_KEY", default="") else env.str("FACEROSTER_ROOT_KEY_FILE", default="")
)
FACEROSTER_ROOT_KEY_PREVIOUS = env.str("FACEROSTER_ROOT_KEY_PREVIOUS", default="")
FACEROSTER_ROOT_KEY_PREVIOUS_FILE = env.str("FACEROSTER_ROOT_KEY_PREVIOUS_FILE", default="")
ALLOWED_HOSTS = [host.strip() for host in env.list("FACEROSTER_HOSTS")]
# A host that begins with a dot is a name with all names below it.
CSRF_TRUSTED_ORIGINS = [f"https://{'*' * host.startswith('.')}{host}" for host in ALLOWED_HOSTS if host]
FACEROSTER_BASE_URL = env.str(
    "FACEROSTER_BASE_URL", default=f"https://{(ALLOWED_HOSTS or [''])[0].lstrip('.')}"
).rstrip("/")

_database = env.db_url_config(required_secret("DATABASE_URL"))
DATABASES = {"default": {**_database, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}

REDIS_URL = required_secret("REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = REDIS_URL
# Longer than the longest task, or Redis would hand a running task out a second time.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300, "queue_order_strategy": "priority"}

FACEROSTER_SECOND_STEP = env.str("FACEROSTER_SECOND_STEP", default="").strip().lower() or "staff"

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("FACEROSTER_SSL_REDIRECT", default=True)
FACEROSTER_PROXY_REDIRECTS = not SECURE_SSL_REDIRECT  # said in so many words
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
