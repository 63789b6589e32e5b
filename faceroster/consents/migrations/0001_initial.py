"""Consent texts, consents, and the triggers that keep a published text as it is."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from faceroster.consents import triggers


def install(apps, schema_editor):
    triggers.install(schema_editor.connection.alias)


def remove(apps, schema_editor):
    triggers.remove(schema_editor.connection.alias)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0006_stays"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsentText",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "language",
                    models.CharField(
                        choices=[
                            ("en", "English"),
                            ("de", "Deutsch"),
                            ("es", "Español"),
                            ("fr", "Français"),
                            ("ar", "العربية"),
                        ],
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "purpose",
                    models.CharField(
                        help_text="What faces are used for, in one sentence.",
                        max_length=500,
                        verbose_name="purpose",
                    ),
                ),
                (
                    "body",
                    models.TextField(
                        help_text="An empty line begins a paragraph.", max_length=20000, verbose_name="text"
                    ),
                ),
                (
                    "term_days",
                    models.PositiveIntegerField(
                        help_text="So long a signature is good; then the person is asked again.",
                        verbose_name="term in days",
                    ),
                ),
                ("digest", models.CharField(editable=False, max_length=64, verbose_name="SHA-256")),
            ],
            options={
                "verbose_name": "consent text",
                "verbose_name_plural": "consent texts",
                "ordering": ["language", "-version"],
                "constraints": [
                    models.UniqueConstraint(fields=("language", "version"), name="consent_text_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("screen", "Signed on the screen"),
                            ("paper", "Signed on paper"),
                            ("before", "Before consents were kept"),
                        ],
                        max_length=10,
                        verbose_name="how",
                    ),
                ),
                ("signed_name", models.CharField(blank=True, max_length=150, verbose_name="signed as")),
                ("signed_at", models.DateTimeField(verbose_name="signed at")),
                ("expires_at", models.DateTimeField(db_index=True, null=True, verbose_name="expires at")),
                ("pictured", models.BooleanField(default=False, verbose_name="with a picture")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("withdrawn", "Withdrawn"),
                            ("expired", "Expired"),
                            ("replaced", "Signed anew"),
                        ],
                        max_length=10,
                        verbose_name="ending",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "ended_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="ended by",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consents",
                        to="people.person",
                        verbose_name="person",
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="witness",
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="consents.consenttext",
                        verbose_name="text",
                    ),
                ),
            ],
            options={
                "verbose_name": "consent",
                "verbose_name_plural": "consents",
                "ordering": ["-signed_at", "-created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("person",),
                        name="consent_one_open",
                    )
                ],
            },
        ),
        migrations.RunPython(install, remove),
    ]
