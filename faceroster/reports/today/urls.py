from django.urls import URLPattern, path

from faceroster.reports.today import day_views, faces, views

_DAY = "person/<uuid:person_id>/<str:day>/"

urlpatterns: list[URLPattern] = [
    path("", views.today, name="today"),
    path("live/", views.today_live, name="today_live"),
    path("faces/<uuid:decision_id>.jpg", faces.today_face, name="today_face"),
    path(_DAY, day_views.today_day, name="today_day"),
    path(_DAY + "correct/", day_views.today_correct, name="today_correct"),
    path(_DAY + "excuse/", day_views.today_excuse, name="today_excuse"),
    path("corrections/<uuid:correction_id>/", day_views.today_verdict, name="today_verdict"),
]
