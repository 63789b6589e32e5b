from django.apps import AppConfig


class EmotionsConfig(AppConfig):
    name = "faceroster.emotions"
    label = "emotions"
