// The line to the server: one request out, one answer back; and a pulse while nothing moves.

import { signedFetch } from "./keys.js";

const PATIENCE = 12000; // milliseconds; longer than the server waits for its worker

const UNPAIRED = new Set(["kiosk.revoked", "kiosk.not_paired", "kiosk.key_there", "kiosk.key_late"]);

/** No answer, or a refusal: `kind` is "unpaired", "busy", "offline" or "refused"; `code` and `say` the server's. */
export class LinkTrouble extends Error {
  constructor(kind, code = "", say = "") {
    super(`${kind} ${code}`);
    Object.assign(this, { kind, code, say });
  }
}

async function ask(url, options) {
  let answer;
  try {
    answer = await signedFetch(url, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new LinkTrouble("offline");
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const code = body.error?.code ?? `http.${answer.status}`;
  if (UNPAIRED.has(code)) throw new LinkTrouble("unpaired", code);
  // A proxy in front of a server that restarts answers 502 or 504, and without a code of ours.
  if (answer.status >= 500) throw new LinkTrouble(answer.status === 503 ? "busy" : "offline", code);
  throw new LinkTrouble("refused", code, body.error?.message ?? "");
}

function post(url, type, body, more = {}) {
  const headers = { "Content-Type": type, "X-FaceRoster-Kiosk": "1", ...more };
  return ask(url, { method: "POST", headers, body });
}

/** Send one JPEG. `challenge` is "NONCE NUMBER" while one is being answered. Throws LinkTrouble. */
export function sendFrame(url, jpeg, challenge = "") {
  return post(url, "image/jpeg", jpeg, challenge ? { "X-FaceRoster-Challenge": challenge } : {});
}

/** Send `content` as JSON. Throws LinkTrouble. */
export function sendJson(url, content) {
  return post(url, "application/json", JSON.stringify(content));
}

/** Whether this browser is (still) paired, and the server's time. Throws LinkTrouble. */
export function askState(url) {
  return ask(url, {});
}

/** Longer and longer waits while something does not work: .5, 1, 2, 4, then 5 seconds. */
export class Backoff {
  constructor() {
    this.failures = 0;
  }

  reset() {
    this.failures = 0;
  }

  next() {
    return Math.min(5000, 500 * 2 ** this.failures++);
  }
}
