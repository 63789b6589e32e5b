"""Staff pages: what classifiers a site has, training one, and switching to it."""

from django.urls import path

from faceroster.classifiers import views

app_name = "classifiers"
urlpatterns = [
    path("", views.sites, name="sites"),
    path("<uuid:site_id>/", views.site, name="site"),
    path("<uuid:site_id>/progress/", views.progress, name="progress"),
    path("<uuid:site_id>/train/", views.train, name="train"),
    path("<uuid:site_id>/stop/", views.stop, name="stop"),
    path("<uuid:site_id>/switch/", views.switch, name="switch"),
]
