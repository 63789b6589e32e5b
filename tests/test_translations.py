"""The catalogues of the interface: complete, in step with the code, and compiled."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polib  # type: ignore[import-untyped]
import pytest
from django.utils import translation

from faceroster import vision
from faceroster.vision import sentences
from recognition.sentences import SENTENCES, explain
from tools import translations

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_a_catalogue_has_every_sentence_and_its_placeholders(language: str) -> None:
    found = list(translations.problems(translations.catalogue(language)))
    assert not found, f"{len(found)} problems, such as: " + "; ".join(found[:5])


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_what_django_reads_is_the_catalogue_compiled(language: str) -> None:
    path = translations.catalogue(language)
    assert path.with_suffix(".mo").read_bytes() == translations.compiled(path), "make translations"


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs GNU gettext")
def test_the_catalogues_are_in_step_with_the_code(tmp_path: Path) -> None:
    folder = tmp_path / "locale"
    shutil.copytree(translations.LOCALE, folder)
    translations.collect(folder)
    for language in translations.LANGUAGES:
        kept, collected = (
            {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in polib.pofile(str(path))}
            for path in (translations.catalogue(language), translations.catalogue(language, folder))
        )
        assert kept == collected, f"make translations ({language})"


def test_every_sentence_of_the_face_library_that_a_page_may_show_is_marked() -> None:
    shown = {
        sentence
        for code, sentence in SENTENCES.items()
        if code.partition(".")[0] in {"image", "face", "model", "training", "scoring", "recognition"}
    }
    assert shown == sentences.SENTENCES
    assert {*vision.EMOTIONS, "unsure"} == sentences.EMOTIONS


@pytest.mark.parametrize(
    "measures",
    [
        None,
        {"width": 40.2, "min_width": 80.0, "eye_distance": 21.7, "min_eye_distance": 32.0},
        {"width": 90.2, "min_width": 80.0, "eye_distance": 21.7, "min_eye_distance": 32.0},
    ],
)
def test_a_sentence_with_figures_is_in_english_what_the_library_says(
    measures: dict[str, float] | None,
) -> None:
    with translation.override("en"):  # whatever language the last request of a test was answered in
        assert vision.explain("face.too_small", measures) == explain("face.too_small", measures)


@pytest.mark.parametrize(
    ("msgid", "msgstr", "wrong"),
    [
        ("%(name)s is in.", "%(name)s ist da.", False),
        ("%(name)s is in.", "%(nam)s ist da.", True),
        ("At %(time)s, %(name)s", "%(name)s, %(time)s", False),
        ("<b>Drop</b> it", "<b>Fallen lassen", True),
        ("Nobody", "", True),
    ],
)
def test_a_wrong_translation_is_found(tmp_path: Path, msgid: str, msgstr: str, wrong: bool) -> None:
    po = polib.POFile()
    po.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": translations.PLURALS["de"]}
    po.append(polib.POEntry(msgid=msgid, msgstr=msgstr))
    po.save(str(tmp_path / "django.po"))
    assert bool(list(translations.problems(tmp_path / "django.po"))) == wrong


def test_no_page_has_words_that_nobody_can_translate() -> None:
    """Text between tags must come from a translation, or from a variable."""
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        if path.name == "500.html":  # shown when nothing works any more, languages included
            continue
        text = _WITHIN.sub("", path.read_text(encoding="utf-8"))
        found += [f"{path.name}: {part.strip()}" for part in _MARKUP.split(text) if _is_words(part)]
    assert not found


_WITHIN = re.compile(
    r"\{% blocktranslate.*?\{% endblocktranslate %\}|\{% block body_class %\}.*?\{% endblock %\}"
    r"|\{% comment.*?endcomment %\}|\{#.*?#\}|<code.*?</code>"
    r"|<script.*?</script>|<style.*?</style>|aria-hidden=\"true\">\w+</span>",
    re.DOTALL,
)
_MARKUP = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<(?:\{%.*?%\}|\{\{.*?\}\}|[^>])*>", re.DOTALL)
_NAMES = frozenset({"FaceRoster", "CSV", "XLSX", "PDF", "F1", "UTC", "iCalendar", "JSON"})


def _is_words(part: str) -> bool:
    words = re.findall(r"[A-Za-z]{3,}", part.replace("&nbsp;", " ").replace("&amp;", " "))
    return any(word not in _NAMES for word in words)
