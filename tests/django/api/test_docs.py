"""docs/api.md says what is so: every code of the source with its status, every scope, every address."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

from faceroster.core.errors import FaceRosterError
from faceroster.trust.models import Scope
from tests.django.api.test_access import MATRIX

ROOT = Path(settings.BASE_DIR)
CODE = re.compile(r"[a-z]+\.[a-z_]+")
#: First words of dotted names that are no codes: tasks, rights, modules.
NO_CODES = {
    "default", "enroll", "identify", "attendance", "enrollment", "kiosks", "lab", "people", "reports",
    "trust", "faceroster", "recognition", "workers", "rest_framework", "django", "department", "emotions",
    "classifiers", "train", "notices", "axes", "audit", "consents", "text", "admin", "sessions", "rosters",
    "privacy",
    # What production does not start with: docs/configuration.md.
    "production",
    # What `manage.py audit verify` finds, in its own output and docs/audit.md.
    "anchor", "chain", "entry", "head", "key", "link",
}  # fmt: skip
#: Tasks whose first word is also that of codes.
TASKS = {
    "export.run", "export.clean", "coach.sweep", "passes.prune", "offline.judge", "offline.sweep",
}  # fmt: skip
#: Tables that an erasure clears, by their label.
TABLES = {"coaching.enrolmentticket", "passes.badge", "passes.pin", "passes.tries"}
#: Codes whose first word is among those.
CODES_ALL_THE_SAME = {"lab.too_many", "recognition.error", "audit.append_only"}
#: Codes of what is recorded, and not of what went wrong.
RECORDED = "audit/actions.py"


@cache
def _trees() -> list[ast.Module]:
    files = [path for top in ("faceroster", "recognition", "workers") for path in (ROOT / top).rglob("*.py")]
    kept = [path for path in files if not {"migrations", "settings"} & set(path.parts)]
    kept = [path for path in kept if not path.as_posix().endswith(RECORDED)]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in kept]


ENDING = re.compile(r"\.(py|html|css|js|json|jsonl|csv|jpg|png|lock|tab|txt|keras|onnx|webmanifest)$")


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def codes_in_the_source() -> set[str]:
    found = {text for tree in _trees() for text in _texts(tree) if CODE.fullmatch(text)}
    files = {text for text in found if ENDING.search(text)}
    named = {text for text in found - files - TASKS - TABLES if text.split(".")[0] not in NO_CODES}
    return named | (found & CODES_ALL_THE_SAME)


def _page() -> str:
    return (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def _table() -> dict[str, str]:
    """Code and status of every row that has both."""
    return dict(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| (\w+) \|", _page(), re.MULTILINE))


def _listed() -> set[str]:
    return set(re.findall(r"`([a-z]+\.[a-z_]+)`", _page().split("## Errors", 1)[1]))


def test_every_code_of_the_source_is_listed_and_no_other() -> None:
    assert codes_in_the_source() - _listed() == set(), "raised, but not in docs/api.md"
    assert _listed() - codes_in_the_source() == set(), "in docs/api.md, but not in the source"


def _subclasses(of: type) -> Iterator[type]:
    for kind in of.__subclasses__():
        yield kind
        yield from _subclasses(kind)


def test_the_statuses_are_those_of_the_errors_raised() -> None:
    kinds = {kind.__name__: kind.status for kind in _subclasses(FaceRosterError)}  # type: ignore[attr-defined]
    table, wrong, checked = _table(), {}, 0
    for tree in _trees():
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or not call.args or not isinstance(call.args[0], ast.Constant):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            code = call.args[0].value
            if name in kinds and code in table:
                checked += 1
                if table[code] != str(kinds[name]):
                    wrong[code] = (table[code], kinds[name])
    assert not wrong
    assert checked > 20


def test_every_scope_and_address_is_listed() -> None:
    page = _page()
    assert [scope for scope in Scope.values if f"| `{scope}` |" not in page] == []
    for route, rules in MATRIX.items():
        address = re.sub(r"<uuid:\w+>", "{id}", route.removeprefix("v1/"))
        for method in rules:
            assert f"`{method} {address}`" in page, f"{method} {address}"
