"""What only separate processes can show, on PostgreSQL and Redis; with the Django suite's fixtures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.django.conftest import *  # noqa: F403 - fixtures are found by their names here
from tests.support.services import mark_below, missing_for_production


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_below(Path(__file__).parent, items, skip_reason=missing_for_production())
