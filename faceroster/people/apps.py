from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    name = "faceroster.people"
    label = "people"
    verbose_name = _("Roster")

    def ready(self) -> None:
        from faceroster.people import followed  # noqa: F401 - importing connects it
