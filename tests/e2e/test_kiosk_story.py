"""What happens before a kiosk, told in a browser: people, pictures of people, and everything in between.

Against a company as production runs it. Each scene has a browser of its own, with its own camera.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import actors
from tests.e2e.company import PASSWORD, company_running
from tests.e2e.kiosk_house import (
    ACTOR,
    ACTOR_NUMBER,
    ENROLL,
    HELD_BACK,
    PIN,
    SETTLE,
    TWIN,
    TWIN_PIN,
    WALKERS,
    House,
    answers,
    clip_of,
    codes,
    kiosk_open,
    name_of,
    shoot,
    waited,
)
from tests.support import staff
from tests.support.browser import FLAGS, chromium_or_skip

#: Each has come, and most of them twice.
_EVERYBODY = """(people) => {
  const { log } = window.faceroster;
  return log.length >= 2 * people && new Set(log.map((one) => one.person)).size === people;
}"""


#: Real people: the clip that each is enrolled from, and those that each comes in.
CAME = {
    "Ann Again": ("again", ("help", "brother", "no", "yes")),
    "Bee Bird": ("bird", ("milk", "please", "sorry")),
    "Ed Eat": ("eat", ("night", "sister")),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with company_running(tmp_path_factory.mktemp("kiosks"), slugs=()) as company:
        made = json.loads(company.shell(SETTLE).splitlines()[-1])
        assert made["kept"] >= 1, "one human under two names is noticed"
        assert made["accepted"] >= 1
        yield House(company, made)


@pytest.fixture(scope="module")
def pieces() -> dict[str, list[bytes]]:
    return actors.pieces_of(ACTOR, HELD_BACK)


@pytest.fixture
def films(demo_folder: Path, tmp_path: Path) -> Callable[..., Path]:
    """``films(frames)``: a file for the camera; frames may be the slug of a clip."""

    def write(frames: Any) -> Path:
        return actors.film(tmp_path / f"{len(list(tmp_path.iterdir()))}.mjpeg", frames)

    return write


def _refused(house: House, page: Any, before: list[tuple[str, str]]) -> None:
    """The page was told twice that nothing living was seen, and nobody was let in or named."""
    assert staff.kiosk_says(page, "not_live") == ""
    assert house.punches() == before
    assert house.outcomes()[-1] == "not_live"
    assert not [one for one in answers(page) if one.get("person")]


def test_people_walk_up_and_are_let_in(
    house: House,
    browser: Callable[..., Any],
    films: Callable[..., Path],
    demo_folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    scenes = [frame for slug in WALKERS for frame in [*actors.empty(2), *clip_of(demo_folder, slug)]]
    page = kiosk_open(browser, house.address(), films(scenes))
    staff.kiosk_says(page, "punched")
    shoot(page, "punched")
    page.wait_for_function(_EVERYBODY, arg=len(WALKERS), timeout=240_000)
    log = page.evaluate("window.faceroster.log")
    punched = house.punches()
    assert {name for name, _ in punched} == {name_of(slug) for slug in WALKERS}
    assert {source for _, source in punched} == {"kiosk"}
    with capsys.disabled():
        print(waited(log))


def test_real_people_are_let_in_as_they_come(
    house: House,
    browser: Callable[..., Any],
    films: Callable[..., Path],
    shared_data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Filmed by webcams: enrolled from one clip each, come in the others, one after the other."""
    clips = shared_data / "webcam-clips" / "asl_gestures"
    for name, (enrolled, _) in CAME.items():
        folder = tmp_path / "enrolled" / name
        folder.mkdir(parents=True)
        for number, frame in enumerate(actors.frames_of(clips / f"{enrolled}.mkv")[5::12][:5]):
            (folder / f"{number}.jpg").write_bytes(actors.jpeg(frame, 95))
    house.company.shell(ENROLL.format(folder=str(tmp_path / "enrolled")))
    before = len(house.punches())
    order = [(name, word) for name, (_, words) in CAME.items() for word in words]
    scenes = [
        frame
        for _, word in order
        for frame in [*actors.empty(3.5), *actors.frames_of(clips / f"{word}.mkv")[: 3 * actors.PLAYED]]
    ]
    page = kiosk_open(browser, house.address(), films(scenes))
    page.wait_for_function("(n) => window.faceroster.log.length >= n", arg=2 * len(order), timeout=240_000)
    log = page.evaluate("window.faceroster.log")
    assert {name for name, _ in house.punches()[before:]} == set(CAME)
    with capsys.disabled():
        print(waited(log))


