"""The text that an installation begins with, in each language. Administrators publish their own."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import connections

from faceroster.consents.models import ConsentText

_FOLDER = Path(__file__).parent / "texts"
#: Two years.
TERM_DAYS = 730


def starting_text(language: str) -> ConsentText:
    """Version 1 in ``language``, not stored: title, purpose and body stand in its file in this order."""
    told = (_FOLDER / f"{language}.md").read_text(encoding="utf-8").strip()
    title, purpose, body = told.split("\n\n", 2)
    return ConsentText(
        language=language,
        version=1,
        title=" ".join(title.split()),
        purpose=" ".join(purpose.split()),
        body=body,
        term_days=TERM_DAYS,
    )


def texts_ship(using: str = "default") -> None:
    """Store what is missing, where there is no text of that language at all."""
    if ConsentText._meta.db_table not in connections[using].introspection.table_names():
        return  # on the way back to before there were consents
    there = set(ConsentText.objects.using(using).values_list("language", flat=True))
    for language, _name in settings.LANGUAGES:
        if language not in there and (_FOLDER / f"{language}.md").is_file():
            starting_text(language).save(using=using)
