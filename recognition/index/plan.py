"""Which way of searching suits how many vectors."""

from __future__ import annotations

from dataclasses import dataclass

from recognition.index.shortlist import Method


@dataclass(frozen=True, slots=True)
class Plan:
    """From how many vectors on which way of searching is used; ``None`` for never.

    ``half_from``: exact search in half precision. ``approximate_from``: search by ``method``.
    ``slack``: how many stale entries a shortlist may have, however small it is. A way once chosen is
    kept until less than half as many vectors are left, so that one more or less decides nothing.
    """

    half_from: int | None = None
    method: Method = "ivf"
    approximate_from: int | None = None
    slack: int = 5000

    def stage(self, count: int, now: str) -> str:
        """The way for ``count`` vectors, ``now`` being in use: ``"flat"``, ``"fp16"`` or the method."""
        keep = {"flat": 0, "fp16": 1}.get(now, 2)
        for rank, name, limit in ((2, self.method, self.approximate_from), (1, "fp16", self.half_from)):
            if limit is not None and count >= (limit / 2 if keep >= rank else limit):
                return name
        return "flat"

    def reason(self, count: int, stage: str) -> str:
        """A sentence for the log: how ``count`` vectors are searched, and why so."""
        if stage == "fp16":
            way = f"exactly, in half precision, which is faster from {self.half_from:,} on"
        elif stage == "flat":
            way = "exactly, in full precision"
            higher = [limit for limit in (self.half_from, self.approximate_from) if limit]
            if higher and count < min(higher):
                way += f", which is fast below {min(higher):,}"
            elif higher:
                way += ", until a faster way has been built"
        else:
            way = f"by {stage} and then exactly, since from {self.approximate_from:,} on reading all is slow"
        return f"{count:,} templates, searched {way}."


#: The kinds of index. Why these sizes: docs/adr/0008-index-by-size.md.
PLANS = {
    "flat": Plan(),
    "fp16": Plan(half_from=0),
    "ivf": Plan(method="ivf", approximate_from=20_000),
    "hnsw": Plan(method="hnsw", approximate_from=20_000),
    "auto": Plan(half_from=50_000, method="ivf", approximate_from=500_000),
}
