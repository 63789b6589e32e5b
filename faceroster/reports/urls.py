from django.urls import include, path

from faceroster.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.board, name="board"),
    path("day/", views.day_sheet, name="day"),
    path("day/csv/", views.day_sheet_csv, name="day_csv"),
    path("person/<uuid:person_id>/", views.person, name="person"),
    path("today/", include("faceroster.reports.today.urls")),
    path("exceptions/", include("faceroster.reports.exceptions.urls")),
    path("timesheets/", include("faceroster.reports.timesheets.urls")),
    path("shifts/", include("faceroster.reports.shifts.urls")),
    path("charts/", include("faceroster.reports.charts.urls")),
    path("emotions/", views.emotions, name="emotions"),
]
