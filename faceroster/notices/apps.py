from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "faceroster.notices"
    label = "notices"

    def ready(self) -> None:
        from faceroster.notices import signals  # noqa: F401 - importing connects them
