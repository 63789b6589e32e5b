// The coach's line to the server: one request after the other, each for the session that goes on.

import { signedFetch } from "./keys.js";

const PATIENCE = 15000; // milliseconds

/** `kind`: "unpaired", "over", "closed", "busy", "offline" or "refused"; `code` and `message` are the server's. */
export class LineTrouble extends Error {
  constructor(kind, code = "", message = "") {
    super(message);
    Object.assign(this, { kind, code });
  }
}

const KINDS = {
  "kiosk.revoked": "unpaired",
  "kiosk.not_paired": "unpaired",
  "coaching.ended": "over",
  "coaching.no_session": "over",
  "coaching.not_allowed": "over",
  "person.inactive": "over",
};

export class Line {
  constructor(base) {
    Object.assign(this, { base, session: "", closed: false, before: Promise.resolve() });
  }

  /** The request with which a session ends: none is sent after it, until the next one begins. */
  end(what) {
    const answer = this.json(what, {});
    this.closed = true;
    return answer;
  }

  async begin(code) {
    this.closed = false;
    const answer = await this.json("begin", { code });
    this.session = answer.session;
    return answer;
  }

  json(what, content) {
    return this.ask(what, { body: JSON.stringify(content), headers: { "Content-Type": "application/json" } });
  }

  frame(what, jpeg) {
    return this.ask(what, { body: jpeg, headers: { "Content-Type": "image/jpeg" } });
  }

  /** The last word of a page that goes away; nobody waits for its answer. */
  leave() {
    signedFetch(this.base + "cancel", { ...this.options({ body: "{}", headers: {} }), keepalive: true }).catch(() => {});
  }

  options({ body, headers }) {
    const own = { "X-FaceRoster-Kiosk": "1", ...(this.session && { "X-FaceRoster-Enrolment": this.session }) };
    return { method: "POST", cache: "no-store", body, headers: { ...headers, ...own } };
  }

  /** Waits for the request before: what a session has taken is changed by one at a time. */
  ask(what, content) {
    if (this.closed) return Promise.reject(new LineTrouble("closed"));
    const answer = this.before.then(() => this.send(what, content));
    this.before = answer.catch(() => {});
    return answer;
  }

  async send(what, content) {
    let answer;
    try {
      answer = await signedFetch(this.base + what, {
        ...this.options(content),
        signal: AbortSignal.timeout(PATIENCE),
      });
    } catch {
      throw new LineTrouble("offline");
    }
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) return body;
    const { code = `http.${answer.status}`, message = "" } = body.error ?? {};
    if (KINDS[code]) throw new LineTrouble(KINDS[code], code, message);
    throw new LineTrouble(answer.status >= 500 ? (answer.status === 503 ? "busy" : "offline") : "refused", code, message);
  }
}