def test_a_still_of_the_same_clip_is_refused(
    house: House, browser: Callable[..., Any], films: Callable[..., Path], demo_folder: Path
) -> None:
    before = house.punches()
    still = clip_of(demo_folder, WALKERS[0])[30]
    page = kiosk_open(browser, house.address(), films([still] * 60))
    _refused(house, page, before)
    shoot(page, "not-live")
    assert page.locator("#enter-pin").is_visible(), "nobody is locked out"


def test_a_panned_photo_is_refused(
    house: House, browser: Callable[..., Any], films: Callable[..., Path]
) -> None:
    before = house.punches()
    page = kiosk_open(browser, house.address(), films(actors.panned(WALKERS[0], HELD_BACK)))
    _refused(house, page, before)


def test_movements_in_the_order_asked_for_are_believed_and_a_film_of_them_is_not(
    house: House, browser: Callable[..., Any], pieces: dict[str, list[bytes]]
) -> None:
    page = kiosk_open(browser, house.address("gate"), script=actors.actor(pieces))
    page.wait_for_selector("body[data-prompt=left], body[data-prompt=right]")
    shoot(page, "challenge")
    assert staff.kiosk_says(page, "punched") == name_of(ACTOR)
    assert house.punches()[-1] == (name_of(ACTOR), "kiosk")
    steps = [one["challenge"]["step"] for one in answers(page) if one.get("challenge")]
    assert set(steps) == {1, 2, 3}
    assert steps == sorted(steps), "it was passed at the first try"
    tape = page.evaluate("window.actor.tape")
    page.context.browser.close()

    before = house.punches()
    page = kiosk_open(browser, house.address("gate"), script=actors.actor(pieces, tape=tape))
    _refused(house, page, before)
    assert any(code.startswith("challenge.") for code in codes(page))


def test_movements_in_another_order_are_refused(
    house: House, browser: Callable[..., Any], pieces: dict[str, list[bytes]]
) -> None:
    before = house.punches()
    page = kiosk_open(browser, house.address("gate"), script=actors.actor(pieces, does="wrong"))
    _refused(house, page, before)
    assert "challenge.wrong_step" in codes(page)


def test_of_two_people_the_nearest_is_let_in_and_the_other_has_noname_of(
    house: House, browser: Callable[..., Any], films: Callable[..., Path], demo_folder: Path
) -> None:
    before = house.punches()
    near, far = (clip_of(demo_folder, slug) for slug in WALKERS[:2])
    page = kiosk_open(browser, house.address("yard"), films([*actors.empty(2), *actors.beside(near, far)]))
    assert staff.kiosk_says(page, "punched") == name_of(WALKERS[0])
    shoot(page, "two-people")
    both = [one["faces"] for one in answers(page) if len(one.get("faces", ())) == 2]
    assert both, "the other was seen"
    assert {face["label"] for faces in both for face in faces if not face["main"]} == {None}
    assert {name for name, _ in house.punches()[len(before) :]} == {name_of(WALKERS[0])}


def test_a_stranger_is_told_so(
    house: House, browser: Callable[..., Any], films: Callable[..., Path], demo_folder: Path
) -> None:
    before = house.punches()
    page = kiosk_open(browser, house.address(), films(clip_of(demo_folder, "ellis-wintermoor")))
    assert staff.kiosk_says(page, "unknown") == ""
    shoot(page, "unknown")
    assert house.punches() == before
    assert house.outcomes()[-1] == "unknown"
    assert not [one for one in answers(page) if one.get("challenge")], "a stranger is asked for nothing"


