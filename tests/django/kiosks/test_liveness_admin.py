"""What a decision says about liveness to who reads it in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from faceroster.kiosks.models import Decision, Kiosk, Outcome

DECISIONS = "/admin/kiosks/decision/"
LOOKED: dict[str, Any] = {
    "policy": "passive",
    "frames": 5,
    "score": 3.21,
    "cues": {"planarity": 0.021},
    "codes": [],
}
REPORTS: dict[str, dict[str, Any]] = {
    "live": {**LOOKED, "verdict": "live"},
    "passed": {
        **LOOKED,
        "verdict": "live",
        "challenge": {"verdict": "passed", "lost": ["challenge.too_late"]},
    },
    "photo": {
        **LOOKED,
        "verdict": "not_live",
        "challenge": {"verdict": "lost", "lost": ["challenge.flat"] * 2},
    },
    "unasked": {},
}


@pytest.fixture
def decisions(kiosk: Kiosk) -> dict[str, Decision]:
    return {
        name: Decision.objects.create(
            kiosk=kiosk,
            site=kiosk.site,
            outcome=Outcome.NOT_LIVE if name == "photo" else Outcome.UNKNOWN,
            threshold=1.0,
            margin=0.1,
            model="net@1",
            gallery_version=1,
            liveness=report,
        )
        for name, report in REPORTS.items()
    }


def test_a_decision_says_how_liveness_was_judged(
    staff_client: Client, decisions: dict[str, Decision]
) -> None:
    def page(name: str) -> str:
        return staff_client.get(f"{DECISIONS}{decisions[name].pk}/change/").content.decode()

    live = page("live")
    for words in ("Policy: Passive", "Verdict: live.", "Looking on for 5 frames gave a score of 3.21",
                  "planarity 0.021"):  # fmt: skip
        assert words in live
    assert "The movements that were asked for were made." in page("passed")
    assert "A challenge was lost: a movement came too late or not at all." in page("passed")
    photo = page("photo")
    assert photo.count("A challenge was lost: the face moved like a flat picture.") == 2
    assert "Not shown to be live" in photo
    assert "Not asked for." in page("unasked")
    assert "nothing was measured" in page("unasked")


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("live", {"live", "passed"}),
        ("not_live", {"photo"}),
        ("challenged", {"passed", "photo"}),
        ("unasked", {"unasked"}),
        ("nonsense", set(REPORTS)),
    ],
)
def test_the_list_is_filtered_by_liveness(
    value: str, found: set[str], staff_client: Client, decisions: dict[str, Decision]
) -> None:
    answer = staff_client.get(f"{DECISIONS}?live={value}", follow=True)
    listed = {row.pk for row in answer.context["cl"].result_list}
    assert {name for name, row in decisions.items() if row.pk in listed} == found
