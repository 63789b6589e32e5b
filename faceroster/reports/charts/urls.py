from django.urls import path

from faceroster.reports.charts import views

urlpatterns = [
    path("", views.charts, name="charts"),
    path("csv/<slug:table>/", views.charts_csv, name="charts_csv"),
]
