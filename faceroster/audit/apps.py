from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _guard(*, using: str, **kwargs: Any) -> None:
    from faceroster.audit import triggers

    triggers.install(using)


class AuditConfig(AppConfig):
    name = "faceroster.audit"
    verbose_name = _("Audit log")
    label = "audit"

    def ready(self) -> None:
        from faceroster.audit import (
            keys,
            models,
            receivers,  # noqa: F401 - importing connects them
        )
        from faceroster.trust import wrapping

        wrapping.TABLES[models.Key] = keys.WRAPPING

        # On SQLite a change of a table's columns loses its triggers.
        post_migrate.connect(_guard, sender=self)
