"""What a kiosk asks; the pages for people are in pages.py."""

from django.urls import path

from faceroster.offline import views

app_name = "offline"
urlpatterns = [
    path("", views.queue, name="queue"),
]
