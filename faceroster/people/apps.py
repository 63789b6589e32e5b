from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "faceroster.people"
    label = "people"
    verbose_name = "Roster"
