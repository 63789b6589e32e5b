from django.urls import path

from faceroster.reports.shifts import views

urlpatterns = [
    path("<uuid:shift_id>/", views.preview, name="shift_preview"),
    path("<uuid:shift_id>/apply/", views.apply, name="shift_apply"),
]
