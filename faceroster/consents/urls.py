"""Pages of consents."""

from django.urls import path

from faceroster.consents import views

app_name = "consents"
urlpatterns = [
    path("<uuid:person_id>/", views.person, name="person"),
    path("<uuid:person_id>/sign/", views.sign, name="sign"),
    path("<uuid:person_id>/paper/", views.paper, name="paper"),
    path("<uuid:person_id>/withdraw/", views.withdraw, name="withdraw"),
    path("<uuid:person_id>/print/", views.printed, name="print"),
    path("signatures/<uuid:consent_id>.jpg", views.picture, name="picture"),
]
