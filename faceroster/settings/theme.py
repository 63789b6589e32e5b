"""How the admin looks, and what its sidebar leads to."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


def _entry(title: str | Promise, icon: str, address: str, right: str) -> dict[str, Any]:
    """A line of the admin's sidebar, for those who have ``right``."""
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(address),
        "permission": lambda request: request.user.has_perm(right),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "FaceRoster",
    "SITE_HEADER": "FaceRoster",
    "SITE_SUBHEADER": _("Who came in, and when"),
    "SITE_SYMBOL": "how_to_reg",
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "faceroster.reports.dashboard.dashboard",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("reports/mark.svg")},
    ],
    "STYLES": [
        lambda request: static("css/admin-colors.css"),
        lambda request: static("enrollment/enrollment.css"),
    ],
    "GLOBAL_CALLBACK": "faceroster.core.csp.admin_look",
    "SCRIPTS": [lambda request: static("css/admin-look.js")],
    "ACCOUNT": {"navigation": [{"title": _("Second step"), "link": reverse_lazy("trust:second_step")}]},
    "SIDEBAR": {
        "show_search": False,
        "navigation": [
            {
                "title": _("Attendance"),
                "items": [
                    _entry(_("Today"), "today", "reports:today", "attendance.view_punch"),
                    _entry(_("Day sheet"), "view_day", "reports:day", "attendance.view_punch"),
                    _entry(_("Exceptions"), "report", "reports:exceptions", "attendance.view_punch"),
                    _entry(
                        _("Offline entries"), "cloud_off", "offline_entries:list", "attendance.view_punch"
                    ),
                    _entry(_("Timesheets"), "calendar_month", "reports:timesheets", "attendance.view_punch"),
                    _entry(_("Reports"), "bar_chart", "reports:charts", "attendance.view_punch"),
                    _entry(_("Rosters"), "event_note", "rosters:grid", "attendance.view_punch"),
                    _entry(_("Leave"), "beach_access", "rosters:leave", "attendance.view_punch"),
                    _entry(
                        _("Punches"), "schedule", "admin:attendance_punch_changelist", "attendance.view_punch"
                    ),
                ],
            },
            {
                "title": _("Roster"),
                "items": [
                    _entry(_("People"), "groups", "admin:people_person_changelist", "people.view_person"),
                    _entry(
                        _("Photos to review"),
                        "compare",
                        "enrollment:review",
                        "enrollment.change_enrollmentphoto",
                    ),
                    _entry(
                        _("Consents"),
                        "signature",
                        "admin:consents_consent_changelist",
                        "consents.view_consent",
                    ),
                    _entry(
                        _("Consent texts"),
                        "contract",
                        "admin:consents_consenttext_changelist",
                        "consents.view_consenttext",
                    ),
                    _entry(_("Import"), "upload_file", "enrollment:import", "enrollment.add_importrun"),
                    _entry(
                        _("Departments"),
                        "account_tree",
                        "admin:people_department_changelist",
                        "people.view_department",
                    ),
                    _entry(_("Sites"), "location_on", "admin:people_site_changelist", "people.view_site"),
                ],
            },
            {
                "title": _("System"),
                "items": [
                    _entry(_("Kiosks"), "tablet_mac", "admin:kiosks_kiosk_changelist", "kiosks.view_kiosk"),
                    _entry(
                        _("Decisions"), "rule", "admin:kiosks_decision_changelist", "kiosks.view_decision"
                    ),
                    _entry(
                        _("Mistaken faces"),
                        "person_off",
                        "admin:kiosks_falseaccept_changelist",
                        "kiosks.view_falseaccept",
                    ),
                    _entry(_("Lab"), "science", "lab:look", "lab.use_lab"),
                    _entry(
                        _("Face models"),
                        "neurology",
                        "admin:enrollment_facemodel_changelist",
                        "enrollment.view_facemodel",
                    ),
                    _entry(
                        _("Classifiers"), "model_training", "classifiers:sites", "classifiers.view_classifier"
                    ),
                    _entry(
                        _("Emotion tagging"),
                        "mood",
                        "admin:emotions_taggedsite_changelist",
                        "emotions.view_emotionswitch",
                    ),
                    _entry(
                        _("Kinds of leave"),
                        "event_available",
                        "admin:rosters_leavekind_changelist",
                        "rosters.view_leavekind",
                    ),
                    _entry(
                        _("Leave entitlements"),
                        "badge",
                        "admin:rosters_leaveentitlement_changelist",
                        "rosters.view_leaveentitlement",
                    ),
                    _entry(
                        _("Webhooks"), "webhook", "admin:notices_webhook_changelist", "notices.view_webhook"
                    ),
                    _entry(
                        _("Deliveries"),
                        "outgoing_mail",
                        "admin:notices_delivery_changelist",
                        "notices.view_delivery",
                    ),
                    _entry(_("Users"), "person", "admin:trust_user_changelist", "trust.view_user"),
                    _entry(_("Sign-in locks"), "lock_person", "trust:locks", "axes.delete_accessattempt"),
                    _entry(_("Second steps"), "phonelink_lock", "trust:second_steps", "trust.change_user"),
                    _entry(_("API tokens"), "key", "admin:trust_apitoken_changelist", "trust.view_apitoken"),
                    _entry(_("Erasures"), "person_remove", "privacy:erasures", "privacy.add_erasure"),
                    _entry(_("Retention"), "auto_delete", "privacy:retention", "privacy.change_retention"),
                    _entry(_("Audit log"), "history_edu", "admin:audit_entry_changelist", "audit.view_entry"),
                ],
            },
        ],
    },
}
