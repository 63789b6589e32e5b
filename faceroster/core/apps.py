from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "faceroster.core"
    label = "core"
