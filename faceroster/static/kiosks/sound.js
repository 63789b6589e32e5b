// Short tones, made here: no files. Off when muted, and silent until the browser allows sound.

import { keep, recall } from "./prefs.js";
import { WORDS } from "./words.js";

const TUNES = {
  punched: [[523, 0], [784, 0.11]],
  already: [[587, 0]],
  unknown: [[247, 0], [196, 0.16]],
  ambiguous: [[294, 0], [294, 0.16]],
  not_live: [[294, 0], [294, 0.16]],
  pin: [[440, 0], [554, 0.12]],
  challenge: [[659, 0]],
  queued: [[523, 0], [523, 0.14]],
};

export class Sound {
  constructor(button, label, icon) {
    Object.assign(this, { button, label, icon, context: null });
    this.muted = recall("muted") === "1";
    button.addEventListener("click", () => this.toggle());
    // Browsers start sound only after a touch, unless the kiosk's browser was told otherwise.
    addEventListener("pointerdown", () => this.wake(), { passive: true });
    this.wake();
  }

  wake() {
    this.context ??= window.AudioContext ? new AudioContext() : null;
    this.context?.resume().then(() => this.show(), () => {});
    this.show();
  }

  toggle() {
    // The first touch of a silent kiosk only switches sound on.
    if (this.allowed || this.muted) this.muted = !this.muted;
    keep("muted", this.muted ? "1" : "0");
    this.wake();
    if (!this.muted) this.play("already");
  }

  get allowed() {
    return this.context?.state === "running";
  }

  show() {
    const on = !this.muted && this.allowed;
    this.button.setAttribute("aria-pressed", String(on));
    this.icon.setAttribute("href", on ? "#icon-sound" : "#icon-muted");
    this.label.textContent = this.muted ? WORDS.sound_off : this.allowed ? WORDS.sound_on : WORDS.sound_ask;
  }

  /** The tune of a state; states without one are silent. */
  play(state) {
    if (this.muted || !this.allowed) return;
    for (const [hertz, after] of TUNES[state] ?? []) this.tone(hertz, this.context.currentTime + after);
  }

  tone(hertz, start) {
    const [voice, volume] = [this.context.createOscillator(), this.context.createGain()];
    voice.type = "triangle";
    voice.frequency.value = hertz;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.22, start + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.22);
    voice.connect(volume).connect(this.context.destination);
    voice.start(start);
    voice.stop(start + 0.24);
  }
}
