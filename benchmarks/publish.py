"""Put the measured tables and the figure into the documents.

    python -m benchmarks.publish [--tables build/bench]

In README.md and docs/*.md, what stands between ``<!-- table: NAME -->`` and ``<!-- end of table -->`` is
replaced by ``NAME.md`` of the last run, without its heading. Names that were not measured stay as they are.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks import plots
from benchmarks.report import FOLDER, ROOT

_MARKED = re.compile(r"(<!-- table: ([a-z0-9_-]+) -->\n).*?(<!-- end of table -->)", re.DOTALL)


def renewed(page: str, tables: Path) -> tuple[str, list[str], list[str]]:
    """The page with new tables, the names of those put in, and the names of those not measured."""
    done: list[str] = []
    missing: list[str] = []

    def put(match: re.Match[str]) -> str:
        source = tables / f"{match[2]}.md"
        if not source.is_file():
            missing.append(match[2])
            return match[0]
        done.append(match[2])
        _, _, body = source.read_text(encoding="utf-8").partition("\n")
        return f"{match[1]}\n{body.strip()}\n\n{match[3]}"

    return _MARKED.sub(put, page), done, missing


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tables", type=Path, default=FOLDER)
    options = parser.parse_args(argv)
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        page = path.read_text(encoding="utf-8")
        new, done, missing = renewed(page, options.tables)
        if new != page:
            path.write_text(new, encoding="utf-8")
        if done or missing:
            left = f"; not measured: {', '.join(missing)}" if missing else ""
            print(f"{path.relative_to(ROOT)}: {', '.join(done) or 'nothing new'}{left}")
    plots.main(["--tables", str(options.tables)])


if __name__ == "__main__":
    main()
