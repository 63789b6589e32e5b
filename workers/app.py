"""The Celery app that workers run: ``celery -A workers.app worker -Q identify,enroll,default``."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceroster.settings.production")

from celery import Celery

app = Celery("faceroster")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    "pick up photos whose worker was lost": {"task": "enroll.sweep", "schedule": 15.0},
}
app.autodiscover_tasks(["workers"])
