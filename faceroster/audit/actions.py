"""Everything that is recorded, by a code that never changes its meaning."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Action(models.TextChoices):
    """What was done. The label is for people, read after the name of who did it."""

    USER_SIGNED_IN = "user.signed_in", _("signed in")
    USER_SIGNED_OUT = "user.signed_out", _("signed out")
    USER_SIGN_IN_FAILED = "user.sign_in_failed", _("failed to sign in")
    USER_CREATED = "user.created", _("added a user")
    USER_CHANGED = "user.changed", _("changed a user")
    USER_ROLE_CHANGED = "user.role_changed", _("changed the role of a user")
    USER_PASSWORD_CHANGED = "user.password_changed", _("changed the password of a user")
    SECOND_STEP_SET = "user.second_step_set", _("set up a second step of signing in")
    SECOND_STEP_REMOVED = "user.second_step_removed", _("took their second step away")
    SECOND_STEP_RESET = "user.second_step_reset", _("reset the second step of a user")
    RECOVERY_CODE_USED = "user.recovery_code_used", _("signed in with a recovery code")
    USER_DELETED = "user.deleted", _("deleted a user")
    TOKEN_MADE = "token.made", _("made an API token")
    TOKEN_CHANGED = "token.changed", _("changed an API token")
    TOKEN_REVOKED = "token.revoked", _("revoked an API token")

    FACE_LOOKED = "face.looked", _("looked at the face of a recognition")
    PHOTO_LOOKED = "photo.looked", _("looked at an enrollment photo")
    PHOTO_ADDED = "photo.added", _("added an enrollment photo")
    PHOTO_DELETED = "photo.deleted", _("deleted an enrollment photo")
    PHOTO_KEPT = "photo.kept", _("let a stopped enrollment photo be used")
    PHOTO_REFUSED = "photo.refused", _("refused an enrollment photo")
    PICTURE_SEARCHED = "picture.searched", _("searched everybody for the faces of a picture")
    PICTURE_COMPARED = "picture.compared", _("compared two pictures")
    PICTURE_VERIFIED = "picture.verified", _("compared a picture with a person")

    PERSON_CREATED = "person.created", _("added a person")
    PERSON_CHANGED = "person.changed", _("changed a person")
    PERSON_DELETED = "person.deleted", _("deleted a person")
    PERSON_ERASED = "person.erased", _("erased a person")
    ERASURE_ASKED = "erasure.asked", _("asked for an erasure")
    ERASURE_APPROVED = "erasure.approved", _("approved an erasure")
    ERASURE_REFUSED = "erasure.refused", _("refused an erasure")
    DATA_GIVEN = "person.data_given", _("handed out all that is stored about a person")
    RETENTION_RAN = "retention.ran", _("deleted what was kept long enough")
    CONSENT_SIGNED = "consent.signed", _("recorded a signed consent")
    CONSENT_WITHDRAWN = "consent.withdrawn", _("withdrew a consent")
    CONSENT_EXPIRED = "consent.expired", _("ended a consent whose term was over")
    CONSENT_LOOKED = "consent.looked", _("looked at a signature")
    CONSENT_TEXT_PUBLISHED = "consent.text_published", _("published a consent text")
    PIN_SET = "pin.set", _("set the PIN of a person")
    PIN_REMOVED = "pin.removed", _("took the PIN of a person away")
    BADGE_ISSUED = "badge.issued", _("issued a badge")
    BADGE_REVOKED = "badge.revoked", _("revoked a badge")

    SETTING_CREATED = "setting.created", _("added a setting")
    SETTING_CHANGED = "setting.changed", _("changed a setting")
    SETTING_DELETED = "setting.deleted", _("deleted a setting")
    KIOSK_PAIRED = "kiosk.paired", _("paired a kiosk")
    KIOSK_CHANGED = "kiosk.changed", _("changed a kiosk")
    KIOSK_REVOKED = "kiosk.revoked", _("revoked a kiosk")

    PUNCH_ADDED = "punch.added", _("recorded a punch")
    CORRECTION_ASKED = "correction.asked", _("asked for a correction")
    CORRECTION_APPROVED = "correction.approved", _("approved a correction")
    CORRECTION_REFUSED = "correction.refused", _("refused a correction")
    FINDING_RESOLVED = "finding.resolved", _("settled an exception")
    LEAVE_ASKED = "leave.asked", _("asked for leave")
    LEAVE_DECIDED = "leave.decided", _("decided about leave")
    LEAVE_WITHDRAWN = "leave.withdrawn", _("withdrew leave")
    TIMESHEET_APPROVED = "timesheet.approved", _("approved a timesheet")
    TIMESHEET_SENT_BACK = "timesheet.sent_back", _("sent a timesheet back")
    PERIOD_CLOSED = "period.closed", _("closed a period")
    PERIOD_REOPENED = "period.reopened", _("reopened a period")
    EXPORT_MADE = "export.made", _("exported")
    ROOT_KEY_CHANGED = "root_key.changed", _("put a new root key in force")
    ROOT_KEY_DESTROYED = "root_key.destroyed", _("destroyed the old root key")
