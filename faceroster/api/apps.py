from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "faceroster.api"
    label = "api"
