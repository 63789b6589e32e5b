from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "faceroster.enrollment"
    label = "enrollment"

    def ready(self) -> None:
        from faceroster import vision
        from faceroster.enrollment import checks, embedders, signals  # noqa: F401 - importing connects them

        vision.embedder_from(embedders.in_force)
