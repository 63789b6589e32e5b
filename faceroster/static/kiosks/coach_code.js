// Where staff enter the code: by a keyboard, or by the keys on the screen.

import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "", "0", "⌫"];

export class CodeEntry {
  /** `begin(code)` opens the session; what it throws is shown. */
  constructor(begin) {
    Object.assign(this, { begin, field: byId("code"), busy: false });
    for (const key of KEYS) {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: key });
      button.addEventListener("click", () => this.press(key));
      button.classList.toggle("gap", !key);
      if (key === "⌫") button.setAttribute("aria-label", WORDS.erase);
      byId("keypad").append(button);
    }
    this.field.addEventListener("input", () => this.typed());
    byId("code-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    if (matchMedia("(pointer: fine)").matches) this.field.focus();
  }

  press(key) {
    const now = this.field.value;
    this.field.value = key === "⌫" ? now.trim().slice(0, -1) : now + key;
    this.typed();
  }

  /** Six digits in two groups; the sixth sends them. */
  typed() {
    const digits = this.field.value.replace(/\D/g, "").slice(0, 6);
    this.field.value = digits.length > 3 ? `${digits.slice(0, 3)} ${digits.slice(3)}` : digits;
    this.say("");
    if (digits.length === 6) this.send();
  }

  async send() {
    if (this.busy) return;
    this.busy = true;
    try {
      await this.begin(this.field.value);
      this.field.value = "";
    } catch (error) {
      if (error.kind === "unpaired") location.assign(document.body.dataset.kioskUrl);
      this.field.value = "";
      this.say(error.message || (error.kind === "offline" ? WORDS.offline : WORDS.wait), true);
    } finally {
      this.busy = false;
    }
  }

  say(words, bad = false) {
    const place = byId("code-problem");
    place.textContent = words;
    place.hidden = !words;
    place.classList.toggle("bad", bad);
  }

  reset(words) {
    this.field.value = "";
    this.say(words);
  }
}
