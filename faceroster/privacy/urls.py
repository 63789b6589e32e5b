from django.urls import path

from faceroster.privacy import views
from faceroster.privacy.policy import views as policy
from faceroster.privacy.retention.views import retention

app_name = "privacy"
urlpatterns = [
    path("", policy.policy, name="policy"),
    path("sign/", policy.sign, name="sign"),
    path("mine/", views.mine, name="mine"),
    path("people/<uuid:person_id>/", views.person, name="person"),
    path("people/<uuid:person_id>/data/", views.person_data, name="person_data"),
    path("people/<uuid:person_id>/erase/", views.erasure_new, name="erasure_new"),
    path("erasures/", views.erasures, name="erasures"),
    path("erasures/<uuid:erasure_id>/decide/", views.erasure_decide, name="erasure_decide"),
    path("erasures/<uuid:erasure_id>/receipt/", views.receipt, name="receipt"),
    path("retention/", retention, name="retention"),
]
