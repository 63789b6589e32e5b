// What the coach says, one thing at a time: large, with a sign, and spoken. It does not flicker.

const byId = (id) => document.getElementById(id);
const STAYS = 900; // milliseconds that an instruction stays before another one may replace it
const AT_ONCE = ["coach.taken", "coach.complete", "coach.duplicate_person", "coach.not_like_others"];
const SIGNS = {
  "coach.nearer": "#icon-closer",
  "coach.further": "#icon-further",
  "coach.left": "#sign-left",
  "coach.right": "#sign-right",
  "coach.nod": "#sign-up",
  "coach.lighter": "#icon-light",
  "coach.darker": "#icon-light",
  "coach.alone": "#icon-two",
  "coach.other_face": "#icon-unknown",
  "coach.still": "#sign-hold",
  "coach.hold": "#sign-hold",
  "coach.taken": "#icon-check",
  "coach.complete": "#icon-check",
  "coach.duplicate_person": "#sign-warning",
  "coach.not_like_others": "#sign-warning",
};

export class Guide {
  constructor(voice) {
    this.voice = voice;
    this.reset();
  }

  reset() {
    this.code = "";
    this.until = 0;
    byId("match").hidden = byId("warning").hidden = true;
    byId("say").hidden = false;
  }

  /** Show an answer of the server. */
  show(answer) {
    this.match(answer.match);
    byId("warning").hidden = !answer.warning;
    byId("say").hidden = Boolean(answer.warning);
    if (answer.warning) byId("warning-text").textContent = answer.warning.text;
    const now = performance.now();
    if (answer.code === this.code || (now < this.until && !AT_ONCE.includes(answer.code))) return;
    this.code = answer.code;
    this.until = now + STAYS;
    this.set(answer.text, SIGNS[answer.code] ?? "#icon-look", answer.code);
  }

  /** A sentence of the page's own. */
  tell(text, sign = "#icon-wait", code = "") {
    this.code = code;
    byId("say").hidden = false;
    byId("warning").hidden = true;
    if (byId("instruction").textContent !== text) this.set(text, sign, code);
  }

  set(text, sign, code) {
    document.body.dataset.code = code;
    byId("instruction").textContent = text;
    byId("sign").setAttribute("href", sign);
    this.voice.say(text);
  }

  match(match) {
    if (!match) return;
    const bar = byId("match-bar");
    byId("match").hidden = false;
    byId("match").dataset.level = match.level;
    byId("match").dataset.others = match.others;
    bar.firstElementChild.style.width = `${match.percent}%`;
    bar.setAttribute("aria-valuenow", String(match.percent));
    if (byId("match-text").textContent !== match.text) byId("match-text").textContent = match.text;
  }
}
