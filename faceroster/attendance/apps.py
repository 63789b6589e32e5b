from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    name = "faceroster.attendance"
    label = "attendance"
