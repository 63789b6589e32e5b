"""Who stands before the camera of a kiosk in the browser: films for Chromium's fake camera, and an actor.

A film plays, whatever the page says. The actor is a canvas in the camera's place: it shows pictures of a demo
head that were rendered before, and does what the page asks for, another thing, or what it did before.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.liveness.heads import SIZE, Bytes
from tests.liveness.scenes import Camera, Person, Photo, head_of, printed

#: Frames a second that Chromium plays a file of JPEGs with, and that the clips of the demo have.
PLAYED, CLIP = 30, 20
#: Pixels between the eyes of rendered heads: somebody at arm's length.
_EYES = 78
#: Frames until a movement is done, and frames of its end.
_MOVING, _HELD = 9, 6
_REACH = {"left": (0.5, 1.0), "right": (-0.5, 1.0), "nearer": (0.0, 1.32), "further": (0.0, 0.76)}


def frames_of(clip: Path) -> list[Bytes]:
    """RGB frames of a clip."""
    video = cv2.VideoCapture(str(clip))
    found = []
    while True:
        there, picture = video.read()
        if not there:
            break
        found.append(np.asarray(picture[..., ::-1], np.uint8))
    assert found, clip
    return found


def clip_frames(clip: Path) -> list[Bytes]:
    """RGB frames of a demo clip as a camera gives them, each so often that it lasts as long as it did; then
    half of it backwards, for whoever stays longer.
    """
    found = frames_of(clip)
    found += found[: len(found) // 2 : -1]
    return [found[i * CLIP // PLAYED] for i in range(len(found) * PLAYED // CLIP)]


def empty(seconds: float, seed: int = 1) -> list[Bytes]:
    """A room without anybody."""
    room = np.clip(Camera(random.Random(seed)).room, 0, 255).astype(np.uint8)
    return [room] * round(seconds * PLAYED)


def film(target: Path, frames: Iterable[Bytes]) -> Path:
    """A file for Chromium's fake camera, which plays it over and over."""
    with target.open("wb") as out:
        for frame in frames:
            out.write(jpeg(frame))
    return target


def beside(near: list[Bytes], far: list[Bytes]) -> list[Bytes]:
    """Two people: one as near as they are, the other small, in the upper corner."""
    width, height = SIZE[0] * 2 // 5, SIZE[1] * 2 // 5
    both = []
    for one, other in zip(near, far, strict=False):
        frame = one.copy()
        frame[:height, -width:] = cv2.resize(other, (width, height), interpolation=cv2.INTER_AREA)
        both.append(frame)
    return both


def far_away(frames: list[Bytes], share: float = 0.31) -> list[Bytes]:
    """The same at the other end of a room."""
    width, height = (round(side * share) for side in SIZE)
    x, y = (SIZE[0] - width) // 2, (SIZE[1] - height) // 2
    far = []
    for frame in frames:
        room = np.full_like(frame, 128)
        room[y : y + height, x : x + width] = cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)
        far.append(room)
    return far


def in_the_dark(frames: list[Bytes], share: float = 0.25) -> list[Bytes]:
    """The same with so little light."""
    return [(frame * share).astype(np.uint8) for frame in frames]


def panned(slug: str, number: int, seconds: float = 6.0, seed: int = 3) -> list[Bytes]:
    """A print of a demo photo that somebody moves to and fro before the camera."""
    chance = random.Random(seed)
    camera, photo = Camera(chance), Photo(chance, _EYES, "panned")
    head = printed(head_of(slug, number), chance, "panned")
    return _doubled(
        camera.take(*head.seen(photo.pose(2 * n / PLAYED))) for n in range(int(seconds * PLAYED / 2))
    )


def standing(slug: str, number: int, seconds: float = 4.0, seed: int = 4) -> list[Bytes]:
    """A rendered head that looks into the camera."""
    chance = random.Random(seed)
    camera, person, head = Camera(chance), Person(chance, _EYES), head_of(slug, number)
    return _doubled(
        camera.take(*head.seen(person.pose(2 * n / PLAYED))) for n in range(int(seconds * PLAYED / 2))
    )


