"""Collect the sentences of the interface, compile their translations, and check both.

``collect`` brings the catalogues in ``faceroster/locale`` up to date with the code (it needs GNU gettext's
``xgettext`` and ``msgmerge``; the tests use it too where it is there). ``compile`` writes the .mo files that
Django reads, and needs nothing but polib. ``check`` says what a catalogue lacks.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "faceroster" / "locale"
LANGUAGES = ("de", "es", "fr", "ar")
PLURALS = {
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "ar": (
        "nplurals=6; plural=n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5;"
    ),
}
#: Folders whose sentences are not the interface's.
IGNORED = (
    ".venv", "build", "var", "tests", "tools", "recognition", "benchmarks", "demo", "docs", "workers",
    "migrations", "static", "locale",
)  # fmt: skip

_NAMED = re.compile(r"%\([A-Za-z_0-9]+\)[a-z]|%[sd]|\{[a-z_0-9]*\}|%%")
_TAG = re.compile(r"</?[a-z][^>]*>")


def catalogue(language: str, folder: Path = LOCALE) -> Path:
    """Where the sentences of ``language`` lie."""
    return folder / language / "LC_MESSAGES" / "django.po"


def collect(folder: Path = LOCALE) -> None:
    """Add what is new in the code to each catalogue of ``folder`` and take out what is gone."""
    for language in LANGUAGES:
        path = catalogue(language, folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(_header(language), encoding="utf-8")
    command = [sys.executable, "-c", _MAKEMESSAGES, str(folder), "makemessages"]
    command += ["--no-obsolete", "--no-wrap", "--add-location", "file", "--extension", "html,txt,py"]
    command += [part for name in IGNORED for part in ("--ignore", name, "--ignore", f"*/{name}/*")]
    command += [part for language in LANGUAGES for part in ("--locale", language)]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "DJANGO_SETTINGS_MODULE": _SETTINGS})
    for language in LANGUAGES:
        path = catalogue(language, folder)
        po = polib.pofile(str(path), wrapwidth=0)
        _plain(po, language)
        po.save(str(path))


def compile_all(folder: Path = LOCALE) -> None:
    """Write the .mo beside each .po."""
    for language in LANGUAGES:
        path = catalogue(language, folder)
        path.with_suffix(".mo").write_bytes(compiled(path))


def compiled(path: Path) -> bytes:
    """What the .mo of the catalogue at ``path`` must hold."""
    return polib.pofile(str(path)).to_binary()


def problems(path: Path) -> Iterator[str]:
    """What is missing or wrong in the catalogue at ``path``, a line each."""
    po = polib.pofile(str(path))
    forms = int(po.metadata["Plural-Forms"].split("nplurals=")[1].split(";")[0])
    for entry in po:
        told = " | ".join(entry.msgstr_plural.values()) or entry.msgstr
        if entry.obsolete:
            yield f"obsolete: {entry.msgid!r}"
        elif entry.fuzzy:
            yield f"fuzzy: {entry.msgid!r}"
        elif entry.msgid_plural and (
            len(entry.msgstr_plural) != forms or not all(entry.msgstr_plural.values())
        ):
            yield f"not all {forms} plurals: {entry.msgid!r}"
        elif not told:
            yield f"not translated: {entry.msgid!r}"
        else:
            yield from _differences(entry)


def _differences(entry: polib.POEntry) -> Iterator[str]:
    """Placeholders, tags and line ends in which a translation differs from its sentence."""
    if not entry.msgid_plural:
        if _parts(entry.msgid) != _parts(entry.msgstr):
            yield f"other placeholders: {entry.msgid!r} and {entry.msgstr!r}"
        if _TAG.findall(entry.msgid) and sorted(_TAG.findall(entry.msgid)) != sorted(
            _TAG.findall(entry.msgstr)
        ):
            yield f"other tags: {entry.msgid!r} and {entry.msgstr!r}"
        return
    wanted = _parts(entry.msgid_plural) | _parts(entry.msgid)
    for told in entry.msgstr_plural.values():
        # The forms for none, one and two may leave the number out: the word says it.
        missing = {part for part in wanted if part not in _parts(told)}
        if _parts(told) - wanted or len(missing) > 1:
            yield f"other placeholders: {entry.msgid_plural!r} and {told!r}"


def _parts(text: str) -> set[str]:
    return set(_NAMED.findall(text))


def _header(language: str) -> str:
    return f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'


def _plain(po: polib.POFile, language: str) -> None:
    """A header that says what matters and never changes by itself."""
    po.header = "Translations of FaceRoster."
    po.metadata_is_fuzzy = False
    po.metadata = {
        "Project-Id-Version": "FaceRoster",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURALS[language],
    }
    for entry in po:
        entry.previous_msgid = entry.previous_msgid_plural = None
        if entry.fuzzy:  # msgmerge's guess: to be translated, not to be trusted
            entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
            entry.msgstr = ""
            entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "")


_SETTINGS = "faceroster.settings.test"
_MAKEMESSAGES = """
import sys
from django.conf import settings
from django.core.management import execute_from_command_line
settings.LOCALE_PATHS = [sys.argv.pop(1)]
execute_from_command_line(sys.argv)
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("collect", "compile", "check"))
    what = parser.parse_args(arguments).what
    if what == "collect":
        collect()
    elif what == "compile":
        compile_all()
    else:
        found = [f"{language}: {line}" for language in LANGUAGES for line in problems(catalogue(language))]
        print("\n".join(found) or "Every catalogue is complete.")
        return 1 if found else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
