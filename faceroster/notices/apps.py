from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "faceroster.notices"
    label = "notices"
