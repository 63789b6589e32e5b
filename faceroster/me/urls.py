from django.urls import URLPattern, URLResolver, path

from faceroster.me import views

app_name = "me"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("days/", views.days, name="days"),
    path("corrections/", views.corrections, name="corrections"),
    path("corrections/new/", views.correction_new, name="correction_new"),
    path("leave/", views.leave, name="leave"),
    path("leave/<uuid:leave_id>/withdraw/", views.leave_take_back, name="leave_withdraw"),
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/shifts.ics", views.calendar_file, name="calendar_file"),
    path("data/", views.data, name="data"),
    path("data/consent/withdraw/", views.consent_take_back, name="consent_withdraw"),
    path("notices/", views.notices, name="notices"),
]
