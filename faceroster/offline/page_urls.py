"""The pages for people; what a kiosk asks is in urls.py."""

from django.urls import path

from faceroster.offline import pages

app_name = "offline_entries"
urlpatterns = [
    path("", pages.entries, name="list"),
    path("<uuid:entry_id>/", pages.resolve, name="resolve"),
]
