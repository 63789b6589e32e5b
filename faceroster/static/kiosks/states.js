// Every state the kiosk can be in: its colour, its icon and how long it stays to be read.

import { challengeWording } from "./challenge.js";
import { WORDS } from "./words.js";

/**
 * tone: good, warn, bad, info or calm. hold: milliseconds before something lesser may replace it.
 * spoken: whether the voice says it, "late" when it stood a while. urgent: shown at once, whatever stands there.
 */
export const STATES = {
  starting: { tone: "calm", icon: "wait", hold: 0 },
  nobody: { tone: "calm", icon: "look", hold: 0 },
  come_closer: { tone: "calm", icon: "closer", hold: 600, spoken: "late" },
  poor_picture: { tone: "calm", icon: "light", hold: 600, spoken: "late" },
  unsure: { tone: "calm", icon: "look", hold: 400 },
  hold: { tone: "calm", icon: "look", hold: 400 },
  busy: { tone: "calm", icon: "wait", hold: 0 },
  offline: { tone: "warn", icon: "wait", hold: 0 },
  unknown: { tone: "bad", icon: "unknown", hold: 3500, spoken: true },
  ambiguous: { tone: "warn", icon: "two", hold: 3000, spoken: true },
  challenge: { tone: "info", icon: "turn", hold: 700, spoken: true, urgent: true },
  not_live: { tone: "warn", icon: "hands", hold: 6000, spoken: true, urgent: true },
  pin: { tone: "warn", icon: "keys", hold: 5000, spoken: true, urgent: true },
  badge: { tone: "info", icon: "qr", hold: 0, spoken: true, urgent: true },
  queued: { tone: "info", icon: "tray", hold: 5000, spoken: true, urgent: true },
  refused: { tone: "warn", icon: "keys", hold: 5000, spoken: true, urgent: true },
  accepted: { tone: "good", icon: "check", hold: 4000, spoken: true },
  punched: { tone: "good", icon: "check", hold: 5000, spoken: true },
  already: { tone: "info", icon: "clock", hold: 4000, spoken: true },
};

const RECOGNISED = ["accepted", "punched", "already"];
const PROMPT_ICONS = { nearer: "closer", further: "further", straight: "look" };
const DIRECTIONS = { in: WORDS.in, out: WORDS.out };

/** The name of the icon for an answer: a challenge's is that of its movement, where there is one. */
export function iconOf({ state, challenge }) {
  return PROMPT_ICONS[challenge?.prompt] ?? STATES[state].icon;
}

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
    case "challenge":
      return answer.challenge ? challengeWording(answer.challenge) : [answer.message, ""];
    case "not_live":
      return [answer.message, WORDS.not_live];
    default:
      return [answer.message, answer.detail ?? ""];
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
    // Whoever came in by PIN or badge is not named again when their face is seen.
    const same = person === this.person || person === null;
    if (recognised && RECOGNISED.includes(this.state) && same && now < this.until + 3000) {
      this.until = Math.max(this.until, now + 1500); // still there: the greeting stays as it is
      return false;
    }
    const first = recognised || STATES[answer.state].urgent;
    if (!first && now < this.until && answer.state !== this.state) return false;
    this.state = answer.state;
    this.person = person;
    this.until = now + STATES[answer.state].hold;
    return true;
  }
}
