from django.urls import path

from faceroster.lab import views

app_name = "lab"
urlpatterns = [
    path("", views.look, name="look"),
    path("look/", views.look_at, name="look_at"),
    path("compare/", views.compare, name="compare"),
    path("compare/these/", views.compare_these, name="compare_these"),
    path("emotion-model/", views.emotion_model, name="emotion_model"),
]
