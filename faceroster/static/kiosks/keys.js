// The device's own key: made here, kept here, never handed out; and requests that are signed with it.

const STORE = "keys";
const OWN = "device";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const text = new TextEncoder();

let ahead = 0; // milliseconds that the server's clock is ahead of this device's
let ready = null; // the key pair, once the server knows it

const base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const base64url = (bytes) => base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

function settled(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function store(mode) {
  const opening = indexedDB.open("faceroster-device", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  return database.transaction(STORE, mode).objectStore(STORE);
}

/** The key pair of this device. Of two tabs that make one at once, both use the one stored first. */
async function pair() {
  const known = await settled((await store("readonly")).get(OWN));
  if (known) return known;
  const fresh = await crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
  try {
    await settled((await store("readwrite")).add(fresh, OWN));
    await navigator.storage?.persist?.(); // or the browser may drop it when the disk is full
    return fresh;
  } catch (error) {
    if (error?.name !== "ConstraintError") throw error;
    return settled((await store("readonly")).get(OWN));
  }
}

async function signature(keys, url, { method = "GET", body, headers }) {
  const { pathname, search } = new URL(url, location.href);
  const bytes = body === undefined || body === null ? new ArrayBuffer(0) : await new Response(body).arrayBuffer();
  const stamp = Math.round(Date.now() + ahead);
  const nonce = base64url(crypto.getRandomValues(new Uint8Array(16)));
  const digest = hex(await crypto.subtle.digest("SHA-256", bytes));
  const challenge = new Headers(headers).get("X-FaceRoster-Challenge") ?? "";
  const said = [method, pathname + search, stamp, nonce, digest, challenge].join("\n");
  const signed = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keys.privateKey, text.encode(said));
  return `v1 ${stamp} ${nonce} ${base64url(signed)}`;
}

async function send(keys, url, options, again = true) {
  const headers = new Headers(options.headers);
  headers.set("X-FaceRoster-Signature", await signature(keys, url, options));
  const answer = await fetch(url, { ...options, headers });
  if (again && answer.status === 401) {
    const { error } = await answer.clone().json().catch(() => ({}));
    if (error?.code === "kiosk.clock") {
      ahead = Date.parse(error.now) - Date.now();
      return send(keys, url, options, false);
    }
  }
  return answer;
}

/** Tell the server of the key; whatever it answers counts for this page, but for its being away. */
async function register(signal) {
  const keys = await pair();
  const body = JSON.stringify({ public_key: base64(await crypto.subtle.exportKey("spki", keys.publicKey)) });
  const url = new URL("key", new URL(document.body.dataset.stateUrl, location.href));
  const headers = { "Content-Type": "application/json", "X-FaceRoster-Kiosk": "1" };
  const answer = await send(keys, url, { method: "POST", headers, body, cache: "no-store", signal });
  return { keys, answer };
}

/** Whether this browser can hold a key at all: pages that were not opened over HTTPS cannot. */
export const canSign = Boolean(window.isSecureContext && globalThis.crypto?.subtle && globalThis.indexedDB);

/** As fetch, signed. A refusal of the device's key is answered in place of the request's own answer. */
export async function signedFetch(url, options = {}) {
  if (!canSign) {
    const headers = new Headers(options.headers);
    headers.set("X-FaceRoster-Signature", "none"); // or the server would take this for an old page
    return fetch(url, { ...options, headers });
  }
  ready ??= register(options.signal);
  const trying = ready;
  const { keys, answer } = await trying.catch((error) => {
    if (ready === trying) ready = null; // the server is away: the next request tries anew
    throw error;
  });
  if (!answer.ok) {
    if (answer.status >= 500 || answer.status === 429) ready = null;
    return answer.clone();
  }
  return send(keys, url, options);
}
