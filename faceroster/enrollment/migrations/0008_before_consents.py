"""Nobody is forgotten by the kiosks at an upgrade: who had photos before consents were kept has one "before".

It says that and nothing more, has no text and no term, and is listed until the person has signed.
"""

from django.db import migrations
from django.utils import timezone


def keep(apps, schema_editor):
    people = apps.get_model("people", "Person")
    consent = apps.get_model("consents", "Consent")
    photos = apps.get_model("enrollment", "EnrollmentPhoto")
    using, now = schema_editor.connection.alias, timezone.now()
    with_photos = photos.objects.using(using).order_by().values("person_id")
    known = consent.objects.using(using).order_by().values("person_id")
    found = people.objects.using(using).filter(pk__in=with_photos).exclude(pk__in=known)
    consent.objects.using(using).bulk_create(
        [consent(person_id=pk, how="before", signed_at=now) for pk in found.values_list("pk", flat=True)],
        batch_size=500,
    )


def drop(apps, schema_editor):
    consent = apps.get_model("consents", "Consent")
    consent.objects.using(schema_editor.connection.alias).filter(how="before").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("enrollment", "0007_words"),
        ("consents", "0001_initial"),
        ("people", "0003_employment"),
    ]

    operations = [migrations.RunPython(keep, drop)]
