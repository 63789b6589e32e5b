from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "faceroster.core"
    label = "core"

    def ready(self) -> None:
        from django.conf import settings

        if settings.FACEROSTER_PRODUCTION:
            from faceroster.core.production import refuse_to_start

            refuse_to_start(settings)
