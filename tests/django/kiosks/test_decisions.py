"""From frames to decisions, with the real engine and people who do not exist."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from faceroster.core.errors import InvalidInput, NotAllowed
from faceroster.kiosks.messages import State
from faceroster.kiosks.models import Decision, Kiosk, Outcome
from faceroster.kiosks.services import Visit, kiosk_revoke, visit_answer, visit_decide
from faceroster.people.models import Person
from faceroster.trust.models import User

Photo = Callable[[int, int], bytes]
Enroll = Callable[..., list[Person]]
MONDAY = datetime(2026, 3, 2, 8, 58, tzinfo=UTC)


def _frame(*pictures: tuple[bytes, int, int]) -> bytes:
    """A 640x480 frame with (photo, its size, its left edge) on grey, standing on the lower edge."""
    frame = Image.new("RGB", (640, 480), (120, 120, 120))
    for data, size, left in pictures:
        with Image.open(io.BytesIO(data)) as photo:
            frame.paste(photo.convert("RGB").resize((size, size)), (left, 480 - size))
    out = io.BytesIO()
    frame.save(out, "JPEG", quality=90)
    return out.getvalue()


def _settled(kiosk: Kiosk, frame: bytes) -> Visit:
    """The answer once enough frames agree: at once, or after the second."""
    first = visit_decide(kiosk=kiosk, frame=frame)
    return visit_decide(kiosk=kiosk, frame=frame) if first.state is State.UNSURE else first


def test_an_enrolled_person_is_recognised_and_the_decision_explains_itself(
    kiosk: Kiosk, enroll: Enroll, demo_photo: Photo
) -> None:
    one, other = enroll(0, 1)
    visit = _settled(kiosk, demo_photo(0, 5))
    assert (visit.state, visit.person) == (State.ACCEPTED, one)
    row = Decision.objects.get()
    assert row == visit.decision
    assert visit.look is not None
    assert [round(float(side), 1) for side in visit.look.face.box] == row.box
    assert visit.look.image.shape[:2] == visit.frame[::-1]
    assert (row.outcome, row.person, row.kiosk, row.site) == (Outcome.ACCEPTED, one, kiosk, kiosk.site)
    assert row.score is not None
    assert row.score >= row.threshold > 0
    assert (row.score_kind, row.margin) == ("llr", 1.0)
    assert [entry["person"] for entry in row.candidates] == [str(one.pk), str(other.pk)]
    assert row.candidates[0]["score"] == pytest.approx(row.score, abs=1e-4)
    assert row.candidates[0]["templates"] == one.templates.count()
    assert row.quality is not None
    assert 0 < row.quality <= 1
    assert row.codes == []
    assert len(row.box) == 4
    assert row.frame_size == list(visit.frame)
    assert "@" in row.model
    assert row.gallery_version == one.templates.count() + other.templates.count()
    assert set(row.latency_ms) == {"decode", "detect_embed", "search", "questions", "liveness", "database"}


def test_a_clear_picture_needs_one_frame(kiosk: Kiosk, enroll: Enroll, demo_photo: Photo) -> None:
    [one] = enroll(0)
    # A picture that enrolled them could not be clearer.
    assert visit_decide(kiosk=kiosk, frame=demo_photo(0, 1)).person == one


def test_a_stranger_is_unknown_and_only_after_the_second_frame(
    kiosk: Kiosk, enroll: Enroll, stranger_photo: Photo
) -> None:
    enroll(0, 1, 2)
    first = visit_decide(kiosk=kiosk, frame=stranger_photo(0, 2))
    assert (first.state, first.decision) == (State.UNSURE, None)
    assert not Decision.objects.exists()
    second = visit_decide(kiosk=kiosk, frame=stranger_photo(0, 2))
    assert (second.state, second.person, second.codes) == (State.UNKNOWN, None, ("identify.unknown",))
    row = Decision.objects.get()
    assert (row.outcome, row.person, row.codes) == (Outcome.UNKNOWN, None, ["identify.unknown"])
    assert row.score is not None
    assert row.score < row.threshold
    assert len(row.candidates) == 3
    assert "Demo" not in str(visit_answer(second)), "nobody's name is shown to a stranger"


def test_an_empty_gallery_knows_nobody(kiosk: Kiosk, demo_photo: Photo) -> None:
    assert _settled(kiosk, demo_photo(0, 1)).state is State.UNKNOWN
    assert Decision.objects.get().score is None


def test_who_has_left_is_not_recognised(kiosk: Kiosk, enroll: Enroll, demo_photo: Photo) -> None:
    [one] = enroll(0)
    one.active = False
    one.save()
    assert _settled(kiosk, demo_photo(0, 1)).state is State.UNKNOWN


def test_the_nearest_of_two_faces_counts_and_no_name_is_given_twice(
    kiosk: Kiosk, enroll: Enroll, demo_photo: Photo
) -> None:
    zero, one = enroll(0, 1)
    for near, far, person in ((0, 1, zero), (1, 0, one), (0, 0, zero)):
        frame = _frame((demo_photo(far, 1), 200, 440), (demo_photo(near, 2), 400, 20))
        answer = visit_answer(_settled(kiosk, frame))
        assert answer["person"] == {"id": str(person.pk), "name": person.name}
        assert len(answer["faces"]) == 2
        main, other = answer["faces"]
        assert (main["main"], main["label"]) == (True, person.name)
        assert (other["main"], other["label"]) == (False, None)
        assert main["box"][2] > 1.4 * other["box"][2]
        assert main["box"][0] + main["box"][2] / 2 < 440


def test_no_face_is_a_normal_answer(kiosk: Kiosk) -> None:
    visit = visit_decide(kiosk=kiosk, frame=_frame())
    answer = visit_answer(visit)
    assert (answer["state"], answer["faces"], answer["frame"]) == ("nobody", [], [640, 480])
    assert answer["person"] is answer["punch"] is answer["greeting"] is answer["time"] is None
    assert not Decision.objects.exists()


def test_a_far_face_is_asked_to_come_closer(kiosk: Kiosk, enroll: Enroll, demo_photo: Photo) -> None:
    enroll(0)
    near = visit_decide(kiosk=kiosk, frame=_frame((demo_photo(0, 1), 400, 120)))
    before = Decision.objects.count()
    size = round(400 * 45 / near.faces[0]["box"][2])  # so small that the face is 45 pixels wide
    visit = visit_decide(kiosk=kiosk, frame=_frame((demo_photo(0, 1), size, 270)))
    assert (visit.state, visit.codes[0]) == (State.COME_CLOSER, "face.too_small")
    assert visit.message == "Please come closer"
    assert Decision.objects.count() == before


def test_a_face_in_the_dark_is_not_judged(kiosk: Kiosk, enroll: Enroll, demo_photo: Photo) -> None:
    enroll(0)
    with Image.open(io.BytesIO(demo_photo(0, 1))) as photo:
        out = io.BytesIO()
        photo.convert("RGB").point(lambda level: level * 0.22).save(out, "JPEG", quality=95)
    visit = visit_decide(kiosk=kiosk, frame=out.getvalue())
    assert (visit.state, visit.person) == (State.POOR_PICTURE, None)
    assert "face.dark" in visit.codes
    assert not Decision.objects.exists()


def test_a_stranger_who_was_seen_gets_nobodys_punch_by_one_lucky_frame(
    kiosk: Kiosk, enroll: Enroll, demo_photo: Photo, stranger_photo: Photo
) -> None:
    enroll(0)
    unlucky = _frame((stranger_photo(0, 2), 400, 120))
    lucky = _frame((demo_photo(0, 1), 400, 120))
    for _ in range(3):
        visit_decide(kiosk=kiosk, frame=unlucky)
    assert visit_decide(kiosk=kiosk, frame=lucky).state is State.UNSURE
    assert not Decision.objects.filter(outcome=Outcome.ACCEPTED).exists()


def test_frames_of_one_visit_are_one_decision(
    kiosk: Kiosk, enroll: Enroll, demo_photo: Photo, freeze: Callable[[datetime], None]
) -> None:
    enroll(0, 1)
    for seconds in (0, 1, 2):
        freeze(MONDAY + timedelta(seconds=seconds))
        visit_decide(kiosk=kiosk, frame=demo_photo(0, 1))
    row = Decision.objects.get()
    assert (row.frames, row.last_frame_at) == (3, MONDAY + timedelta(seconds=2))
    freeze(MONDAY + timedelta(seconds=20))
    visit_decide(kiosk=kiosk, frame=demo_photo(1, 1))
    assert Decision.objects.count() == 2, "somebody else"
    freeze(MONDAY + timedelta(seconds=40))
    visit_decide(kiosk=kiosk, frame=demo_photo(0, 1))
    assert Decision.objects.count() == 2, "within the debounce time of 60 s"
    freeze(MONDAY + timedelta(seconds=101))
    visit_decide(kiosk=kiosk, frame=demo_photo(0, 1))
    assert Decision.objects.count() == 3, "a new visit"


def test_a_stranger_who_comes_again_after_five_seconds_is_a_new_visit(
    kiosk: Kiosk, stranger_photo: Photo, freeze: Callable[[datetime], None]
) -> None:
    for seconds in (0, 1, 2):
        freeze(MONDAY + timedelta(seconds=seconds))
        visit_decide(kiosk=kiosk, frame=stranger_photo(0, 2))
    assert [row.frames for row in Decision.objects.all()] == [2], "the first frame only voted"
    for seconds in (8, 9):
        freeze(MONDAY + timedelta(seconds=seconds))
        visit_decide(kiosk=kiosk, frame=stranger_photo(0, 2))
    assert Decision.objects.count() == 2


def test_bad_frames_and_bad_kiosks(kiosk: Kiosk, staff_user: User, demo_photo: Photo) -> None:
    with pytest.raises(InvalidInput, match=r"image\.not_an_image"):
        visit_decide(kiosk=kiosk, frame=b"text")
    kiosk_revoke(kiosk=kiosk, user=staff_user)
    with pytest.raises(NotAllowed, match=r"kiosk\.revoked"):
        visit_decide(kiosk=kiosk, frame=demo_photo(0, 1))
    assert not Decision.objects.exists()
