"""Seals, and the triggers that keep from change what is written once. See ``faceroster.attendance.triggers``."""

import django.db.models.deletion
from django.db import migrations, models

from faceroster.attendance import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection.alias)


def remove(apps, schema_editor):
    triggers.remove(using=schema_editor.connection.alias)


class Migration(migrations.Migration):
    dependencies = [
        ("attendance", "0003_workdays"),
        ("people", "0003_employment"),
        ("rosters", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Seal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("row_hash", models.CharField(max_length=64)),
                ("evidence_hash", models.CharField(blank=True, max_length=64)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="seals",
                        to="attendance.periodevent",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
            ],
            options={
                "ordering": ["event", "day", "person"],
                "constraints": [models.UniqueConstraint(fields=("event", "person", "day"), name="seal_once")],
            },
        ),
        migrations.RunPython(install, remove),
    ]
