"""What was told about a person elsewhere: imports, notices, exports, the admin's own history."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from faceroster.core.errors import Conflict
from faceroster.enrollment.imports.services import import_cancel
from faceroster.enrollment.models import ImportRun, ImportStatus
from faceroster.notices.models import Delivery, Notice
from faceroster.privacy.stores import Case, Counts
from faceroster.reports.models import ExportRun


def _mentioning(rows: QuerySet[Any], field: str, case: Case) -> QuerySet[Any]:
    """Those of ``rows`` whose JSON ``field`` holds one of the texts that say who it is."""
    named = Q()
    for text in case.texts:
        # As JSON has it: what is not ASCII may be written either way.
        for written in {text, text.encode("ascii", "backslashreplace").decode()}:
            named |= Q(_told__contains=written)
    return rows.alias(_told=Cast(F(field), TextField())).filter(named)


def imports(case: Case) -> Counts:
    """What is uploaded and not yet begun is dropped, for it would bring them back.

    Raises:
        Conflict: ``erasure.import_running``.
    """
    if ImportRun.objects.filter(status__in=(ImportStatus.QUEUED, ImportStatus.RUNNING)).exists():
        raise Conflict(
            "erasure.import_running",
            _("An import is running. It might bring the person back: please wait until it has ended."),
        )
    done: Counts = Counter()
    for run in ImportRun.objects.filter(status=ImportStatus.CHECKED):
        import_cancel(run=run)
        done["enrollment.importrun not begun, dropped"] += 1
    for run in _mentioning(ImportRun.objects.all(), "errors", case):
        kept = [error for error in run.errors if not any(text in str(error) for text in case.texts)]
        done["enrollment.importrun errors"] += len(run.errors) - len(kept)
        ImportRun.objects.filter(pk=run.pk).update(errors=kept)
    return done


def notices(case: Case) -> Counts:
    """Those about them, those to them, and those about others that name them, with all deliveries."""
    done = Counter({"notices.notice": Notice.objects.filter(person=case.person).delete()[0]})
    done["notices.notice that named them"] = _mentioning(Notice.objects.all(), "payload", case).delete()[0]
    if case.user is not None:
        done["notices.delivery"] = Delivery.objects.filter(user=case.user).delete()[0]
    return done


def exports(case: Case) -> Counts:
    """All that lie ready: any may hold their days, and none would have lasted another day."""
    runs = ExportRun.objects.all()
    case.later("exports", list(runs.values_list("pk", flat=True)))
    return Counter({"reports.exportrun": sum(run.delete()[0] for run in runs)})


def admin_history(case: Case) -> Counts:
    named = Q(object_id=str(case.person.pk))
    for text in case.texts:
        named |= Q(object_repr__contains=text) | Q(change_message__contains=text)
    return Counter({"admin.logentry": LogEntry.objects.filter(named).delete()[0]})
