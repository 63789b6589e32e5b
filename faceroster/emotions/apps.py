from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EmotionsConfig(AppConfig):
    name = "faceroster.emotions"
    verbose_name = _("Emotions")
    label = "emotions"
