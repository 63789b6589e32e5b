from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _prepare(*, using: str, **kwargs: Any) -> None:
    from faceroster.consents import starting, triggers

    triggers.install(using)
    starting.texts_ship(using)


class ConsentsConfig(AppConfig):
    name = "faceroster.consents"
    verbose_name = _("Consents")
    label = "consents"

    def ready(self) -> None:
        from faceroster.consents import files  # noqa: F401 - importing connects it

        # On SQLite a change of a table's columns loses its triggers; and a new installation has a text.
        post_migrate.connect(_prepare, sender=self)
