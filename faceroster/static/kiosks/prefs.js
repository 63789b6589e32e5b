// What this device was told: sound, voice, looks, camera. Kept by the browser, and known to it alone.

const PREFIX = "faceroster.kiosk.";

export function recall(name, otherwise = "") {
  try {
    return localStorage.getItem(PREFIX + name) ?? otherwise;
  } catch {
    return otherwise; // a browser that keeps nothing
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // It holds until the page is loaded again.
  }
}
