from django.urls import path

from faceroster.reports.exporting import views as exporting
from faceroster.reports.timesheets import views

urlpatterns = [
    path("", views.department, name="timesheets"),
    path("decide/", views.decide, name="timesheets_decide"),
    path("close/", views.close, name="timesheets_close"),
    path("reopen/", views.reopen, name="timesheets_reopen"),
    path("exports/", exporting.runs, name="exports"),
    path("exports/new/", exporting.ask, name="export_new"),
    path("exports/<uuid:run_id>/", exporting.run, name="export_run"),
    path("exports/<uuid:run_id>/progress/", exporting.progress, name="export_progress"),
    path("exports/<uuid:run_id>/file/", exporting.file, name="export_file"),
    path("<uuid:person_id>/<str:month>/", views.person, name="timesheet"),
]
