from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _guard(*, using: str, **kwargs: Any) -> None:
    from faceroster.attendance import triggers

    triggers.install(using)


class AttendanceConfig(AppConfig):
    name = "faceroster.attendance"
    verbose_name = _("Attendance")
    label = "attendance"

    def ready(self) -> None:
        from faceroster.attendance import audited, receivers  # noqa: F401 - importing connects them

        # On SQLite a change of a table's columns loses its triggers.
        post_migrate.connect(_guard, sender=self)
