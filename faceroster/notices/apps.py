from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "faceroster.notices"
    label = "notices"
    verbose_name = _("Notices")

    def ready(self) -> None:
        from faceroster.notices import followed, signals  # noqa: F401 - importing connects them
