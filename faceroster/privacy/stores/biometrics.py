"""The key first: from then on nothing of a face opens. Then photos, templates, consents, PINs and badges."""

from __future__ import annotations

from collections import Counter

from django.db import models

from faceroster.coaching.models import EnrolmentTicket
from faceroster.consents.models import Consent
from faceroster.enrollment.models import EnrollmentPhoto, PhotoReview, Template
from faceroster.passes import tries
from faceroster.passes.models import Badge, Pin, Tries
from faceroster.people.models import Person
from faceroster.privacy.stores import Case, Counts
from faceroster.trust.services import subject_key_destroy


def key(case: Case) -> Counts:
    """Destroyed, and the person has none any more: nothing new can be sealed for them."""
    subject_key = case.person.subject_key
    if subject_key is None:
        return Counter()
    subject_key_destroy(key=subject_key)
    Person.objects.filter(pk=case.person.pk).update(subject_key=None)
    return Counter({"trust.subjectkey destroyed": 1})


def photos(case: Case) -> Counts:
    """Row by row, so that signals write the change log of the gallery and end classifiers."""
    mine = EnrollmentPhoto.objects.filter(person=case.person)
    case.later("photos", list(mine.values_list("pk", flat=True)))
    done = Counter(
        {
            "enrollment.template": Template.objects.filter(person=case.person).count(),
            "enrollment.enrollmentphoto": mine.count(),
        }
    )
    learned = mine.filter(classifiers__isnull=False).order_by()
    case.later("classifiers", list(learned.values_list("classifiers", flat=True).distinct()))
    done["classifiers.classifier ended"] = len(case.pending["classifiers"])
    mine.delete()
    done["enrollment.photoreview"] = PhotoReview.objects.filter(person=case.person).delete()[0]
    # What other people's photos say of whom they looked like.
    done["enrollment.photoreview of others, name taken out"] = PhotoReview.objects.filter(
        other_person=case.person
    ).update(other_person=None, other_photo=None)
    done["enrollment.enrollmentphoto of others, name taken out"] = EnrollmentPhoto.objects.filter(
        similar_person=case.person
    ).update(similar_person=None, similar_photo=None)
    return done


def consents(case: Case) -> Counts:
    # Past the refusal of its own query set.
    mine: models.QuerySet[Consent] = models.QuerySet(Consent).filter(
        person=case.person
    )  # past the refusal of its own query set
    case.later("consents", list(mine.values_list("pk", flat=True)))
    return Counter({"consents.consent": mine.delete()[0]})


def passes(case: Case) -> Counts:
    subjects = [tries.of_person(case.person.pk), tries.of_number(case.person.employee_number)]
    return Counter(
        {
            "passes.pin": Pin.objects.filter(person=case.person).delete()[0],
            "passes.badge": Badge.objects.filter(person=case.person).delete()[0],
            "passes.tries": Tries.objects.filter(subject__in=[one.digest for one in subjects]).delete()[0],
        }
    )


def enrolments(case: Case) -> Counts:
    mine = EnrolmentTicket.objects.filter(person=case.person)
    case.later("enrolments", list(mine.values_list("pk", flat=True)))
    return Counter({"coaching.enrolmentticket": mine.delete()[0]})
