"""What was punched and corrected, what follows from it, and the periods in which it is closed."""

from faceroster.attendance.models.corrections import Correction, CorrectionKind, Verdict
from faceroster.attendance.models.periods import (
    Period,
    PeriodEvent,
    PeriodEventKind,
    PeriodStatus,
    TimesheetEvent,
    TimesheetEventKind,
)
from faceroster.attendance.models.punches import Direction, Punch, PunchSource
from faceroster.attendance.models.redactions import Redaction
from faceroster.attendance.models.resolutions import Finding, Resolution
from faceroster.attendance.models.seals import Seal
from faceroster.attendance.models.workdays import DayStatus, Due, Workday

__all__ = [
    "Correction",
    "CorrectionKind",
    "DayStatus",
    "Direction",
    "Due",
    "Finding",
    "Period",
    "PeriodEvent",
    "PeriodEventKind",
    "PeriodStatus",
    "Punch",
    "PunchSource",
    "Redaction",
    "Resolution",
    "Seal",
    "TimesheetEvent",
    "TimesheetEventKind",
    "Verdict",
    "Workday",
]
