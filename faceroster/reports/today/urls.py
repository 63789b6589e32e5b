from django.urls import URLPattern, path

from faceroster.reports.today import day_views, views

urlpatterns: list[URLPattern] = [
    path("", views.today, name="today"),
    path("live/", views.today_live, name="today_live"),
    path("person/<uuid:person_id>/<str:day>/", day_views.today_day, name="today_day"),
]
