from django.apps import AppConfig


class MeConfig(AppConfig):
    name = "faceroster.me"
    label = "me"
