"""From what the frames of a face come to, to what is done about it: let in, ask, or send to the PIN."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from faceroster import vision
from faceroster.enrollment import gallery
from faceroster.kiosks import challenges
from faceroster.kiosks.challenges import (
    OTHER_FACE,
    Answer,
    challenge_advance,
    challenge_begin,
    challenge_lost,
    challenge_shown,
    chances_left,
)
from faceroster.kiosks.evidence import visit_vectors_keep
from faceroster.kiosks.judging import Judged, box_of, judge_again, rotated
from faceroster.kiosks.liveness import passed, prove, report_of
from faceroster.kiosks.messages import State, message_of_prompt
from faceroster.kiosks.models import Outcome
from faceroster.kiosks.questions import question_about, ticket_for
from faceroster.kiosks.records import decision_record
from faceroster.kiosks.scenes import LATE, Scene, Visit
from faceroster.kiosks.sightings import Sighting, alike, closed_for, sighting_forget, sighting_keep
from faceroster.kiosks.tickets import Why


def conclude(scene: Scene, judged: Judged, sighting: Sighting) -> Visit:
    """What is done about the face that was ``judged`` in a frame: the acceptance only with proof of life."""
    found = judged.found
    done_for = closed_for(scene.kiosk.id, sighting)
    if done_for and (found.person in (None, done_for) or question_about(judged)):
        # Unless it is plainly somebody else, who stood beside whoever entered a PIN.
        return scene.says(State.ALREADY, message=_("Thank you, that is done"))
    if not judged.settled:
        return scene.says(State.UNSURE)
    if scene.is_late():
        return scene.says(State.UNSURE, (LATE,))
    with scene.watch.stage("questions"):
        question = question_about(judged)
    if question is not None:
        return _asked_for_pin(scene, judged, sighting, question)
    if found.person is None:
        return _nobody(scene, judged)
    with scene.watch.stage("liveness"):
        proof = prove(scene.kiosk, scene.site.liveness, sighting, found.person, scene.at)
    if proof.state is State.ACCEPTED:
        return _let_in(scene, judged, sighting, proof.report)
    if proof.state is State.NOT_LIVE:
        return _not_live(scene, judged, sighting, proof.report, proof.codes)
    if proof.state is State.CHALLENGE:
        return _prompted(scene, sighting)
    return scene.says(proof.state, proof.codes)


def challenged(scene: Scene, sighting: Sighting, answer: Answer | None) -> Visit:
    """What a frame comes to while ``sighting`` is challenged. Nothing else is judged meanwhile."""
    if not scene.faces:
        if sighting.asked is None or scene.at <= sighting.asked.until:
            return _prompted(scene, sighting)
        return _lost(scene, sighting, challenges.EXPIRED)
    face, same = _whose(scene, sighting)
    if same:
        sighting.at, sighting.box = scene.at, box_of(face)
    with scene.watch.stage("liveness"):
        observation = vision.observe_face(scene.image, face.face, scene.at)
        done, code = challenge_advance(sighting, answer, observation, same=same)
    if code is not None:
        return _lost(scene, sighting, code, face)
    visit = _passed(scene, sighting, face) if done else _prompted(scene, sighting)
    sighting_keep(scene.kiosk.id, sighting)
    return visit


def _whose(scene: Scene, sighting: Sighting) -> tuple[vision.Analysis, bool]:
    """The face in the frame that is the sighting's, and True; the main one and False if none is."""
    model, _vector = rotated(scene.faces[0])
    with scene.watch.stage("search"), gallery.synced(model) as (known, _version):
        for face in scene.faces:
            if alike(known, sighting, rotated(face)[1]):
                return face, True
    return scene.faces[0], False


def _prompted(scene: Scene, sighting: Sighting, codes: tuple[str, ...] = ()) -> Visit:
    assert sighting.asked is not None
    shown = challenge_shown(sighting.asked, scene.at)
    message = message_of_prompt(shown["prompt"])
    return scene.says(State.CHALLENGE, codes, message=message, challenge=shown)


def _passed(scene: Scene, sighting: Sighting, face: vision.Analysis) -> Visit:
    """The challenge was passed by the face of ``sighting``: let in whom its best frames show."""
    report = passed(scene.site.liveness, sighting)
    judged = judge_again(face, scene.size, sighting.vectors, sighting.weights)
    question = question_about(judged)
    if question is not None:
        return _asked_for_pin(scene, judged, sighting, question)
    if judged.found.person != sighting.person or scene.is_late():
        return scene.says(State.UNSURE, (LATE,) if scene.is_late() else ())
    return _let_in(scene, judged, sighting, report)


def _lost(scene: Scene, sighting: Sighting, code: str, face: vision.Analysis | None = None) -> Visit:
    """A challenge was lost: another one, or after the last chance the PIN."""
    kiosk, person = scene.kiosk, sighting.person
    challenge_lost(kiosk, sighting, code)
    assert person is not None
    if code == OTHER_FACE or face is None:
        sighting_forget(kiosk.id)  # whoever is there now is looked at as somebody new
        return scene.says(State.UNSURE if scene.faces else State.NOBODY, (code,))
    if chances_left(kiosk, person):
        challenge_begin(kiosk, sighting, person, scene.at)
        visit = _prompted(scene, sighting, (code,))
    else:
        judged = judge_again(face, scene.size, sighting.vectors, sighting.weights)
        report = report_of(scene.site.liveness, sighting, None)
        visit = _not_live(scene, judged, sighting, {**report, "verdict": "not_live"}, (code,))
    sighting_keep(kiosk.id, sighting)
    return visit


def _let_in(scene: Scene, judged: Judged, sighting: Sighting, report: dict[str, Any]) -> Visit:
    with scene.watch.stage("database"):
        decision, person = decision_record(
            scene.kiosk, judged, Outcome.ACCEPTED, scene.watch.ms, codes=[], liveness=report
        )
    if decision is None:
        return scene.says(State.UNSURE)
    visit_vectors_keep(decision.pk, judged.model, sighting.vectors)
    return scene.says(State.ACCEPTED, person=person, decision=decision)


def _nobody(scene: Scene, judged: Judged) -> Visit:
    outcome = Outcome(judged.found.decision.value)
    codes = (f"identify.{outcome.value}",)
    with scene.watch.stage("database"):
        decision, _person = decision_record(
            scene.kiosk, judged, outcome, scene.watch.ms, codes=list(codes), liveness={}
        )
    return scene.says(State(outcome.value), codes, decision=decision)


def _asked_for_pin(
    scene: Scene, judged: Judged, sighting: Sighting, question: tuple[Why, list[Any]]
) -> Visit:
    why, people = question
    codes = (f"identify.{why.value}",)
    with scene.watch.stage("database"):
        decision, _person = decision_record(
            scene.kiosk, judged, Outcome.AMBIGUOUS, scene.watch.ms, codes=list(codes), liveness={}
        )
    pin = ticket_for(scene.kiosk, sighting, why, people, decision, scene.at)
    return scene.says(State.PIN, codes, decision=decision, pin=pin)


def _not_live(
    scene: Scene, judged: Judged, sighting: Sighting, report: dict[str, Any], codes: tuple[str, ...]
) -> Visit:
    codes = ("liveness.not_shown", *codes)
    with scene.watch.stage("database"):
        decision, _person = decision_record(
            scene.kiosk, judged, Outcome.NOT_LIVE, scene.watch.ms, codes=list(codes), liveness=report
        )
    pin = ticket_for(scene.kiosk, sighting, Why.NOT_LIVE, [], decision, scene.at)
    return scene.says(State.NOT_LIVE, codes, decision=decision, pin=pin)
