from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnrollmentConfig(AppConfig):
    name = "faceroster.enrollment"
    verbose_name = _("Enrollment")
    label = "enrollment"

    def ready(self) -> None:
        from faceroster import vision
        from faceroster.enrollment import checks, embedders, signals  # noqa: F401 - importing connects them

        vision.embedder_from(embedders.in_force)
