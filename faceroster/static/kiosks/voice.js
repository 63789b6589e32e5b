// Says aloud what the screen says, in the page's language, where the device has a voice for it.

import { keep, recall } from "./prefs.js";
import { WORDS } from "./words.js";

const AGAIN = 5000; // milliseconds before the same sentence is said once more

export class Voice {
  constructor(button, label, icon) {
    Object.assign(this, { button, label, icon, last: "", at: -Infinity });
    this.synth = window.speechSynthesis;
    this.on = recall("voice", "1") === "1";
    button.addEventListener("click", () => this.toggle());
    this.synth?.addEventListener?.("voiceschanged", () => this.show());
    this.show();
  }

  /** A voice for the page's language; undefined where the device has none. */
  get voice() {
    const { lang } = document.documentElement;
    const fitting = (this.synth?.getVoices() ?? []).filter((one) => one.lang.toLowerCase().startsWith(lang));
    // One of the device itself speaks without a connection, and at once.
    return fitting.find((one) => one.localService) ?? fitting[0];
  }

  toggle() {
    this.on = !this.on;
    keep("voice", this.on ? "1" : "0");
    if (!this.on) this.synth?.cancel();
    this.show();
  }

  show() {
    const on = this.on && Boolean(this.voice);
    this.button.setAttribute("aria-pressed", String(on));
    this.label.textContent = !this.on ? WORDS.voice_off : this.voice ? WORDS.voice_on : WORDS.voice_none;
  }

  say(text) {
    const { voice } = this;
    const now = performance.now();
    if (!text || !this.on || !voice || (text === this.last && now - this.at < AGAIN)) return;
    Object.assign(this, { last: text, at: now });
    this.synth.cancel(); // the newest counts: an arrow that is over helps nobody
    const words = new SpeechSynthesisUtterance(text);
    words.voice = voice;
    words.lang = voice.lang;
    this.synth.speak(words);
  }
}
