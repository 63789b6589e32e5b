"""Pages of PINs and badges."""

from django.urls import path

from faceroster.passes import views

app_name = "passes"
urlpatterns = [
    path("mine/", views.mine, name="mine"),
    path("<uuid:person_id>/", views.person, name="person"),
    path("<uuid:person_id>/pin/", views.pin_set, name="pin_set"),
    path("<uuid:person_id>/badge/", views.badge_issue, name="badge_issue"),
    path("<uuid:person_id>/badge/revoke/", views.badge_revoke, name="badge_revoke"),
]
