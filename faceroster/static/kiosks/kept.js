// What is taken while there is no server, and how much of it waits. The queue itself is in queue.js.

import { LinkTrouble } from "./link.js";
import { openQueue } from "./queue.js";
import { WORDS } from "./words.js";

const AGAIN = 30000; // milliseconds between tries to send what waits, beside every return of the line

export class Kept {
  /** `chip` tells how much waits. */
  constructor(url, chip) {
    Object.assign(this, { chip, queue: null });
    this.opening = this.open(url);
    setInterval(() => this.flush(), AGAIN);
  }

  async open(url) {
    this.queue = await openQueue(url);
    this.queue.onchange = () => this.count();
    this.count();
  }

  /** Whether this browser has a safe place for it: a page that was not opened over HTTPS has none. */
  get able() {
    return Boolean(this.queue) && window.isSecureContext;
  }

  /** The server was heard of: `now` is its time. */
  heard(now) {
    this.queue?.heard(now).catch((error) => console.warn(error));
  }

  count() {
    const count = this.queue.size();
    document.body.dataset.queue = String(count);
    this.chip.hidden = !count;
    this.chip.textContent = WORDS.queue_size.replace("{count}", count);
  }

  flush() {
    if (document.body.dataset.link === "online") this.queue?.flush();
  }

  /** Keep one for later; `detail` is the small line. Returns what the screen says. Throws LinkTrouble. */
  async add(kind, payload, detail = "") {
    await this.opening;
    try {
      await this.queue.add(kind, payload);
    } catch (error) {
      const full = error.code === "offline.full" || error.code === "offline.too_long";
      throw new LinkTrouble("refused", error.code, full ? WORDS.queue_full : WORDS.offline);
    }
    return { state: "queued", message: WORDS.queued, detail };
  }

  picture(kind, jpeg) {
    return this.add(kind, jpeg, WORDS.picture_kept);
  }
}
