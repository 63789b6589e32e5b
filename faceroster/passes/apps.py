from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PassesConfig(AppConfig):
    name = "faceroster.passes"
    label = "passes"
    verbose_name = _("PINs and badges")

    def ready(self) -> None:
        from faceroster.passes import audited  # noqa: F401 - importing connects it
