from django.urls import path

from faceroster.rosters.views import calendars, grid, holidays, leave, patterns, shifts

app_name = "rosters"

urlpatterns = [
    path("", grid.grid, name="grid"),
    path("people/<uuid:person_id>/", calendars.person, name="person"),
    path("people/<uuid:person_id>/<str:day>/", grid.cell, name="cell"),
    path("calendar/of/<uuid:person_id>.ics", calendars.download, name="calendar"),
    path("calendar/of/<uuid:person_id>/address/", calendars.feed_set, name="feed_set"),
    path("calendar/<str:secret>.ics", calendars.feed, name="feed"),
    path("shifts/", shifts.shifts, name="shifts"),
    path("shifts/new/", shifts.shift_new, name="shift_new"),
    path("shifts/<uuid:shift_id>/", shifts.shift, name="shift"),
    path("policies/", shifts.policies, name="policies"),
    path("policies/<uuid:site_id>/", shifts.policy, name="policy"),
    path("patterns/", patterns.patterns, name="patterns"),
    path("patterns/new/<uuid:site_id>/", patterns.pattern_new, name="pattern_new"),
    path("patterns/<uuid:pattern_id>/", patterns.pattern, name="pattern"),
    path("assignments/new/", patterns.assign, name="assign"),
    path("assignments/<uuid:assignment_id>/end/", patterns.assignment_close, name="assignment_close"),
    path("holidays/", holidays.holidays, name="holidays"),
    path("holidays/<uuid:site_id>/calendar/", holidays.calendar_choose, name="calendar_choose"),
    path("holidays/<uuid:site_id>/import/", holidays.holidays_take, name="holidays_take"),
    path("holidays/<uuid:site_id>/add/", holidays.holiday_add, name="holiday_add"),
    path("holidays/<uuid:site_id>/<uuid:holiday_id>/drop/", holidays.holiday_drop, name="holiday_drop"),
    path("leave/", leave.leave, name="leave"),
    path("leave/new/", leave.enter, name="leave_enter"),
    path("leave/decide/", leave.decide, name="leave_decide"),
    path("leave/<uuid:leave_id>/withdraw/", leave.withdraw, name="leave_withdraw"),
]
