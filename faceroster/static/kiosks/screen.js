// The screen: it must not go to sleep, and may be filled.

import { WORDS } from "./words.js";

/** A tablet must not go to sleep; the lock is lost whenever the page is hidden. */
export function stayAwake() {
  const ask = () => !document.hidden && navigator.wakeLock?.request("screen").catch(() => {});
  ask();
  document.addEventListener("visibilitychange", ask);
  // Some browsers grant it only after a touch.
  addEventListener("pointerdown", ask, { once: true, passive: true });
}

/** The button that fills the screen; hidden where the browser cannot, or the app does so already. */
export function fullScreen(button, label) {
  const root = document.documentElement;
  const installed = matchMedia("(display-mode: fullscreen)").matches && !document.fullscreenElement;
  button.hidden = !root.requestFullscreen || installed;
  const show = () => (label.textContent = document.fullscreenElement ? WORDS.full_end : WORDS.full);
  button.addEventListener("click", () => {
    const turn = document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
    turn.catch(() => {}); // such as a browser that its owner has told not to
  });
  document.addEventListener("fullscreenchange", show);
  show();
}
