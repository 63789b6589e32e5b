from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "faceroster.reports"
    label = "reports"
