from django.apps import AppConfig


class TrustConfig(AppConfig):
    name = "faceroster.trust"
    label = "trust"
    verbose_name = "System"
