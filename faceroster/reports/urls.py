from django.urls import include, path

from faceroster.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.board, name="board"),
    path("live/", views.board_live, name="board_live"),
    path("day/", views.day_sheet, name="day"),
    path("day/csv/", views.day_sheet_csv, name="day_csv"),
    path("person/<uuid:person_id>/", views.month_sheet, name="person"),
    path("person/<uuid:person_id>/csv/", views.month_sheet_csv, name="person_csv"),
    path("today/", include("faceroster.reports.today.urls")),
    path("exceptions/", include("faceroster.reports.exceptions.urls")),
    path("timesheets/", include("faceroster.reports.timesheets.urls")),
    path("charts/", include("faceroster.reports.charts.urls")),
    path("emotions/", views.emotions, name="emotions"),
]