def test_look_alikes_say_by_their_pin_who_they_are(
    house: House, browser: Callable[..., Any], films: Callable[..., Path]
) -> None:
    before = house.punches()
    page = kiosk_open(browser, house.address(), films(actors.standing(TWIN, 2)))
    page.wait_for_selector("#pin-panel[open]")
    shoot(page, "pin-question")
    assert page.locator("#number").is_hidden(), "the two are known: the PIN is enough"
    assert house.punches() == before
    page.fill("#pin", TWIN_PIN)
    page.press("#pin", "Enter")
    assert staff.kiosk_says(page, "punched") == "Terry Castellmar"
    assert house.punches()[len(before) :] == [("Terry Castellmar", "pin")]


def test_that_is_not_me_takes_a_punch_back_and_asks_for_a_pin_from_then_on(
    house: House, browser: Callable[..., Any], films: Callable[..., Path], demo_folder: Path
) -> None:
    taken_for = WALKERS[3]
    before = house.punches()
    film = films([*actors.empty(3.5), *clip_of(demo_folder, taken_for)])
    page = kiosk_open(browser, house.address("yard"), film)
    assert staff.kiosk_says(page, "punched") == name_of(taken_for)
    shoot(page, "not-me")
    page.click("#not-me")
    page.wait_for_selector("#pin-panel[open]")
    shoot(page, "not-me-pin")
    page.fill("#number", ACTOR_NUMBER)
    page.fill("#pin", PIN)
    page.press("#pin", "Enter")
    assert staff.kiosk_says(page, "punched") == name_of(ACTOR)
    assert house.punches()[len(before) :] == [(name_of(taken_for), "kiosk"), (name_of(ACTOR), "pin")]
    voids = house.asked("SELECT kind FROM attendance_correction")
    assert voids == [("void",)]
    assert house.asked("SELECT count(*) FROM kiosks_falseaccept") == [(1,)]
    # The same face again is asked, and not recorded.
    page.wait_for_function("() => window.answers.some((one) => one.pin?.why === 'not_me')", timeout=60_000)
    assert len(house.punches()) == len(before) + 2


def test_without_a_face_a_number_and_a_pin_will_do(house: House, playwright: Any) -> None:
    before = house.punches()
    flags = [*FLAGS, "--use-fake-device-for-media-stream", "--deny-permission-prompts"]
    chromium = playwright.chromium.launch(executable_path=chromium_or_skip(), args=flags)
    page = chromium.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(house.address())
    page.wait_for_selector("body[data-state=camera_refused]")
    shoot(page, "camera-refused")
    assert page.locator("[data-trouble=refused]").is_visible()
    page.click("#use-pin")
    page.fill("#number", ACTOR_NUMBER)
    page.fill("#pin", "111222")
    page.press("#pin", "Enter")
    page.wait_for_function("() => document.querySelector('#pin-error').textContent")
    shoot(page, "pin")
    page.fill("#pin", PIN)
    page.press("#pin", "Enter")
    assert staff.kiosk_says(page, "punched") == name_of(ACTOR)
    assert house.punches()[len(before) :] == [(name_of(ACTOR), "pin")]
    chromium.close()


def test_a_kiosk_goes_on_without_its_server_and_tells_it_later(
    house: House, browser: Callable[..., Any], films: Callable[..., Path]
) -> None:
    before = house.punches()
    page = kiosk_open(browser, house.address(), films(actors.empty(1)))
    page.wait_for_selector("body[data-state=nobody]")
    shoot(page, "nobody")
    page.context.set_offline(True)
    page.wait_for_selector("body[data-link=cut]")
    staff.kiosk_says(page, "offline")
    shoot(page, "offline")
    page.click("#use-pin")
    page.fill("#number", ACTOR_NUMBER)
    page.fill("#pin", PIN)
    page.press("#pin", "Enter")
    staff.kiosk_says(page, "queued")
    shoot(page, "queued")
    assert page.locator("body").get_attribute("data-queue") == "1"
    assert house.punches() == before
    page.context.set_offline(False)
    page.wait_for_selector("body[data-link=online][data-queue='0']")
    for _ in range(100):
        if len(house.punches()) > len(before):
            break
        page.wait_for_timeout(100)
    assert house.punches()[len(before) :] == [(name_of(ACTOR), "pin")]


