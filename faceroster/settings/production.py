"""Production: PostgreSQL, Redis, as many web and worker processes as wanted. No secret has a default."""

from __future__ import annotations

from faceroster.settings.base import *
from faceroster.settings.base import env
from faceroster.settings.secrets import required_secret

SECRET_KEY = required_secret("FACEROSTER_SECRET_KEY", min_length=50)
FACEROSTER_ROOT_KEY = required_secret("FACEROSTER_ROOT_KEY", min_length=43)
ALLOWED_HOSTS = env.list("FACEROSTER_HOSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]

DATABASES = {"default": {**env.db("DATABASE_URL"), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}

REDIS_URL = env.str("REDIS_URL")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = REDIS_URL
# Longer than the longest task, or Redis would hand a running task out a second time.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 300, "queue_order_strategy": "priority"}

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("FACEROSTER_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
