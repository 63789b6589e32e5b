"""Settings that every way of running FaceRoster shares. What differs stands in the files beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from faceroster.settings.browser import *
from faceroster.settings.provider import *
from faceroster.settings.secrets import secret_text
from faceroster.settings.signing_in import *
from faceroster.settings.theme import UNFOLD as UNFOLD

env = environ.Env()


def _number(name: str) -> float | None:
    text = env.str(name, default="").strip()
    try:
        return float(text) if text else None
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number such as 0.95, not {text!r}.") from None


def _one_of(name: str, default: str, *others: str) -> str:
    text = env.str(name, default="").strip().lower() or default
    if text not in (default, *others):
        raise ImproperlyConfigured(f"{name} must be one of {default}, {', '.join(others)}, not {text!r}.")
    return text


def _at_least(name: str, least: int, *, default: int) -> int:
    text = env.str(name, default="").strip() or str(default)
    if not text.isdecimal() or int(text) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of {least} or more, not {text!r}.")
    return int(text)


BASE_DIR = Path(__file__).resolve().parents[2]
#: Where this installation keeps what is its own: database file, sealed photos, keys.
HOME = Path(env.str("FACEROSTER_HOME", default=str(BASE_DIR / "var")))

DEBUG = False
FACEROSTER_PRODUCTION = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "faceroster.urls"
WSGI_APPLICATION = "faceroster.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "trust.User"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "faceroster.core",
    "faceroster.trust",
    "faceroster.audit",
    "faceroster.people",
    "faceroster.consents",
    "faceroster.passes",
    "faceroster.enrollment",
    "faceroster.classifiers",
    "faceroster.kiosks",
    "faceroster.coaching",
    "faceroster.emotions",
    "faceroster.rosters",
    "faceroster.attendance",
    "faceroster.offline",
    "faceroster.notices",
    "faceroster.reports",
    "faceroster.me",
    "faceroster.lab",
    "faceroster.privacy",
    "faceroster.api",
    "workers",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "faceroster.core.csp.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "faceroster.trust.language.UserLanguage",
    "faceroster.audit.callers.Callers",
    "faceroster.trust.second_step_must.SecondStepMust",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# The first only refuses: whoever was wrong too often.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "faceroster.trust.rights.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = reverse_lazy("login")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = reverse_lazy("login")

LANGUAGE_CODE = "en"
#: Each in its own words, as somebody who looks for it would.
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [BASE_DIR / "faceroster" / "locale"]
FORMAT_MODULE_PATH = "faceroster.formats"
TIME_ZONE = "UTC"  # a site has its own zone; this one is only for what belongs to no site
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "faceroster" / "static"]
STORAGES: dict[str, Any] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    # Ciphertext only, and no URL: nothing is ever served from here.
    "sealed": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": HOME / "sealed",
            "base_url": None,
            "file_permissions_mode": 0o600,
            # Otherwise the second of two writers gets a name of chance, which nothing ever deletes.
            "allow_overwrite": True,
        },
    },
}

# Where mails and webhooks say that a page is, such as https://attendance.example.org
FACEROSTER_BASE_URL = env.str("FACEROSTER_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
# Mail. The embedded default prints it; a server is named in EMAIL_URL (smtp+tls://user:password@host:587).
EMAIL_CONFIG = env.email_url_config(secret_text("EMAIL_URL") or "consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("FACEROSTER_MAIL_FROM", default="FaceRoster <faceroster@localhost>")

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# One photo may be 15 MiB; a ZIP of many comes as a file and is streamed to disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "faceroster.trust.authentication.TokenAuthentication",
        "faceroster.api.permissions.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["faceroster.api.permissions.HasScope"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "faceroster.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "faceroster.api.schema.ApiSchema",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_PARSER_CLASSES": ["faceroster.api.uploads.BoundedJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "faceroster.api.problems.problem_response",
    "PAGE_SIZE": 50,
    # Per token, or per user of the browser. "uploads" are enrollment photos, "faces" verify and identify.
    "DEFAULT_THROTTLE_CLASSES": ["faceroster.api.throttles.CallerThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "api": env.str("FACEROSTER_API_RATE", default="1200/min"),
        "uploads": env.str("FACEROSTER_API_UPLOADS_RATE", default="300/min"),
        "faces": env.str("FACEROSTER_API_FACES_RATE", default="120/min"),
    },
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "FaceRoster API",
    "DESCRIPTION": "People, photos, verification, identification, punches and kiosks.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "PhotoStatus": "faceroster.enrollment.models.PhotoStatus.choices",
        "PhotoSource": "faceroster.enrollment.models.PhotoSource.choices",
        "KioskStatus": "faceroster.kiosks.models.KioskStatus.choices",
        "PunchSource": "faceroster.attendance.models.PunchSource.choices",
        "EmotionRegion": "faceroster.emotions.regions.Region.choices",
    },
}

# Celery. Every task may run twice and loses nothing when its worker dies: a message is
# acknowledged after the work, and a worker takes no more than it is working on.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_EXPIRES = 60
# Whoever waits for an answer is told soon that nobody can give one.
CELERY_RESULT_BACKEND_TRANSPORT_OPTIONS = {"retry_policy": {"max_retries": 1, "interval_start": 0}}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "identify.*": {"queue": "identify"},
    "enroll.*": {"queue": "enroll"},
    "train.*": {"queue": "train"},  # takes minutes: nobody at a door may wait behind it
}
CELERY_TASK_SOFT_TIME_LIMIT: int | None = 120
CELERY_TASK_TIME_LIMIT: int | None = 150
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# Faces. A threshold or margin left at None is the engine's own default (docs/accuracy.md).
FACEROSTER: dict[str, Any] = {
    "BACKEND": env.str("FACEROSTER_BACKEND", default="tensorflow"),
    "DETECTOR": env.str("FACEROSTER_DETECTOR", default="mtcnn"),
    "EMBEDDER": env.str("FACEROSTER_EMBEDDER", default="dlib-resnet29"),
    "INDEX": env.str("FACEROSTER_INDEX", default="auto"),
    "SCORE": env.str("FACEROSTER_SCORE", default="auto"),
    "THRESHOLD": _number("FACEROSTER_THRESHOLD"),
    "MARGIN": _number("FACEROSTER_MARGIN"),
    "PHOTO_MAX_SIDE": 1600,
    "PHOTO_LOST_AFTER_SECONDS": 30,  # a photo in work for longer has lost its worker
    "PHOTO_ATTEMPTS": 3,
    "IDENTIFY_TIMEOUT_SECONDS": 4.0,
    # Days that the face of a recognition at a kiosk is kept, sealed; 0 keeps none.
    "CROP_DAYS": _at_least("FACEROSTER_CROP_DAYS", 0, default=30),
    # Days from the end of a consent (withdrawn or expired) until photos and templates are to be erased.
    "CONSENT_ERASURE_DAYS": _at_least("FACEROSTER_CONSENT_ERASURE_DAYS", 0, default=30),
    # Named on the public page /privacy/: who answers for the data, and how to reach them.
    "PRIVACY_RESPONSIBLE": env.str("FACEROSTER_PRIVACY_RESPONSIBLE", default=""),
    "PRIVACY_CONTACT": env.str("FACEROSTER_PRIVACY_CONTACT", default=""),
    "PRIVACY_AUTHORITY": env.str("FACEROSTER_PRIVACY_AUTHORITY", default=""),
    # A kiosk that is not heard of for so many minutes of working hours is told of.
    "KIOSK_SILENT_MINUTES": _at_least("FACEROSTER_KIOSK_SILENT_MINUTES", 1, default=5),
    # What is decided later than this after its frame came lets nobody in.
    "FRAME_FRESH_SECONDS": env.float("FACEROSTER_FRAME_FRESH_SECONDS", default=1.5),
    "API_TIMEOUT_SECONDS": 10.0,  # a program waits longer than someone at a door
    # Emotion tagging is locked unless this says that the law allows it (faceroster/emotions/regions.py).
    "EMOTION_REGION": _one_of("FACEROSTER_EMOTION_REGION", "undeclared", "eu", "other"),
    "EMOTION_LEAST_PEOPLE": _at_least("FACEROSTER_EMOTION_LEAST_PEOPLE", 5, default=10),
    # Private networks that webhooks may reach, like 10.0.5.0/24. Without it they reach public addresses only.
    "WEBHOOK_NETWORKS": env.list("FACEROSTER_WEBHOOK_NETWORKS", default=[]),
    "DEMO": False,
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("FACEROSTER_LOG_LEVEL", default="INFO")},
    # faiss.loader tells of each processor extension that it does not find a build for.
    "loggers": {name: {"level": "WARNING"} for name in ("celery", "waitress", "faiss")},
}
