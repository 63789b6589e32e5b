"""Who they were: the account, the row itself, and their name in the audit log."""

from __future__ import annotations

from collections import Counter
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from faceroster.audit.forgetting import person_forget
from faceroster.core.errors import Conflict
from faceroster.people.models import DepartmentStay, Person
from faceroster.privacy.models import Erasure, ErasureStatus, Farewell
from faceroster.privacy.stores import Case, Counts
from faceroster.trust.models import ApiToken, Role, User
from faceroster.trust.rights import is_administrator


def sign_in(case: Case) -> Counts:
    """The account goes; where it decided about others, an empty one without a name stays in its place.

    Raises:
        Conflict: ``erasure.last_administrator``.
    """
    user = case.user
    if user is None:
        return Counter()
    _must_not_be_the_last(user)
    done: Counts = Counter({"sessions.session": _sessions_end(user)})
    for model in (AccessAttempt, AccessLog, AccessFailureLog):
        done[model._meta.label_lower] = model.objects.filter(username=user.username).delete()[0]
    done["trust.apitoken"] = ApiToken.objects.filter(user=user).delete()[0]
    Person.objects.filter(pk=case.person.pk).update(user=None)
    try:
        with transaction.atomic():
            user_pk = user.pk
            user.delete()
            user.pk = user_pk
            done["trust.user"] = 1
    except ProtectedError:
        _emptied(user, case.label)
        done["trust.user, emptied"] = 1
    return done


def _must_not_be_the_last(user: User) -> None:
    if not is_administrator(user) or not user.is_active:
        return
    others = User.objects.filter(is_active=True).exclude(pk=user.pk)
    if not any(is_administrator(other) for other in others):
        raise Conflict(
            "erasure.last_administrator",
            _("This is the only administrator. Make somebody else one first."),
        )


def _emptied(user: User, label: str) -> None:
    for relation in ("secondstep", "secondstepdue"):
        if (row := getattr(user, relation, None)) is not None:
            row.delete()
    models.QuerySet(type(user)._meta.apps.get_model("trust", "RecoveryCode")).filter(user=user).delete()
    user.managed_departments.clear()
    user.set_unusable_password()
    User.objects.filter(pk=user.pk).update(
        username=label,
        first_name="",
        last_name="",
        email="",
        password=user.password,
        is_active=False,
        is_staff=False,
        is_superuser=False,
        role=Role.PERSON,
        last_login=None,
        language="",
    )


def _sessions_end(user: User) -> int:
    store: type[SessionBase] = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    ended = 0
    for session in Session.objects.iterator(500):
        told: dict[str, Any] = store().decode(session.session_data)
        if told.get("_auth_user_id") == str(user.pk):
            session.delete()
            ended += 1
    return ended


def person(case: Case) -> Counts:
    """The row goes with everything else; by default it stays, under a name that says nothing."""
    Farewell.objects.filter(person=case.person).delete()
    Erasure.objects.filter(person=case.person, status=ErasureStatus.WAITING).exclude(
        label=case.label
    ).delete()
    if case.everything:
        stays = DepartmentStay.objects.filter(person=case.person).delete()[0]
        # What is left to cascade is what no store has thought of; a test looks that there is none.
        Person.objects.filter(pk=case.person.pk).delete()
        return Counter({"people.departmentstay": stays, "people.person": 1})
    Person.objects.filter(pk=case.person.pk).update(
        name=case.label, employee_number=case.label, email="", user=None, active=False
    )
    return Counter({"people.person, made nameless": 1})


def audit_log(case: Case) -> Counts:
    """Last, for all that came before was recorded with a name."""
    blanked = person_forget(
        person_id=case.person.pk,
        user_id=case.user.pk if case.user is not None else None,
        named=[text for text in case.texts if text != str(case.person.pk)],
    )
    return Counter({"audit.entry, texts blanked": blanked})
