"""Promises about the project itself: nothing from a CDN, dependencies explained, no dead link in the docs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_LOADED = re.compile(
    r"""(?:src|href|action)=["']?(https?:)?//|@import\s+["']?http|url\(["']?http|fetch\(["']http"""
)


def _files(*patterns: str) -> list[Path]:
    return sorted(path for pattern in patterns for path in ROOT.glob(pattern) if "vendor" not in path.parts)


def test_pages_load_nothing_from_elsewhere() -> None:
    pages = _files("templates/**/*.html", "faceroster/static/**/*.js", "faceroster/static/**/*.css")
    assert len(pages) > 10
    guilty = [page for page in pages if _LOADED.search(page.read_text(encoding="utf-8"))]
    assert not guilty, guilty


def test_pages_hold_no_inline_script_or_style() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=\"", re.I
    )
    guilty = {
        str(page.relative_to(ROOT)): found[0]
        for page in _files("templates/**/*.html")
        # What is sent or saved has its looks within, or none.
        if "mail" not in page.parts
        and page.name != "subject_access.html"
        and (found := inline.search(page.read_text(encoding="utf-8")))
    }
    assert not guilty, guilty


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_is_pinned_and_explained(name: str) -> None:
    explained = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    pinned = (ROOT / name.replace(".in", ".txt")).read_text(encoding="utf-8").lower()
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        package = re.match(r"[A-Za-z][\w.-]*", line)
        if package:
            word = package[0].lower()
            assert re.search(rf"^{re.escape(word)}==", pinned, re.M), f"{word} is not pinned"
            assert word in explained, f"{word} is not in docs/dependencies.md"


def test_what_a_browser_mirrors_is_not_mirrored_again() -> None:
    """Angles turn by themselves where people read from the right; arrows do not."""
    looks = "\n".join(path.read_text(encoding="utf-8") for path in _files("faceroster/static/**/*.css"))
    turned = set(re.findall(r'\[dir="rtl"\] \.([\w-]+) \{[^}]*scaleX\(-1\)', looks))
    assert turned
    for page in _files("templates/**/*.html"):
        for names in re.findall(r'class="([^"]*)"[^<>]*>\s*[\u2039\u203a]', page.read_text(encoding="utf-8")):
            assert not turned & set(names.split()), f"{page.relative_to(ROOT)}: {names}"


def test_links_in_the_documents_lead_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", *_files("docs/**/*.md")]:
        for target in _LINK.findall(page.read_text(encoding="utf-8")):
            if not target.startswith(("http://", "https://")) and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken, broken


def test_no_tracked_file_names_a_machine_or_is_large() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    total = 0
    for name in listed.stdout.splitlines():
        path = ROOT / name
        size = path.stat().st_size if path.exists() else 0
        assert size < 4_000_000, f"{name} is large: {size}"
        total += size if name.startswith("demo/") else 0
    assert total < 12_000_000, f"the demo's files have {total} bytes together"
