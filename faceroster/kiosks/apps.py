from django.apps import AppConfig


class KiosksConfig(AppConfig):
    name = "faceroster.kiosks"
    label = "kiosks"
