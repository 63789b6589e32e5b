// The pairing page: asks every two seconds whether staff have approved, and keeps the code fresh.

import { canSign } from "./keys.js";
import { askState, LinkTrouble } from "./link.js";
import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);
const { stateUrl, expiresIn } = document.body.dataset;
const LIFE = 600;
const EVERY = 2000;
let ends = Date.now() + Number(expiresIn) * 1000;

function showLife() {
  const left = Math.max(0, (ends - Date.now()) / 1000);
  byId("life").style.width = `${Math.min(100, (100 * left) / LIFE)}%`;
  byId("left").textContent = WORDS.left[Math.min(WORDS.left.length - 1, Math.ceil(left / 60))];
}

const INSECURE = canSign ? "" : WORDS.insecure;

function warn(text) {
  byId("trouble").textContent = text;
  byId("trouble").classList.toggle("hidden", !text);
}

async function poll() {
  try {
    const state = await askState(stateUrl);
    if (state.status === "active") return location.reload();
    if (byId("code").textContent !== state.code) byId("code").textContent = state.code;
    byId("code").dataset.code = state.code;
    ends = Date.now() + state.expires_in * 1000;
    warn(INSECURE);
  } catch (error) {
    // The server no longer knows this browser (deleted, or too old): the page begins anew.
    if (error instanceof LinkTrouble && error.kind === "unpaired") return location.reload();
    warn(WORDS.offline);
  }
  showLife();
  return setTimeout(poll, EVERY);
}

warn(INSECURE);
poll(); // at once: the device's key is to be there before anybody approves it
