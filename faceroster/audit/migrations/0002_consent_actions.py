"""What is recorded of consents."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="entry",
            name="action",
            field=models.CharField(
                choices=[
                    ("user.signed_in", "signed in"),
                    ("user.signed_out", "signed out"),
                    ("user.sign_in_failed", "failed to sign in"),
                    ("user.created", "added a user"),
                    ("user.changed", "changed a user"),
                    ("user.role_changed", "changed the role of a user"),
                    ("user.password_changed", "changed the password of a user"),
                    ("user.deleted", "deleted a user"),
                    ("token.made", "made an API token"),
                    ("token.changed", "changed an API token"),
                    ("token.revoked", "revoked an API token"),
                    ("face.looked", "looked at the face of a recognition"),
                    ("photo.looked", "looked at an enrollment photo"),
                    ("photo.added", "added an enrollment photo"),
                    ("photo.deleted", "deleted an enrollment photo"),
                    ("photo.kept", "let a stopped enrollment photo be used"),
                    ("photo.refused", "refused an enrollment photo"),
                    ("picture.searched", "searched everybody for the faces of a picture"),
                    ("picture.compared", "compared two pictures"),
                    ("picture.verified", "compared a picture with a person"),
                    ("person.created", "added a person"),
                    ("person.changed", "changed a person"),
                    ("person.deleted", "deleted a person"),
                    ("person.erased", "erased a person"),
                    ("consent.signed", "recorded a signed consent"),
                    ("consent.withdrawn", "withdrew a consent"),
                    ("consent.expired", "ended a consent whose term was over"),
                    ("consent.looked", "looked at a signature"),
                    ("consent.text_published", "published a consent text"),
                    ("pin.set", "set the PIN of a person"),
                    ("pin.removed", "took the PIN of a person away"),
                    ("badge.issued", "issued a badge"),
                    ("badge.revoked", "revoked a badge"),
                    ("setting.created", "added a setting"),
                    ("setting.changed", "changed a setting"),
                    ("setting.deleted", "deleted a setting"),
                    ("kiosk.paired", "paired a kiosk"),
                    ("kiosk.changed", "changed a kiosk"),
                    ("kiosk.revoked", "revoked a kiosk"),
                    ("punch.added", "recorded a punch"),
                    ("correction.asked", "asked for a correction"),
                    ("correction.approved", "approved a correction"),
                    ("correction.refused", "refused a correction"),
                    ("finding.resolved", "settled an exception"),
                    ("leave.asked", "asked for leave"),
                    ("leave.decided", "decided about leave"),
                    ("leave.withdrawn", "withdrew leave"),
                    ("timesheet.approved", "approved a timesheet"),
                    ("timesheet.sent_back", "sent a timesheet back"),
                    ("period.closed", "closed a period"),
                    ("period.reopened", "reopened a period"),
                    ("export.made", "exported"),
                ],
                max_length=40,
                verbose_name="what",
            ),
        ),
    ]
