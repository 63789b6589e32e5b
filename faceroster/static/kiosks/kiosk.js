// The camera page: look, ask, show; and go on whatever happens. Here its parts are put together.

import { installed } from "./app.js";
import { Badge } from "./badge.js";
import { Capture } from "./capture.js";
import { Challenge } from "./challenge.js";
import { Clock } from "./clock.js";
import { Corner } from "./corner.js";
import { Kept } from "./kept.js";
import { Line } from "./line.js";
import { Looking } from "./looking.js";
import { menus } from "./menus.js";
import { NotMe } from "./notme.js";
import { Overlay } from "./overlay.js";
import { PinPanel } from "./pin.js";
import { onFrozen, onWaking } from "./recovery.js";
import { fullScreen, stayAwake } from "./screen.js";
import { Sheet } from "./sheet.js";
import { Showing } from "./showing.js";
import { Sound } from "./sound.js";
import { Source } from "./source.js";
import { Theme } from "./theme.js";
import { Times } from "./times.js";
import { TroublePage } from "./trouble.js";
import { Voice } from "./voice.js";
import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);
const { baseUrl, cornerUrl, framesUrl, now, stateUrl, workerUrl, zone } = document.body.dataset;
const NOBODY = { state: "nobody", message: WORDS.look };
const SETTLED = 15000; // milliseconds after a PIN in which the same face is not asked for it again
const DISMISSED = 10000; // and after a PIN question that somebody closed
const video = byId("video");

new Theme(byId("theme"), byId("theme-label"));
const sound = new Sound(byId("sound"), byId("sound-label"), byId("sound-icon"));
const voice = new Voice(byId("voice"), byId("voice-label"));
const showing = new Showing(sound, voice, () => trouble.covers);
const capture = new Capture(video);
const overlay = new Overlay(byId("overlay"), byId("picture"), video);
const challenge = new Challenge(byId("ask"), byId("ask-ring"), byId("ask-steps"));
const times = new Times();
const clock = new Clock(byId("time"), byId("date"), zone, now);
const kept = new Kept(`${baseUrl}queue/`, byId("queue"));
let [settled, snoozed] = [-Infinity, -Infinity];

const line = new Line(stateUrl, { clock, source: () => source, kept, back, cut });
const lookForNew = installed(workerUrl, () => showing.state === "nobody" && looking.idle && !busyHands());
const again = () => looking.restart();
const sheet = new Sheet(again);
const pin = new PinPanel({
  send: (content) => line.pin(`${baseUrl}pin`, content),
  done: (answer) => taken(answer),
  closed: () => {
    snoozed = performance.now() + DISMISSED;
    again();
  },
});
const corner = new Corner({
  send: (secret) => line.json(cornerUrl, { pin: secret }),
  opened: () => sheet.show(),
  closed: again,
});
const notMe = new NotMe(byId("not-me"), {
  send: (punch) => line.json(`${baseUrl}not-me`, { punch }),
  done(answer) {
    showing.reset();
    trouble.aside();
    settled = snoozed = -Infinity;
    again(); // a frame under way would greet by the name that was just taken back
    accept(answer, performance.now());
  },
  failed: (error) => say({ state: "refused", message: error.say || WORDS.wait }),
});
const badge = new Badge(byId("use-badge"), byId("badge-end"), {
  send: (jpeg) => line.frame(`${baseUrl}badge`, jpeg),
  keep: (jpeg) => kept.picture("badge", jpeg),
  online: () => line.online,
  take: () => capture.take(),
  done: (answer) => taken(answer),
  say: (answer) => {
    if (answer.state === "badge") overlay.clear();
    else again();
    say(answer);
  },
});
const looking = new Looking(capture, {
  send: (jpeg) => line.frame(framesUrl, jpeg, challenge.open ? challenge.header : ""),
  accept,
  empty: () => accept({ ...NOBODY, faces: [], frame: [1, 1] }, performance.now()),
});
const trouble = new TroublePage({ retry: () => source.open(), demo: () => source.chooseDemo() });
const source = new Source(video, byId("cameras"), {
  opened() {
    trouble.hide();
    again();
    overlay.fit();
    showing.reset();
    say(NOBODY);
  },
  failed(kind) {
    overlay.clear();
    challenge.show(null);
    trouble.show(kind);
  },
});

/** Whether somebody types or chooses: then no face is looked at. */
function busyHands() {
  return pin.open || corner.open || sheet.open;
}

function say(answer, fresh = false) {
  const shown = showing.show(answer, fresh);
  if (shown) offerWays(answer);
  return shown;
}

/** The buttons that belong to what is said. */
function offerWays({ state, pin: asked }) {
  byId("enter-pin").hidden = !asked && state !== "refused";
  byId("send-face").hidden = state !== "offline" || !kept.able;
  byId("enter-pin").onclick = () => pin.show(asked ?? null);
}

/** Somebody came in by PIN or badge, or is noted for later. */
function taken(answer) {
  settled = performance.now() + SETTLED;
  showing.reset();
  trouble.aside();
  if (answer.state === "queued") say(answer);
  else accept({ faces: [], frame: [1, 1], ...answer }, performance.now());
}

function accept(answer, at) {
  const time = performance.now();
  const asks = answer.state === "pin" || answer.state === "not_live";
  if (answer.state === "nobody") settled = -Infinity;
  if (badge.on && answer.state !== "punched") return;
  const fresh = challenge.show(answer.challenge);
  if (asks && time < settled) return;
  const shown = say(answer, fresh);
  times.note(answer, at, shown);
  if (answer.faces?.length) overlay.show(answer, showing.tone(answer), at);
  if (answer.not_me) notMe.offer(answer.not_me, answer.person?.name ?? "");
  if (answer.state === "punched" && pin.open) pin.close();
  if (answer.state === "pin" && answer.pin && shown && time > snoozed && !busyHands()) pin.show(answer.pin);
  document.body.dataset.answers = String(Number(document.body.dataset.answers ?? 0) + 1);
}

/** The server answers again. */
function back() {
  if (showing.state === "offline") {
    showing.reset();
    say(NOBODY);
  }
  again();
  lookForNew();
}

/** A request failed: `state` is "offline", "busy" or nothing to tell. */
function cut(state) {
  again();
  overlay.clear();
  challenge.show(null);
  if (state === "busy") say({ state, message: WORDS.wait });
  if (state === "offline") say({ state, message: WORDS.offline, detail: kept.able ? WORDS.offline_ways : "" });
}

async function step() {
  if (document.hidden || trouble.kind || busyHands() || !source.camera.ready) return 200;
  try {
    return await (badge.on ? badge.step() : looking.step());
  } catch (error) {
    return line.failed(error);
  }
}

byId("use-pin").addEventListener("click", () => pin.show());
byId("use-badge").addEventListener("click", again);
byId("send-face").addEventListener("click", async () => {
  if (!source.camera.ready) return;
  say(await kept.picture("face", await capture.take()).catch((error) => ({ state: "refused", message: error.say })));
});
for (const button of document.querySelectorAll("[data-dismiss]")) {
  button.addEventListener("click", () => button.parentElement.remove());
}
menus([byId("languages"), byId("settings")]);
fullScreen(byId("full-screen"), byId("full-screen-label"));
stayAwake();
onFrozen(video, () => source.open());
onWaking(() => {
  again();
  line.wake();
  if (!source.camera.ready) source.open();
});
source.open();
line.pulse();
for (;;) await line.pause(await step());
