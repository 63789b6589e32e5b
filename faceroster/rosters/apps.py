from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RostersConfig(AppConfig):
    name = "faceroster.rosters"
    label = "rosters"
    verbose_name = _("Rosters")

    def ready(self) -> None:
        from faceroster.rosters import audited  # noqa: F401 - importing connects it
