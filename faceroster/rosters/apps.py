from django.apps import AppConfig


class RostersConfig(AppConfig):
    name = "faceroster.rosters"
    label = "rosters"
