// The line to the server: one frame out, one answer back; and a pulse while nothing moves.

const PATIENCE = 12000; // milliseconds; longer than the server waits for its worker

/** No answer, or a refusal: `kind` is "unpaired", "busy", "offline" or "frame"; `code` the server's. */
export class LinkTrouble extends Error {
  constructor(kind, code = "") {
    super(`${kind} ${code}`);
    this.kind = kind;
    this.code = code;
  }
}

async function ask(url, options) {
  let answer;
  try {
    answer = await fetch(url, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  } catch {
    throw new LinkTrouble("offline");
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const code = body.error?.code ?? `http.${answer.status}`;
  if (code === "kiosk.revoked" || code === "kiosk.not_paired") throw new LinkTrouble("unpaired", code);
  // A proxy in front of a server that restarts answers 502 or 504, and without a code of ours.
  if (answer.status >= 500) throw new LinkTrouble(answer.status === 503 ? "busy" : "offline", code);
  throw new LinkTrouble("frame", code);
}

/** Send one JPEG. Throws LinkTrouble. */
export function sendFrame(url, jpeg) {
  const headers = { "Content-Type": "image/jpeg", "X-FaceRoster-Kiosk": "1" };
  return ask(url, { method: "POST", headers, body: jpeg });
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
