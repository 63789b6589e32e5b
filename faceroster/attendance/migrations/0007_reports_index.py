"""On PostgreSQL, an index that holds all that a report of months adds up: a tenth of reading the rows themselves.

It is of use only where the table was vacuumed, so that is done more often: by the default it would be after
months.
"""

from typing import Any

from django.db import migrations

TABLE, INDEX = "attendance_workday", "workday_reports"
_SUMMED = (
    "status",
    "due_minutes",
    "worked_minutes",
    "credited_minutes",
    "overtime_minutes",
    "weekly_overtime_minutes",
    "late_minutes",
    "leave_days",
    "absent",
    "excused",
    "missed_out",
    "missed_in",
)
_PARAMETERS = "autovacuum_vacuum_scale_factor", "autovacuum_vacuum_insert_scale_factor"


def make(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(
        f"CREATE INDEX {INDEX} ON {TABLE} (day, department_id) INCLUDE ({', '.join(_SUMMED)})"
    )
    often = ", ".join(f"{name} = 0.02" for name in _PARAMETERS)
    schema_editor.execute(f"ALTER TABLE {TABLE} SET ({often})")


def drop(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(f"DROP INDEX {INDEX}")
    schema_editor.execute(f"ALTER TABLE {TABLE} RESET ({', '.join(_PARAMETERS)})")


class Migration(migrations.Migration):
    dependencies = [("attendance", "0006_fewer_indexes")]

    operations = [migrations.RunPython(make, drop)]
