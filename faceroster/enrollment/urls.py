"""Staff pages around photos and imports."""

from django.urls import path

from faceroster.enrollment.views import imports, photos

app_name = "enrollment"
urlpatterns = [
    path("<uuid:person_id>/photos/", photos.grid, name="photos"),
    path("<uuid:person_id>/photos/add/", photos.add, name="photo_add"),
    path("photos/<uuid:photo_id>/delete/", photos.delete, name="photo_delete"),
    path("photos/<uuid:photo_id>/keep/", photos.keep, name="photo_keep"),
    path("photos/<uuid:photo_id>/refuse/", photos.refuse, name="photo_refuse"),
    path("photos/<uuid:photo_id>/<slug:kind>.jpg", photos.picture, name="picture"),
    path("review/", photos.review, name="review"),
    path("import/", imports.upload, name="import"),
    path("import/example.csv", imports.example, name="import_example"),
    path("import/<uuid:run_id>/", imports.show, name="import_run"),
    path("import/<uuid:run_id>/start/", imports.start, name="import_start"),
    path("import/<uuid:run_id>/cancel/", imports.cancel, name="import_cancel"),
    path("import/<uuid:run_id>/progress/", imports.progress, name="import_progress"),
]
