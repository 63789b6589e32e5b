// What the kiosk takes while the server is away: sealed, numbered, chained, and sent once when it is back.

import { chained, makeKey, NOTHING, salt, seal, usable } from "./queue_seal.js";
import { Sender } from "./queue_send.js";
import { openStore } from "./queue_store.js";

const [ADDING, SENDING] = ["faceroster-queue-add", "faceroster-queue-send"];
const LIMITS = { most: 200, seconds: 72 * 3600, batch: 10 }; // until the server says its own
const [SOONEST, LATEST] = [2000, 60000];
const LONGEST = { number: 60, pin: 20 };
const timer = () => Math.round(performance.now());

/** Why an entry was not taken: `code` is "offline.full", "offline.too_long" or "offline.unavailable". */
export class QueueTrouble extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** This browser's queue, to be sent to `url`. It never fails: one that cannot work refuses what it is given. */
export async function openQueue(url) {
  const queue = new Queue();
  if (!usable()) return queue;
  await queue.begin(url).catch((error) => queue.broken(error));
  return queue;
}

async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let characters = "";
  for (let i = 0; i < bytes.length; i += 8192) characters += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(characters);
}

class Queue {
  #store = null;
  #secret = null;
  #sender = null;
  #met = null; // when this page last heard the server: both clocks, and the one that nobody can set
  #failures = 0;
  #next = 0;
  #count = 0;
  onchange = () => {};

  async begin(url) {
    const store = await openStore();
    await navigator.locks.request(ADDING, async () => {
      if (!(await store.about("key"))) await store.keep("key", await makeKey());
      const fresh = { id: crypto.randomUUID(), counter: 0, digest: NOTHING, limits: LIMITS, met: null };
      if (!(await store.about("chain"))) await store.keep("chain", fresh);
    });
    this.#secret = await store.about("key");
    this.#store = store;
    this.#count = await store.size();
    this.#sender = new Sender(url, store, this.#secret, {
      heard: (now, limits) => this.heard(now, limits),
      sent: () => this.#changed(),
    });
    navigator.storage?.persist?.().catch(() => {}); // so that a full disk does not empty it
    addEventListener("online", () => this.flush());
    this.flush();
  }

  broken(error) {
    console.error(error);
    this.#store = null;
  }

  /** How many entries wait to be sent. */
  size() {
    return this.#count;
  }

  /** Take a punch: ("pin", {number, pin}), ("badge", jpeg) or ("face", jpeg), a Blob. Throws QueueTrouble. */
  async add(kind, payload) {
    if (!this.#store) throw new QueueTrouble("offline.unavailable");
    const short = (name) => String(payload[name]).slice(0, LONGEST[name]);
    const content = kind === "pin" ? { number: short("number"), pin: short("pin") } : { jpeg: await base64(payload) };
    await navigator.locks.request(ADDING, () => this.#take(kind, { salt: salt(), ...content }));
    await this.#changed();
    this.#later();
  }

  async #take(kind, payload) {
    const chain = await this.#store.about("chain");
    const wall = Date.now();
    const elapsed = this.#met && timer() - this.#met.at;
    const met = this.#met ?? chain.met;
    if ((await this.#store.size()) >= chain.limits.most) throw new QueueTrouble("offline.full");
    const away = elapsed ?? wall - (met?.device ?? wall);
    if (away > chain.limits.seconds * 1000) throw new QueueTrouble("offline.too_long");
    const times = { wall, server: met?.server ?? null, anchor: met?.device ?? null, elapsed };
    const fresh = { key: crypto.randomUUID(), counter: chain.counter + 1, kind, ...times, payload };
    const entry = await chained(chain.id, chain.digest, fresh);
    const { counter, digest } = entry;
    await this.#store.add(await seal(this.#secret, chain.id, entry), { ...chain, counter, digest });
  }

  /** The server was heard of just now, and said that its time is `now` (ISO); and perhaps its `limits`. */
  async heard(now, limits = null) {
    if (!this.#store || Number.isNaN(Date.parse(now))) return;
    const met = { server: Date.parse(now), device: Date.now(), at: timer() };
    await navigator.locks.request(ADDING, async () => {
      const chain = await this.#store.about("chain");
      await this.#store.keep("chain", { ...chain, met, limits: limits ?? chain.limits });
    });
    this.#met = met;
  }

  /** Send all that waits. Returns how many were sent; 0 also while another tab is at it. */
  async flush() {
    if (!this.#store) return 0;
    clearTimeout(this.#next);
    let sent = 0;
    try {
      sent = await navigator.locks.request(SENDING, { ifAvailable: true }, (lock) => lock && this.#sender.all());
      this.#failures = 0;
    } catch (error) {
      // A network that is away is no news.
      if (!(error instanceof TypeError) && error.name !== "TimeoutError") console.warn(`queue: ${error.message}`);
      this.#failures += 1;
    }
    await this.#changed();
    if (this.#count) this.#later();
    return sent ?? 0;
  }

  async #changed() {
    const before = this.#count;
    this.#count = await this.#store.size();
    if (this.#count !== before) this.onchange(this.#count);
  }

  #later() {
    clearTimeout(this.#next);
    this.#next = setTimeout(() => this.flush(), Math.min(LATEST, SOONEST * 2 ** this.#failures));
  }
}
