"""Each day: whether the audit log is what was written; administrators are told when it is not."""

from __future__ import annotations

from faceroster.audit import anchor
from faceroster.audit.verification import verify
from faceroster.notices.choices import administrators_for
from faceroster.notices.models import Event
from faceroster.notices.services import notice_tell

#: Seconds. A machine that is off at night verifies in the morning.
_ONCE_IN = 20 * 3600


def records_verify_tell() -> int:
    """Verify the audit log, unless that was done today. Returns how many things are wrong.

    Each first one of them is told once: a mail each day is soon one that nobody reads.
    """
    age = anchor.age()
    if age is not None and age < _ONCE_IN:
        return 0
    problems = verify().problems
    if problems:
        first = problems[0]
        event = Event.RECORDS_ALTERED
        notice_tell(
            event=event,
            key=f"{event}:{first.code}:{first.number}:{first.entry}"[:120],
            payload={"what": str(first), "count": len(problems), "code": first.code},
            users=administrators_for(event),
        )
    return len(problems)
