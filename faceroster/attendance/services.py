"""What may be done about attendance: recording punches, by hand, by a program, or from a kiosk's camera."""

from faceroster.attendance.arrivals import arrival_record, greeting
from faceroster.attendance.punches import PunchResult, punch_record, punch_repeated

__all__ = ["PunchResult", "arrival_record", "greeting", "punch_record", "punch_repeated"]
