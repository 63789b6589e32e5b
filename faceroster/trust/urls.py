"""Pages about signing in."""

from django.urls import path

from faceroster.trust import views

app_name = "trust"
urlpatterns = [
    path("locks/", views.locks, name="locks"),
    path("locks/lift/", views.locks_lift, name="locks_lift"),
]
