import hashlib

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.core.exceptions import ImproperlyConfigured
from django.db import migrations, models

from faceroster.trust import sealing

#: What was derived from the root key until now and outlives a moment.
LASTING = (
    "emotion-marks",
    "emotion-tally",
    "enrolment-codes",
    "exports",
    "imports",
    "index-rotation",
    "offline",
    "pass-tries",
    "photo-digest",
    "pins",
    "webhook-secrets",
)


def _derived(root: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"faceroster/{purpose}".encode()).derive(root)


def keep_what_was_derived(apps, schema_editor):
    """An installation in use goes on with the keys that it has; a new one gets random ones when it starts."""
    if not apps.get_model("trust", "User").objects.exists():
        return
    try:
        root = sealing.root_key()
    except ImproperlyConfigured:
        if apps.get_model("trust", "SubjectKey").objects.exists():
            raise
        return
    root_id = hashlib.sha256(b"faceroster root key id" + root).hexdigest()[:16]
    for purpose in LASTING:
        apps.get_model("trust", "PurposeKey").objects.create(
            purpose=purpose,
            wrapped=sealing.seal(
                _derived(root, "purpose-keys"), _derived(root, purpose), context=f"purpose-key|{purpose}"
            ),
            root_key_id=root_id,
            derived_from=root_id,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("trust", "0004_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="PurposeKey",
            fields=[
                ("purpose", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField()),
                ("root_key_id", models.CharField(max_length=16)),
                ("derived_from", models.CharField(blank=True, max_length=16)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.RunPython(keep_what_was_derived, migrations.RunPython.noop),
    ]
