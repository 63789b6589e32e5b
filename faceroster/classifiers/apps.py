from django.apps import AppConfig


class ClassifiersConfig(AppConfig):
    name = "faceroster.classifiers"
    label = "classifiers"

    def ready(self) -> None:
        from faceroster.classifiers import followed, signals  # noqa: F401 - importing connects them
