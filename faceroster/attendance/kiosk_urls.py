"""What a kiosk asks of attendance, beside the frames: PINs, badges, and "that's not me"."""

from django.urls import path

from faceroster.attendance import kiosk_views

app_name = "arrivals"
urlpatterns = [
    path("pin", kiosk_views.kiosk_pin, name="pin"),
    path("badge", kiosk_views.kiosk_badge, name="badge"),
    path("not-me", kiosk_views.kiosk_not_me, name="not-me"),
]
