"""Every address of the application; each app lists its own."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import include, path

from faceroster.me.access import home_of
from faceroster.trust import provider_views
from faceroster.trust.language import language_choose
from faceroster.trust.sign_in import SignIn, second_step


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Where whoever signed in begins."""
    return redirect(home_of(request.user))


urlpatterns = [
    path("", home, name="home"),
    path("accounts/login/", SignIn.as_view(), name="login"),
    path("accounts/provider/", provider_views.leave, name="provider"),
    path("accounts/provider/back/", provider_views.back, name="provider_back"),
    path("accounts/second-step/", second_step, name="second_step"),
    path("admin/login/", SignIn.as_view(in_admin=True), name="admin_login"),
    path("accounts/logout/", auth.LogoutView.as_view(), name="logout"),
    path("security/", include("faceroster.trust.urls")),
    path("language/", language_choose, name="language"),
    path("admin/", admin.site.urls),
    path("people/", include("faceroster.enrollment.urls")),
    path("classifiers/", include("faceroster.classifiers.urls")),
    path("kiosk/", include("faceroster.kiosks.urls")),
    path("kiosk/", include("faceroster.attendance.kiosk_urls")),
    path("kiosk/queue/", include("faceroster.offline.urls")),
    path("offline/", include("faceroster.offline.page_urls")),
    path("kiosk/enroll/", include("faceroster.coaching.urls")),
    path("consents/", include("faceroster.consents.urls")),
    path("passes/", include("faceroster.passes.urls")),
    path("rosters/", include("faceroster.rosters.urls")),
    path("reports/", include("faceroster.reports.urls")),
    path("me/", include("faceroster.me.urls")),
    path("lab/", include("faceroster.lab.urls")),
    path("privacy/", include("faceroster.privacy.urls")),
    path("api/", include("faceroster.api.urls")),
]
