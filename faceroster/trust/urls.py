"""Pages about signing in."""

from django.urls import path

from faceroster.trust import second_step_views, views

app_name = "trust"
urlpatterns = [
    path("locks/", views.locks, name="locks"),
    path("locks/lift/", views.locks_lift, name="locks_lift"),
    path("second-step/", second_step_views.second_step, name="second_step"),
    path("second-step/begin/", second_step_views.begin, name="second_step_begin"),
    path("second-step/confirm/", second_step_views.confirm, name="second_step_confirm"),
    path("second-step/codes/", second_step_views.codes, name="second_step_codes"),
    path("second-step/remove/", second_step_views.remove, name="second_step_remove"),
    path("second-steps/", second_step_views.everybody, name="second_steps"),
    path("second-steps/<int:user_id>/reset/", second_step_views.reset, name="second_step_reset"),
]
