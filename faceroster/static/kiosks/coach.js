// Enrolment at the kiosk: a code, the consent, five shots, and a try. One thing after the other, until it is ended.

import { CodeEntry } from "./coach_code.js";
import { Consent } from "./coach_consent.js";
import { CoachCapture } from "./coach_capture.js";
import { Guide } from "./coach_guide.js";
import { Line, LineTrouble } from "./coach_line.js";
import { Oval } from "./coach_oval.js";
import { Dots } from "./coach_dots.js";
import { attempt, store } from "./coach_finish.js";
import { CoachTrouble } from "./coach_trouble.js";
import { recall } from "./prefs.js";
import { Source } from "./source.js";
import { Voice } from "./voice.js";
import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);
const { dataset } = document.body;
const SLOW = 12000; // milliseconds at one shot before another way is offered
const ALONE = 90000; // without a face and without a touch: whoever was here has gone
const READING = 300000; // the same while a text is to be read
const ENOUGH = 3; // shots that may do

if (["light", "dark"].includes(recall("theme"))) document.documentElement.dataset.theme = recall("theme");

const line = new Line(dataset.base);
const capture = new CoachCapture(byId("video"));
const voice = new Voice(byId("voice"), byId("voice-label"), null);
const voiced = () => (byId("voice").hidden = !voice.voice); // a switch without a voice is of no use
voice.synth?.addEventListener?.("voiceschanged", voiced);
voiced();
const guide = new Guide(voice);
const dots = new Dots(byId("dots"));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
let [alive, since, step, troubled] = [performance.now(), 0, "", true];
let [options, settled] = [{}, false]; // of storing; whether there is nothing more to try
const touched = () => (alive = performance.now());

const trouble = new CoachTrouble({ retry: () => source.open(), demo: () => source.chooseDemo() });
const source = new Source(byId("video"), byId("cameras"), {
  opened() {
    troubled = false;
    trouble.hide();
    oval.fit();
  },
  failed(kind) {
    troubled = true;
    trouble.show(kind);
  },
});
const oval = new Oval(byId("oval"), byId("stage"), byId("video"));

function phase(name) {
  dataset.phase = name;
  byId("code-view").hidden = name !== "code";
  byId("consent-view").hidden = name !== "consent";
  byId("coach-view").hidden = ["code", "consent"].includes(name);
  byId("ending").hidden = name !== "try";
  byId("cancel").hidden = name === "try"; // deleting is said plainly there
  if (name !== "coach") byId("help").hidden = true;
}

/** Back to where codes are entered; `words` say why. */
function over(words) {
  line.session = "";
  source.camera.close();
  troubled = true;
  voice.synth?.cancel();
  phase("code");
  entry.reset(words);
}

async function begin(code) {
  const answer = await line.begin(code);
  byId("person").textContent = answer.person;
  dots.reset(answer.steps);
  guide.reset();
  [step, options, settled] = ["", {}, false];
  touched();
  if (answer.consent) {
    phase("consent");
    consent.show(answer.consent, answer.person);
  } else start(answer);
  run(answer.session);
}

/** The first shot. */
function start(answer) {
  phase("coach");
  show(answer);
  touched();
  source.open();
}

const consent = new Consent(
  async (signature) => start(await line.json("consent", signature)),
  () => act("cancel", WORDS.consent_no),
);

const entry = new CodeEntry(begin);

function show(answer) {
  if (answer.step !== step) [step, since] = [answer.step, performance.now()];
  if (answer.box) touched();
  dataset.step = answer.step ?? "";
  dataset.taken = String(answer.steps.filter((one) => one.taken).length);
  guide.show(answer);
  dots.show(answer);
  const slow = performance.now() - since > SLOW && Number(dataset.taken) > 0;
  byId("help").hidden = !slow || answer.state !== "coach";
  byId("fewer").hidden = Number(dataset.taken) < ENOUGH;
}

async function coach() {
  const answer = await line.frame("frames", await capture.take());
  if (dataset.phase !== "coach") return; // staff had enough meanwhile
  if (answer.taken) dots.keep(answer.taken, capture.frame);
  show(answer);
  if (answer.state === "complete") phase("store");
  else await pause(answer.taken ? 900 : answer.state === "warning" ? 400 : 60);
}

async function storing() {
  try {
    const found = await store({ line, guide, options, touched });
    phase("try");
    settled = !found.accepted;
    await pause(1500);
  } catch (error) {
    // What was taken is gone, or a warning came in between: the coach goes on.
    if (["coaching.more_shots", "coaching.warning_open"].includes(error.code)) phase("coach");
    else throw error;
  }
}

async function trying() {
  settled = await attempt({ line, guide, frame: await capture.take() });
  if (settled) touched();
  else await pause(600);
}

/** What to do about a request that failed. */
async function recover(error) {
  if (!(error instanceof LineTrouble)) console.error(error);
  if (error.kind === "unpaired") location.assign(dataset.kioskUrl);
  else if (error.kind === "closed") await pause(200);
  else if (error.kind === "over") over(error.message || WORDS.ended);
  else {
    guide.tell(error.kind === "refused" ? error.message : error.kind === "offline" ? WORDS.offline : WORDS.wait);
    await pause(1200);
  }
}

async function turn() {
  if (dataset.phase === "consent") return pause(200);
  if (dataset.phase === "store") return storing();
  if (troubled || !source.camera.ready || (dataset.phase === "try" && settled)) return pause(200);
  return dataset.phase === "try" ? trying() : coach();
}

/** One thing after the other, for as long as this session goes on. */
async function run(session) {
  while (line.session === session) {
    await turn().catch(recover);
    if (line.session === session && performance.now() - alive > (dataset.phase === "consent" ? READING : ALONE)) {
      await act(dataset.phase === "try" ? "done" : "cancel", WORDS.ended);
    }
  }
}

/** End the session with a request of the server, whatever it says to it. */
async function act(what, words) {
  await line.end(what).catch(() => {});
  over(words);
}

for (const id of ["cancel", "warning-cancel", "discard"]) {
  byId(id).addEventListener("click", () => act("cancel", WORDS.cancelled));
}
byId("done").addEventListener("click", () => act("done", WORDS.finished));
byId("skip").addEventListener("click", () => line.json("skip", {}).catch(recover));
byId("go-on").addEventListener("click", () => line.json("go-on", {}).catch(recover));
byId("fewer").addEventListener("click", () => {
  options = { fewer: true };
  phase("store");
});
addEventListener("pointerdown", touched);
addEventListener("keydown", touched);
// Whoever leaves the page has not finished: nothing of it is to stay.
addEventListener("pagehide", () => line.session && dataset.phase !== "try" && line.leave());
setInterval(() => {
  if (!line.session && performance.now() - alive > ALONE) location.assign(dataset.kioskUrl);
}, 5000);
if (!document.hidden) navigator.wakeLock?.request("screen").catch(() => {});
