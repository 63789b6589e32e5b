// A badge held before the camera. Frames go out until one of them shows a code, for twenty seconds at most.

import { WORDS } from "./words.js";

const LIFE = 1000 * (WORDS.badge_left.length - 1); // a sentence for each second, and one for none
const NEXT = 150; // milliseconds between two frames
const HOLD = 3000; // without a server nobody reads the code: the picture is taken after so long
const NOT_YET = "badge.no_code"; // the next frame may show it

export class Badge {
  /**
   * `send(jpeg)` asks the server, `keep(jpeg)` puts it aside while `online()` is false; `take()` gives a frame;
   * `done(answer)` and `say(answer)` show something.
   */
  constructor(button, end, { send, keep, online, take, done, say }) {
    Object.assign(this, { end, send, keep, online, take, done, say, ends: 0, on: false });
    button.addEventListener("click", () => (this.on ? this.stop() : this.start()));
    end.addEventListener("click", () => this.stop());
  }

  start() {
    Object.assign(this, { on: true, ends: performance.now() + LIFE, held: null });
    this.end.hidden = false;
    this.tell();
  }

  /** End it; `last` is what is shown then. */
  stop(last = { state: "nobody", message: WORDS.look }) {
    if (!this.on) return;
    this.on = false;
    this.end.hidden = true;
    this.say(last);
  }

  tell() {
    const seconds = Math.max(0, Math.ceil((this.ends - performance.now()) / 1000));
    this.say({ state: "badge", message: WORDS.badge, detail: WORDS.badge_left[seconds] });
  }

  /** One try; returns how long to wait for the next. Throws what the line throws when there is no server. */
  async step() {
    if (performance.now() > this.ends) {
      this.stop({ state: "refused", message: WORDS.badge_none });
      return NEXT;
    }
    this.tell();
    if (!this.online()) return this.without();
    try {
      this.came(await this.send(await this.take()));
    } catch (error) {
      if (error.kind !== "refused") throw error;
      if (error.code !== NOT_YET) this.stop({ state: "refused", message: error.say || WORDS.badge_none });
    }
    return NEXT;
  }

  /** The server is away: hold still, and it is read later. */
  async without() {
    this.held ??= performance.now();
    if (performance.now() - this.held < HOLD) return NEXT;
    try {
      this.came(await this.keep(await this.take()));
    } catch (error) {
      this.stop({ state: "refused", message: error.say });
    }
    return NEXT;
  }

  came(answer) {
    if (!this.on && !answer.punch) return; // it was cancelled meanwhile
    this.stop();
    this.done(answer);
  }
}
