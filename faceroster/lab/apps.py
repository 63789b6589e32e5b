from django.apps import AppConfig


class LabConfig(AppConfig):
    name = "faceroster.lab"
    label = "lab"
