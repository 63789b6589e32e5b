// Every state the kiosk can be in: its colour, its icon and how long it stays to be read.

import { WORDS } from "./words.js";

/** tone: good, warn, bad, info or calm. hold: milliseconds before something lesser may replace it. */
export const STATES = {
  starting: { tone: "calm", icon: "wait", hold: 0 },
  nobody: { tone: "calm", icon: "look", hold: 0 },
  come_closer: { tone: "calm", icon: "closer", hold: 600 },
  poor_picture: { tone: "calm", icon: "light", hold: 600 },
  unsure: { tone: "calm", icon: "look", hold: 400 },
  busy: { tone: "calm", icon: "wait", hold: 0 },
  offline: { tone: "warn", icon: "wait", hold: 0 },
  unknown: { tone: "bad", icon: "unknown", hold: 3500 },
  ambiguous: { tone: "warn", icon: "two", hold: 3000 },
  accepted: { tone: "good", icon: "check", hold: 4000 },
  punched: { tone: "good", icon: "check", hold: 5000 },
  already: { tone: "info", icon: "clock", hold: 4000 },
};

const RECOGNISED = ["accepted", "punched", "already"];
const DIRECTIONS = { in: WORDS.in, out: WORDS.out };

/** The large and the small line for an answer of the server. */
export function wording(answer) {
  const name = answer.person?.name ?? "";
  const direction = DIRECTIONS[answer.punch?.direction];
  switch (answer.state) {
    case "accepted":
    case "punched":
      return [answer.greeting || `${answer.message}, ${name}`, [answer.time, direction].filter(Boolean).join(" · ")];
    case "already":
      return [answer.message, name];
    case "unknown":
      return [answer.message, WORDS.unknown];
    case "ambiguous":
      return [answer.message, WORDS.ambiguous];
    default:
      return [answer.message, ""];
  }
}

/** Decides what stays on the screen: a greeting must not flicker away because of one poor frame. */
export class Presence {
  constructor() {
    this.reset();
  }

  reset() {
    this.state = "starting";
    this.person = null;
    this.until = 0;
  }

  /** Whether an answer is to be shown now; if so, it becomes what is shown. */
  admits(answer, now) {
    const person = answer.person?.id ?? null;
    const recognised = RECOGNISED.includes(answer.state);
    if (recognised && RECOGNISED.includes(this.state) && person === this.person && now < this.until + 3000) {
      this.until = Math.max(this.until, now + 1500); // still there: the greeting stays as it is
      return false;
    }
    if (!recognised && now < this.until && answer.state !== this.state) return false;
    this.state = answer.state;
    this.person = person;
    this.until = now + STATES[answer.state].hold;
    return true;
  }
}
