// The page as an app of the device: its service worker, and new versions of itself.

const EVERY = 15 * 60 * 1000; // milliseconds between two looks for a new version
const WAIT = 5000;

/** `idle()`: whether the page may be loaded anew without disturbing anybody. Returns how to look for a new version. */
export function installed(url, idle) {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return () => {}; // plain HTTP, or a browser without
  let first = !serviceWorker.controller;
  const registering = serviceWorker.register(url, { updateViaCache: "none" });
  const look = () => registering.then((one) => one.update()).catch(() => {}); // no server: later
  serviceWorker.addEventListener("controllerchange", () => {
    if (first) first = false; // this page came from the network, as new as can be
    else reload(idle);
  });
  registering.catch((error) => console.warn(error));
  setInterval(look, EVERY);
  return look;
}

function reload(idle) {
  if (idle()) location.reload();
  else setTimeout(() => reload(idle), WAIT);
}
