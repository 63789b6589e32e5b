// The camera page: look, ask, show; and go on whatever happens.

import { Band } from "./band.js";
import { Capture } from "./capture.js";
import { Clock } from "./clock.js";
import { askState, Backoff, LinkTrouble, sendFrame } from "./link.js";
import { Overlay } from "./overlay.js";
import { Sound } from "./sound.js";
import { Source } from "./source.js";
import { Presence, STATES } from "./states.js";
import { TroublePage } from "./trouble.js";
import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);
const { framesUrl, stateUrl, zone, now } = document.body.dataset;
const NOBODY = { state: "nobody", message: WORDS.look };
const PULSE = 20000;
const FACE_STAYS = 3000; // frames go on this long after the last face, moving or not
const STILL = 20000; // and end after this long without any movement: a portrait on the wall
const GREETED = 180; // milliseconds between frames while the greeted person still stands there
const NEXT = 60;

const video = byId("video");
const capture = new Capture(video);
const overlay = new Overlay(byId("overlay"), byId("picture"), video);
const band = new Band();
const sound = new Sound(byId("sound"), byId("sound-label"), byId("sound-icon"));
const clock = new Clock(byId("time"), byId("date"), zone, now);
const presence = new Presence();
const backoff = new Backoff();
const seen = { face: -Infinity, move: -Infinity, answer: -Infinity };
let troubled = false;

const trouble = new TroublePage({ retry: () => source.open(), demo: () => source.chooseDemo() });
const source = new Source(video, byId("cameras"), {
  opened() {
    troubled = false;
    trouble.hide();
    capture.reset();
    overlay.fit();
    presence.reset();
    show(NOBODY);
  },
  failed(kind) {
    troubled = true;
    overlay.clear();
    trouble.show(kind);
  },
});

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

function show(answer) {
  const fresh = presence.admits(answer, performance.now());
  if (!fresh || troubled) return;
  const same = document.body.dataset.state === answer.state;
  band.show(answer);
  if (!same || answer.person) sound.play(answer.state);
}

/** Whether a frame is worth sending: something moves, or somebody is there. */
function worthwhile(time) {
  if (capture.moved()) seen.move = time;
  return seen.move === time || (time - seen.face < FACE_STAYS && time - seen.move < STILL);
}

function accept(answer, taken) {
  const time = performance.now();
  backoff.reset();
  seen.answer = time;
  if (answer.faces.length) seen.face = time;
  show(answer);
  // The box has the colour of the greeting that stands there, not of each frame's own answer.
  const said = answer.person && answer.person.id === presence.person ? presence.state : answer.state;
  overlay.show(answer, STATES[said].tone, taken);
  document.body.dataset.answers = String(Number(document.body.dataset.answers ?? 0) + 1);
  return answer.state === "punched" || answer.state === "already" ? GREETED : NEXT;
}

/** What to do about an error; returns how long to wait. */
function recover(error) {
  capture.reset(); // the next try takes a new frame, whether anything moves or not
  overlay.clear();
  if (!(error instanceof LinkTrouble)) console.error(error); // such as a camera that went in mid-frame
  if (error.kind === "unpaired") {
    location.replace(location.pathname + location.search);
    return PULSE;
  }
  if (error.kind === "busy") show({ state: "busy", message: WORDS.wait });
  if (error.kind === "offline") show({ state: "offline", message: WORDS.offline });
  return backoff.next();
}

async function step() {
  const time = performance.now();
  if (document.hidden || troubled || !source.camera.ready) return 250;
  if (!worthwhile(time)) {
    if (time - seen.answer > FACE_STAYS) show(NOBODY);
    return 120;
  }
  try {
    return accept(await sendFrame(framesUrl, await capture.take()), time);
  } catch (error) {
    return recover(error);
  }
}

async function pulse() {
  try {
    clock.set((await askState(stateUrl)).now);
    if (presence.state === "offline" && !troubled) show(NOBODY);
  } catch (error) {
    if (error.kind === "unpaired") recover(error);
  }
}

// A tablet must not go to sleep; the lock is lost whenever the page is hidden.
function stayAwake() {
  if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {});
}

stayAwake();
document.addEventListener("visibilitychange", stayAwake);
setInterval(pulse, PULSE);
source.open();
for (;;) await pause(await step());
