"""On PostgreSQL a report of everybody's months reads an index that holds all it adds up, and no rows."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from faceroster.reports.charts.asked import asked
from faceroster.reports.charts.totals import _SUMS, _days
from faceroster.trust.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.database("postgresql")]


def test_the_index_holds_every_column_that_is_added_up(admin_user: User) -> None:
    question = asked(admin_user, {}, today=date(2026, 11, 20))
    assert question.all_of_them
    rows = _days(question).values("day", "department_id").annotate(**_SUMS)
    with connection.cursor() as cursor:
        # The table is empty here, and any plan as good as another.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    assert "Index Only Scan using workday_reports" in rows.explain()
