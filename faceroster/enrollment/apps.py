from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "faceroster.enrollment"
    label = "enrollment"

    def ready(self) -> None:
        from faceroster.enrollment import checks, signals  # noqa: F401 - importing connects them
