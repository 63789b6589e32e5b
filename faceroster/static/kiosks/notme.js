// "That's not me": for ten seconds after a punch, with the time that is left.

import { WORDS } from "./words.js";

export class NotMe {
  /** `send(punch)` asks the server, `done(answer)` shows its answer, `failed(error)` a refusal. */
  constructor(button, { send, done, failed }) {
    Object.assign(this, { button, send, done, failed, punch: null, timer: 0 });
    button.addEventListener("click", () => this.press());
  }

  /** Offer it for what an answer says of a punch, {punch, seconds}; the name tells whom it is about. */
  offer({ punch, seconds }, name) {
    clearInterval(this.timer);
    Object.assign(this, { punch, name, ends: performance.now() + 1000 * seconds });
    this.timer = setInterval(() => this.tick(), 250);
    this.tick();
  }

  tick() {
    const left = Math.ceil((this.ends - performance.now()) / 1000);
    this.button.hidden = left <= 0;
    if (left <= 0) return this.withdraw();
    const text = `${WORDS.not_me} · ${left}`;
    if (this.button.textContent !== text) this.button.textContent = text;
    this.button.title = this.name;
  }

  withdraw() {
    clearInterval(this.timer);
    this.punch = null;
    this.button.hidden = true;
  }

  async press() {
    const { punch } = this;
    if (!punch) return;
    this.withdraw(); // one press is enough
    try {
      this.done(await this.send(punch));
    } catch (error) {
      this.failed(error);
    }
  }
}
