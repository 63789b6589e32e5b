// The line as the page sees it: there or not, the pulse, and what is to be done when a request fails.

import { askState, Backoff, LinkTrouble, sendFrame, sendJson } from "./link.js";
import { WORDS } from "./words.js";

const PULSE = 4000; // milliseconds: a kiosk that is revoked while it idles learns of it in time
const LEAVING = 15000; // milliseconds that the next page may take before it is asked for again

export class Line {
  /** `back()` is called when the server answers again, `cut(state)` when a request failed. */
  constructor(url, { clock, source, kept, back, cut }) {
    Object.assign(this, { url, clock, source, kept, back, cut, backoff: new Backoff(), left: -Infinity });
  }

  get online() {
    return document.body.dataset.link === "online";
  }

  set online(is) {
    const was = this.online;
    document.body.dataset.link = is ? "online" : "cut";
    if (is) this.backoff.reset();
    if (!is || was) return;
    this.back();
    this.kept.flush();
  }

  /** Ask; whatever the server answers shows that it is there. */
  async ask(request) {
    try {
      const answer = await request;
      this.online = true;
      return answer;
    } catch (error) {
      // Our own words, even those of a worker that is busy, come from a server that is there.
      if (error.code && !error.code.startsWith("http.")) this.online = true;
      throw error;
    }
  }

  frame(url, jpeg, challenge) {
    return this.ask(sendFrame(url, jpeg, challenge));
  }

  json(url, content) {
    return this.ask(sendJson(url, content));
  }

  /** A PIN; without a server it is kept, with its number. A ticket is worth nothing by then. */
  async pin(url, content) {
    try {
      return await this.json(url, content);
    } catch (error) {
      if (error.kind !== "offline") throw error;
      this.online = false;
      const { number, pin } = content;
      if (!number) throw new LinkTrouble("offline", "", WORDS.pin_later);
      return this.kept.add("pin", { number, pin });
    }
  }

  /** Whether this kiosk still is one, and what the time is. Once more, and then by itself. */
  async pulse() {
    clearTimeout(this.next);
    try {
      const camera = this.source()?.label ?? "";
      const query = new URLSearchParams({ version: document.body.dataset.version, camera });
      const { now } = await this.ask(askState(`${this.url}?${query}`));
      this.clock.set(now);
      this.kept.heard(now);
    } catch (error) {
      if (error.kind === "unpaired") this.unpaired();
      if (error.kind === "offline" && this.online) this.failed(error);
    }
    clearTimeout(this.next);
    this.next = setTimeout(() => this.pulse(), PULSE);
  }

  /** Try at once: the device woke up, or its network is back. */
  wake() {
    this.backoff.reset();
    this.rested?.();
    this.pulse();
  }

  /** What to do about an error; returns how long to wait. */
  failed(error) {
    if (!(error instanceof LinkTrouble)) console.error(error); // such as a camera that went in mid-frame
    if (error.kind === "offline") this.online = false;
    this.cut(error.kind);
    if (error.kind === "unpaired") this.unpaired();
    return this.backoff.next();
  }

  /** Leave for the page that says so, once: the pulse and every frame under way come here too. */
  unpaired() {
    if (performance.now() - this.left < LEAVING) return;
    this.left = performance.now();
    location.replace(location.pathname + location.search);
  }

  /** Wait; waking ends it. */
  pause(milliseconds) {
    return new Promise((done) => {
      this.rested = done;
      setTimeout(done, milliseconds);
    });
  }
}
