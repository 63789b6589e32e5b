"""Enrolment at a kiosk: the page and its requests, below the address that the kiosk's cookie is sent to."""

from django.urls import path

from faceroster.coaching import views

app_name = "coaching"
urlpatterns = [
    path("", views.page, name="page"),
    path("code/<uuid:person_id>/", views.code, name="code"),
    path("begin", views.begin, name="begin"),
    path("consent", views.consent, name="consent"),
    path("frames", views.frames, name="frames"),
    path("skip", views.skip, name="skip"),
    path("go-on", views.go_on, name="go-on"),
    path("store", views.store, name="store"),
    path("progress", views.progress, name="progress"),
    path("try", views.trial, name="try"),
    path("cancel", views.cancel, name="cancel"),
    path("done", views.done, name="done"),
]
