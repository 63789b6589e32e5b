from django.urls import URLPattern, path

from faceroster.reports.exceptions import views

urlpatterns: list[URLPattern] = [
    path("", views.exceptions, name="exceptions"),
    path("solve/", views.exceptions_solve_rows, name="exceptions_solve"),
    path("people/", views.exceptions_people, name="exceptions_people"),
]
