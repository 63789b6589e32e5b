from django.urls import path

from faceroster.kiosks import views, webapp

app_name = "kiosks"
urlpatterns = [
    path("", views.kiosk_page, name="kiosk"),
    path("pair", views.pair_redirect, name="pair"),
    path("key", views.kiosk_key, name="key"),
    path("state", views.kiosk_state, name="state"),
    path("frames", views.kiosk_frames, name="frames"),
    path("demo/<slug:slug>.webm", views.demo_clip, name="demo-clip"),
    path("manifest.webmanifest", webapp.manifest, name="manifest"),
    path("sw.js", webapp.service_worker, name="service-worker"),
    path("corner", webapp.corner, name="corner"),
]
