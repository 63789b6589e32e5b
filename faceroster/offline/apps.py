from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OfflineConfig(AppConfig):
    name = "faceroster.offline"
    label = "offline"
    verbose_name = _("Offline punches")

    def ready(self) -> None:
        from faceroster.offline import forgetting  # noqa: F401 - importing connects it
