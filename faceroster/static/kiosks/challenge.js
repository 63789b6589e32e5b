// What the server asks of somebody before the camera: a large sign, the step, and the time that is left.
// Everything is decided by the server; this only shows it, and numbers the frames of the answer.

import { WORDS } from "./words.js";

const LIFE = 20; // seconds that a challenge lasts, for the ring

export class Challenge {
  constructor(panel, ring, steps) {
    Object.assign(this, { panel, ring, steps: [...steps.children], now: null, number: 0 });
  }

  /** What to send along with the next frame: "NONCE NUMBER", or nothing without a challenge. */
  get header() {
    return this.now ? `${this.now.nonce} ${++this.number}` : "";
  }

  /** Whether a challenge is being answered; one whose time is over is not, whatever the server did. */
  get open() {
    return Boolean(this.now) && performance.now() < this.ends;
  }

  /** Show what an answer says of a challenge; null ends it. Returns whether it asks for something new. */
  show(challenge) {
    const { dataset } = document.body;
    const fresh = challenge?.prompt !== this.now?.prompt || challenge?.step !== this.now?.step;
    if (challenge?.nonce !== this.now?.nonce) this.number = 0;
    this.now = challenge ?? null;
    this.ends = performance.now() + 1000 * (challenge?.seconds ?? 0);
    dataset.prompt = challenge?.prompt ?? "";
    dataset.step = challenge?.step ?? "";
    this.panel.hidden = !challenge;
    if (challenge) this.draw(challenge);
    return Boolean(challenge) && fresh;
  }

  draw({ step, of, seconds }) {
    this.ring.style.setProperty("--left", String(Math.max(0, Math.min(1, seconds / LIFE))));
    this.steps.forEach((item, i) => {
      item.hidden = i >= of;
      item.classList.toggle("done", i + 1 < step);
      item.classList.toggle("now", i + 1 === step);
    });
  }
}

/** The large and the small line of a challenge. */
export function challengeWording({ prompt, step, of }) {
  return [WORDS[prompt] ?? "", WORDS.step.replace("{step}", step).replace("{of}", of)];
}
