from contextlib import suppress
from typing import Any

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _make_keys(*, using: str, **kwargs: Any) -> None:
    from faceroster.trust import purposes
    from faceroster.trust.models import PurposeKey

    if PurposeKey._meta.db_table not in connections[using].introspection.table_names():
        return  # migrated back to a version without it
    with suppress(ImproperlyConfigured):  # the embedded root key is made after the database
        purposes.purpose_keys_make()


class TrustConfig(AppConfig):
    name = "faceroster.trust"
    label = "trust"
    verbose_name = _("System")

    def ready(self) -> None:
        from faceroster.trust import models, wrapping

        wrapping.TABLES[models.SubjectKey] = wrapping.SUBJECTS
        wrapping.TABLES[models.PurposeKey] = wrapping.PURPOSES
        post_migrate.connect(_make_keys, sender=self)
