from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KiosksConfig(AppConfig):
    name = "faceroster.kiosks"
    verbose_name = _("Kiosks")
    label = "kiosks"

    def ready(self) -> None:
        from faceroster.kiosks import followed  # noqa: F401 - importing connects it
