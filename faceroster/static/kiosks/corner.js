// The administrator's corner: hidden at the upper edge. A long press, five taps, or Ctrl+Shift+K; then a PIN.

import { Keypad } from "./keypad.js";
import { Panel } from "./panel.js";
import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);
const LONG = 1500; // milliseconds
const TAPS = 5;
const TAPS_WITHIN = 3000;

export class Corner {
  /** `send(pin)` asks the server; `opened()` is called when the PIN was right. */
  constructor({ send, opened, closed }) {
    Object.assign(this, { send, opened, taps: [], press: 0, sending: false });
    this.field = byId("corner-pin");
    this.panel = new Panel(byId("corner-panel"), closed);
    this.keypad = new Keypad(byId("corner-keys"), { field: () => this.field });
    const corner = byId("corner");
    corner.addEventListener("pointerdown", () => this.touched());
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
      corner.addEventListener(end, () => clearTimeout(this.press));
    }
    corner.addEventListener("contextmenu", (event) => event.preventDefault()); // of a long press
    addEventListener("keydown", (event) => {
      if (!event.ctrlKey || !event.shiftKey || event.code !== "KeyK") return;
      event.preventDefault();
      this.ask();
    });
    byId("corner-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  get open() {
    return this.panel.open;
  }

  touched() {
    const now = performance.now();
    this.taps = [...this.taps.filter((tap) => now - tap < TAPS_WITHIN), now];
    if (this.taps.length >= TAPS) return this.ask();
    this.press = setTimeout(() => this.ask(), LONG);
  }

  ask() {
    if (document.querySelector("dialog[open]")) return;
    clearTimeout(this.press);
    this.taps = [];
    byId("corner-error").textContent = "";
    this.panel.show();
    this.field.focus();
  }

  async submit() {
    if (this.sending || !this.field.value) return;
    this.sending = true;
    try {
      await this.send(this.field.value);
      if (!this.open) return; // it closed by itself meanwhile
      this.panel.close();
      this.opened();
    } catch (error) {
      this.field.value = "";
      this.field.focus();
      byId("corner-error").textContent = error.say || (error.kind === "offline" ? WORDS.offline : WORDS.wait);
    } finally {
      this.sending = false;
    }
  }
}
