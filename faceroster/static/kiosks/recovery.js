// After sleep, a lost line or a frozen camera: notice it, and go on.

const TICK = 1000;
const SLEPT = 8000; // milliseconds that a second may not take, unless the device slept
const FROZEN = 8000; // without a new picture
const LONGEST = 64000;

/** `woke` is called when the device slept, came back into view, or found its network again. */
export function onWaking(woke) {
  let last = Date.now();
  setInterval(() => {
    const now = Date.now();
    if (now - last > SLEPT && !document.hidden) woke();
    last = now;
  }, TICK);
  document.addEventListener("visibilitychange", () => document.hidden || woke());
  addEventListener("pageshow", (event) => event.persisted && woke());
  addEventListener("online", woke);
}

/** `frozen` is called when a camera that is open gives the same moment for too long, as some do after sleep. */
export function onFrozen(video, frozen) {
  let [moment, since, patience] = [-1, Date.now(), FROZEN];
  setInterval(() => {
    const moved = video.currentTime !== moment;
    if (moved && Date.now() - since < TICK * 3) patience = FROZEN;
    if (moved || document.hidden || !video.srcObject) {
      [moment, since] = [video.currentTime, Date.now()];
    } else if (Date.now() - since > patience) {
      // One that stays frozen is tried less and less often.
      patience = Math.min(LONGEST, 2 * patience);
      since = Date.now();
      frozen();
    }
  }, TICK);
}
