// Sending what waits, in order and in small parts; what the server has is forgotten here.

import { signedFetch } from "./keys.js";
import { open } from "./queue_seal.js";

const PATIENCE = 20000; // milliseconds for one part
const CHARACTERS = 2_000_000;

export class Sender {
  /** `heard(now, limits)` is called with every answer of the server; `sent()` after every part. */
  constructor(url, store, secret, { heard, sent }) {
    Object.assign(this, { url, store, secret, heard, sent });
  }

  /** Send all. Returns how many; throws when the server does not answer, or will not have them. */
  async all() {
    let count = 0;
    if (!(await this.store.size())) await this.#ask({}); // to know its time before it is gone
    for (let part; (part = await this.#some()); ) count += part;
    return count;
  }

  async #some(most = Infinity) {
    const { id, limits } = await this.store.about("chain");
    const entries = await this.#oldest(id, Math.min(most, limits.batch));
    if (!entries.length) return 0;
    try {
      return await this.#send(id, entries);
    } catch (error) {
      if (error.message !== "offline.malformed") throw error;
      if (entries.length > 1) return this.#some(1); // the one that cannot be read must not stop the others
      const [{ counter, key, wall }] = entries;
      return this.#send(id, [{ counter, key, wall, kind: "unreadable" }]);
    }
  }

  async #oldest(id, most) {
    const entries = [];
    let characters = 0;
    for (const row of await this.store.oldest(most)) {
      const entry = await open(this.secret, id, row);
      characters += entry.payload?.jpeg?.length ?? 0;
      if (entries.length && characters > CHARACTERS) break;
      entries.push(entry);
    }
    return entries;
  }

  async #send(id, entries) {
    const body = JSON.stringify({ chain: id, sent: Date.now(), entries });
    const headers = { "Content-Type": "application/json" };
    const stored = new Set((await this.#ask({ method: "POST", headers, body })).stored);
    const counters = entries.filter((entry) => stored.has(entry.key)).map((entry) => entry.counter);
    if (!counters.length) throw new Error("nothing was stored");
    await this.store.remove(counters);
    await this.sent();
    return counters.length;
  }

  async #ask({ headers, ...options }) {
    const answer = await signedFetch(this.url, {
      ...options,
      headers: { ...headers, "X-FaceRoster-Kiosk": "1" },
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.error?.code ?? `http.${answer.status}`);
    const { now, most, seconds, batch } = said;
    if (now) await this.heard(now, { most, seconds, batch });
    return said;
  }
}
