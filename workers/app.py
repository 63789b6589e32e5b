"""The Celery app that workers run: ``celery -A workers.app worker -Q identify,enroll,default,train``."""

from __future__ import annotations

import os
import threading
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceroster.settings.production")

from celery import Celery
from celery.signals import worker_process_init, worker_ready

#: Everything there is, the most urgent first.
QUEUES = ("identify", "enroll", "default", "train")

app = Celery("faceroster")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    "pick up photos whose worker was lost": {"task": "enroll.sweep", "schedule": 10.0},
    "tell what was counted on days that are over": {"task": "emotions.tell", "schedule": 300.0},
    "compute days that are due and whose message was lost": {"task": "attendance.compute", "schedule": 10.0},
    "open and settle the days of every site": {"task": "attendance.open_days", "schedule": 60.0},
    "send mails and webhooks that are due": {"task": "notices.send", "schedule": 30.0},
    "look who is late and which check-outs are missing": {"task": "notices.watch", "schedule": 60.0},
    "look whether the audit log was altered": {"task": "notices.records", "schedule": 3600.0},
    "tell managers of last week": {"task": "notices.weekly", "schedule": 900.0},
    "delete faces whose time is over": {"task": "kiosks.crops_expire", "schedule": 600.0},
    "end enrolments that were left at a kiosk": {"task": "coach.sweep", "schedule": 300.0},
    "judge offline entries whose worker was lost": {"task": "offline.sweep", "schedule": 15.0},
    "end consents whose term is over": {"task": "consents.expire", "schedule": 60.0},
    "delete what was kept long enough": {"task": "privacy.sweep", "schedule": 3600.0},
    "clear files of erasures that were cut off": {"task": "privacy.finish", "schedule": 60.0},
    "forget wrong PINs of yesterday": {"task": "passes.prune", "schedule": 3600.0},
    "delete old exports and take up lost ones": {"task": "export.clean", "schedule": 60.0},
}
for kind in ("", "notice_", "export_", "coach_", "offline_", "pass_", "consent_", "privacy_"):
    app.autodiscover_tasks(["workers"], related_name=f"{kind}tasks")


def load_models() -> None:
    """Load and trace the models and build the gallery, so that the first face does not wait for it."""
    from django.db import connection

    from faceroster.classifiers import proposals
    from faceroster.enrollment import gallery
    from faceroster.vision import engine

    try:
        engine().warm_up()
        with gallery.synced():
            pass
        proposals.warm_up()
    finally:
        connection.close()  # this thread's own


@worker_process_init.connect
@worker_ready.connect
def warm_up(sender: Any = None, **_: Any) -> None:
    """Load models and gallery beside the first tasks, in the process that does the work (after any fork)."""
    pool = getattr(getattr(sender, "controller", None), "pool_cls", None)
    if pool is not None and "prefork" in pool.__module__:
        return  # the parent: its children load for themselves
    threading.Thread(target=load_models, name="warm-up", daemon=True).start()
