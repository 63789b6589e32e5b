// Sealing what waits on the device, and the hashes that chain it. The key cannot be exported, so what lies on
// the disk opens in this browser only; and not a digit of a PIN is ever written there in the clear.

const text = new TextEncoder();
const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Before the first entry of a chain there is none. */
export const NOTHING = "0".repeat(64);

/** Whether this page may use cryptography at all: browsers give it to secure pages only. */
export const usable = () => Boolean(globalThis.crypto?.subtle && globalThis.indexedDB && navigator.locks);

/** A new key of this browser's own. */
export const makeKey = () =>
  crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

const binding = (chain, counter, key) => text.encode(`${chain}|${counter}|${key}`);

/** An entry as it may lie on the disk: all but its number and its name is sealed, and bound to both. */
export async function seal(secret, chain, entry) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = binding(chain, entry.counter, entry.key);
  const content = text.encode(JSON.stringify(entry));
  const blob = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, secret, content);
  return { counter: entry.counter, key: entry.key, iv, blob };
}

/** The entry of a row. What does not open is sent as what it is: somebody should know. */
export async function open(secret, chain, row) {
  try {
    const additionalData = binding(chain, row.counter, row.key);
    const how = { name: "AES-GCM", iv: row.iv, additionalData };
    return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, secret, row.blob)));
  } catch {
    const key = /^[0-9a-f-]{36}$/.test(row.key) ? row.key : crypto.randomUUID();
    return { counter: row.counter, key, kind: "unreadable", wall: Date.now() };
  }
}

const sha256 = async (content) => hex(await crypto.subtle.digest("SHA-256", text.encode(content)));

/** Sixteen random bytes: without them a hash would let anybody try out ten thousand PINs. */
export const salt = () => hex(crypto.getRandomValues(new Uint8Array(16)));

/** The entry with its digest; faceroster/offline/wire.py says of what, and checks it. */
export async function chained(chain, previous, entry) {
  const { key, counter, kind, wall, server, anchor, elapsed, payload } = entry;
  const inside = await sha256(Object.values(payload).join("\n"));
  const content = JSON.stringify([chain, key, counter, kind, wall, server, anchor, elapsed, inside]);
  return { ...entry, previous, digest: await sha256(`${previous}\n${content}`) };
}