def _doubled(frames: Iterable[Bytes]) -> list[Bytes]:
    return [frame for one in frames for frame in (one, one)]


def jpeg(frame: Bytes, quality: int = 90) -> bytes:
    fine, data = cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert fine
    return data.tobytes()


def pieces_of(slug: str, number: int, seed: int = 7) -> dict[str, list[bytes]]:
    """JPEGs of what an actor can do: stand straight, and each movement from straight to its end."""
    chance = random.Random(seed)
    camera, person, head = Camera(chance), Person(chance, _EYES), head_of(slug, number)
    person.sway = 0.4  # from one piece to the next is no leap then

    def taken(n: int, yaw: float = 0.0, near: float = 1.0) -> bytes:
        pose = person.pose(n / 15)
        pose = replace(pose, yaw=pose.yaw + yaw, eyes=pose.eyes * near)
        return jpeg(camera.take(*head.seen(pose)))

    pieces = {"straight": [taken(n) for n in range(30)]}
    for step, (yaw, near) in _REACH.items():
        shares = [0.5 - 0.5 * np.cos(np.pi * k / (_MOVING - 1)) for k in range(_MOVING)] + [1.0] * _HELD
        pieces[step] = [taken(n, yaw * s, 1 + (near - 1) * s) for n, s in enumerate(shares)]
    return pieces


def actor(pieces: dict[str, list[bytes]], *, does: str = "right", tape: list[Any] | None = None) -> str:
    """A script that puts an actor in the camera's place.

    ``does``: "right" does what ``body[data-prompt]`` asks for, "wrong" another movement. ``tape``: what
    ``window.actor.tape`` held after an earlier visit; played over and over, whatever is asked for.
    """
    urls = {
        name: [f"data:image/jpeg;base64,{base64.b64encode(one).decode()}" for one in frames]
        for name, frames in pieces.items()
    }
    script = _SCRIPT.replace("PIECES", json.dumps(urls)).replace("DOES", json.dumps(does))
    return script.replace("MOVED", str(_MOVING)).replace("TAPE", json.dumps(tape))


#: Half a second after each prompt the actor begins, as a person who reads it does.
_SCRIPT = """
(() => {
  const pictures = {};
  for (const [name, urls] of Object.entries(PIECES)) {
    pictures[name] = urls.map((src) => Object.assign(new Image(), { src }));
  }
  const recorded = TAPE;
  const does = DOES;
  const other = { left: "right", right: "left", nearer: "further", further: "nearer" };
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const pen = canvas.getContext("2d");
  const actor = (window.actor = { tape: [], away: false });
  let [prompt, since, piece, at, ticks] = ["", 0, "straight", 0, 0];

  /** To and fro between two places of a piece. */
  const swing = (n, from, to) => {
    const length = to - from;
    const place = n % (2 * length);
    return from + (place < length ? place : 2 * length - place);
  };

  function next() {
    const asked = document.body?.dataset.prompt || "straight";
    if (asked !== prompt) [prompt, since] = [asked, performance.now()];
    const meant = does === "wrong" ? other[prompt] ?? prompt : prompt;
    const goal = performance.now() - since < 500 ? piece : meant;
    ticks += 1;
    if (piece === "straight" && goal !== "straight") [piece, at] = [goal, 0];
    if (piece === "straight") return [piece, swing(ticks, 0, pictures.straight.length - 1)];
    if (goal === piece) at += 1;
    else at = Math.min(at, MOVED - 1) - 1;
    if (at <= 0) [piece, at] = ["straight", 0];
    const last = pictures[piece].length - 1;
    return [piece, at < MOVED ? at : swing(at - MOVED, MOVED, last)];
  }

  setInterval(() => {
    if (actor.away) return pen.fillRect(0, 0, 640, 480);
    const shown = recorded ? recorded[ticks++ % recorded.length] : next();
    actor.tape.push(shown);
    const picture = pictures[shown[0]][shown[1]];
    if (picture?.complete) pen.drawImage(picture, 0, 0);
  }, 66);
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(30);
  navigator.mediaDevices.enumerateDevices = async () => [];
})();
"""
