"""A paired kiosk's browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from faceroster import jobs
from faceroster.kiosks.models import Decision, Kiosk, Outcome
from faceroster.people.models import Site
from tests.support.kiosks import DeviceClient, paired_device
from workers import pass_tasks


@pytest.fixture
def paired(site: Site) -> tuple[Kiosk, DeviceClient]:
    return paired_device(site)


@pytest.fixture
def kiosk(paired: tuple[Kiosk, DeviceClient]) -> Kiosk:
    return paired[0]


@pytest.fixture
def door(paired: tuple[Kiosk, DeviceClient]) -> DeviceClient:
    """The browser of ``kiosk``: signs its requests."""
    return paired[1]


@pytest.fixture
def make_decision(kiosk: Kiosk) -> Callable[..., Decision]:
    def make(**kwargs: Any) -> Decision:
        kwargs.setdefault("outcome", Outcome.AMBIGUOUS)
        kwargs.setdefault("kiosk", kiosk)
        assert kiosk.site is not None
        return Decision.objects.create(
            site=kiosk.site, threshold=0.95, margin=0.01, model="m@1", gallery_version=1, **kwargs
        )

    return make


@pytest.fixture
def worker_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """``jobs.call`` does the worker's part of a badge here and now."""

    def call(task: str, *args: Any, timeout: float) -> Any:
        assert task == "identify.badge"
        return pass_tasks.identify_badge(*args)

    monkeypatch.setattr(jobs, "call", call)
