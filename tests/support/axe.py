"""What axe-core finds on a page that is open in a browser."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

#: The rules that have to hold: WCAG 2.1, levels A and AA.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@lru_cache(maxsize=1)
def _source() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


def violations(page: Any, *, without: dict[str, str] | None = None) -> list[str]:
    """One line for each element that breaks a rule, and each reason. Empty when all is well.

    Args:
        without: Rules that are not asked of some elements: the rule's id, and a selector of the elements.
    """
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(_source())
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => 0)))")
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", TAGS
    )
    lines = []
    for violation in found["violations"]:
        selector = (without or {}).get(violation["id"])
        for node in violation["nodes"]:
            target = str(node["target"][-1])
            if selector and page.evaluate(
                "([target, selector]) => !!document.querySelector(target)?.closest(selector)",
                [target, selector],
            ):
                continue
            reasons = [check["message"] for check in (*node["any"], *node["all"], *node["none"])]
            lines.append(f"{violation['id']} at {target}: {'; '.join(reasons)}")
    return lines
