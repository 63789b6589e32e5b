// The service worker: keeps the page and what it is made of, so that a kiosk starts without its server.
// Of pictures, answers and everything else that is asked of the server, it keeps nothing.

const { SHELL } = self; // set by the script that the server writes: version, page, files, hashed
const PREFIX = "faceroster-kiosk-";
const NAME = PREFIX + SHELL.version;
const PATIENCE = 4000; // milliseconds that the page waits for a server that does not answer
const kept = new Set(SHELL.files.map((file) => new URL(file, self.location).href));

self.addEventListener("install", (event) => {
  const fresh = SHELL.files.map((file) => new Request(file, { cache: SHELL.hashed ? "default" : "reload" }));
  event.waitUntil(
    caches.open(NAME).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()),
  );
});

async function takeOver() {
  const mine = await caches.open(NAME);
  for (const name of (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME)) {
    // The page is kept on: a server that goes away right now must not leave the kiosk without one.
    const page = await (await caches.open(name)).match(SHELL.page);
    if (page && !(await mine.match(SHELL.page))) await mine.put(SHELL.page, page);
    await caches.delete(name);
  }
  await self.clients.claim();
}

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

/** The page of a paired kiosk is kept; any other, such as that of a revoked one, ends the keeping. */
async function remember(answer) {
  const cache = await caches.open(NAME);
  if (answer.headers.get("X-FaceRoster-Page") === "camera") await cache.put(SHELL.page, answer);
  else await cache.delete(SHELL.page);
}

async function page(event) {
  try {
    const answer = await fetch(event.request, { signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status < 500) {
      if (answer.ok && !answer.redirected) event.waitUntil(remember(answer.clone()));
      return answer;
    }
    return (await caches.match(SHELL.page)) ?? answer; // a proxy whose server restarts
  } catch (error) {
    const before = await caches.match(SHELL.page);
    if (before) return before;
    throw error;
  }
}

/** Files whose names change with their content come from the device; others are asked for first. */
async function file(request) {
  const before = () => caches.match(request, { ignoreVary: true });
  if (SHELL.hashed) return (await before()) ?? fetch(request);
  return fetch(request).catch(async (error) => {
    const found = await before();
    if (found) return found;
    throw error;
  });
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate" && pathname === SHELL.page) event.respondWith(page(event));
  else if (kept.has(request.url)) event.respondWith(file(request));
});
