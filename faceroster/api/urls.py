"""Every address below /api/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from faceroster.api.consents import PersonConsentViewSet, WithdrawalView
from faceroster.api.emotions import EmotionCountViewSet, EmotionTaggingView
from faceroster.api.faces import IdentifyView, VerifyPairView, VerifyView
from faceroster.api.kiosks import KioskViewSet
from faceroster.api.people import PersonViewSet
from faceroster.api.photos import PersonPhotoViewSet, PhotoViewSet
from faceroster.api.places import DepartmentViewSet, SiteViewSet
from faceroster.api.problems import nothing_here
from faceroster.api.punches import PunchViewSet
from faceroster.api.schema import SameForAll
from faceroster.api.workdays import WorkdayViewSet

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("people", PersonViewSet, basename="person")
router.register("people/<uuid:person_id>/photos", PersonPhotoViewSet, basename="person-photo")
router.register("people/<uuid:person_id>/consents", PersonConsentViewSet, basename="person-consent")
router.register("photos", PhotoViewSet, basename="photo")
router.register("departments", DepartmentViewSet, basename="department")
router.register("sites", SiteViewSet, basename="site")
router.register("punches", PunchViewSet, basename="punch")
router.register("workdays", WorkdayViewSet, basename="workday")
router.register("kiosks", KioskViewSet, basename="kiosk")
router.register("emotion-counts", EmotionCountViewSet, basename="emotion-count")

v1: list[URLPattern | URLResolver] = [
    path("faces/verify/", VerifyView.as_view(), name="face-verify"),
    path("faces/verify-pair/", VerifyPairView.as_view(), name="face-verify-pair"),
    path("faces/identify/", IdentifyView.as_view(), name="face-identify"),
    path("people/<uuid:person_id>/consents/withdraw/", WithdrawalView.as_view(), name="consent-withdraw"),
    path("sites/<uuid:pk>/emotion-tagging/", EmotionTaggingView.as_view(), name="emotion-tagging"),
    *router.urls,
]

# The description is the same in every installation and says nothing about this one, so it is open.
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(v1)),
    path("schema/", SpectacularAPIView.as_view(generator_class=SameForAll), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html"),
        name="docs",
    ),
    re_path(r"^.*$", nothing_here),
]