def test_a_revoked_kiosk_is_none_any_more(
    house: House,
    browser: Callable[..., Any],
    films: Callable[..., Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also one before which nothing moves: it hears of it by its next pulse, every four seconds."""
    page = kiosk_open(browser, house.address(), films(actors.empty(1)))
    page.wait_for_selector("body[data-state=nobody]")
    (kiosk,) = house.asked("SELECT id FROM kiosks_kiosk ORDER BY paired_at DESC LIMIT 1")[0]
    office = browser()
    staff.sign_in(office, house.company.url, PASSWORD)
    office.goto(f"{house.company.url}/admin/kiosks/kiosk/{kiosk}/change/")
    office.get_by_role("link", name="Revoke").first.click()
    pulses: list[str] = []
    page.on("request", lambda request: pulses.append(request.url) if "/kiosk/state" in request.url else None)
    begun = page.evaluate("Date.now()")
    pulses.clear()
    office.get_by_role("button", name="Revoke").last.click()
    page.wait_for_selector("body[data-kiosk=pending]")
    seconds = (page.evaluate("Date.now()") - begun) / 1000
    shoot(page, "pairing")
    assert len(pulses) <= 3, "the pulse that was under way, and the next"
    assert page.locator("[data-code]").get_attribute("data-code")
    with capsys.disabled():
        print(f"\n\nFrom pressing Revoke to the code on the kiosk's screen: {seconds:.1f} s\n")


def test_whoever_is_here_already_too_far_away_or_in_the_dark_is_told_so(
    house: House, browser: Callable[..., Any], films: Callable[..., Path], demo_folder: Path
) -> None:
    house.asked("UPDATE people_site SET debounce_seconds = 600 WHERE name = 'Yard' RETURNING 1")
    walker = clip_of(demo_folder, WALKERS[0])
    page = kiosk_open(browser, house.address("yard"), films(walker))
    staff.kiosk_says(page, "punched", "already")
    before = house.punches()
    page.reload()
    assert staff.kiosk_says(page, "already") == name_of(WALKERS[0])
    shoot(page, "already")
    page.context.browser.close()

    scenes = [*actors.far_away(walker), *actors.in_the_dark(walker)]
    page = kiosk_open(browser, house.address("yard"), films(scenes))
    assert staff.kiosk_says(page, "come_closer") == ""
    shoot(page, "come-closer")
    assert staff.kiosk_says(page, "poor_picture") == ""
    shoot(page, "poor-picture")
    assert house.punches() == before


def test_the_buttons_and_the_corner_open_what_they_say(
    house: House, browser: Callable[..., Any], films: Callable[..., Path]
) -> None:
    page = kiosk_open(browser, house.address(), films(actors.empty(1)))
    page.wait_for_selector("body[data-state=nobody]")
    page.click("#use-badge")
    staff.kiosk_says(page, "badge")
    shoot(page, "badge")
    page.click("#badge-end")
    page.keyboard.press("Control+Shift+K")
    page.wait_for_selector("#corner-panel[open]")
    shoot(page, "corner")
    page.fill("#corner-pin", "9999")
    page.press("#corner-pin", "Enter")
    page.wait_for_function("() => document.querySelector('#corner-error').textContent")
    assert page.locator("#sheet").is_hidden()
    page.fill("#corner-pin", "2468")
    page.press("#corner-pin", "Enter")
    page.wait_for_selector("#sheet[open]")
    shoot(page, "sheet")
