from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EmotionsConfig(AppConfig):
    name = "faceroster.emotions"
    verbose_name = _("Emotions")
    label = "emotions"

    def ready(self) -> None:
        from faceroster.emotions import followed  # noqa: F401 - importing connects it
