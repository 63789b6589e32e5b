from django.urls import path

from faceroster.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.board, name="board"),
    path("day/", views.day_sheet, name="day"),
]
