// Large keys for a field, beside whatever keyboard the device has. Letters too: numbers such as FR-1001 have them.

import { WORDS } from "./words.js";

const DIGITS = [..."123456789"];
const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ-./"];

export class Keypad {
  /** `field()` is the input that is written into; `letters()` whether it takes letters. */
  constructor(holder, { field, letters = () => false }) {
    Object.assign(this, { holder, field, letters });
    // The field keeps the focus, so that the device's own keyboard and these keys write in one place.
    holder.addEventListener("pointerdown", (event) => event.preventDefault());
    this.digits();
  }

  key(text, action, label = "", hidden = false) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    if (label) button.setAttribute("aria-label", label);
    button.classList.toggle("word", text.length > 1);
    button.disabled = hidden;
    button.style.visibility = hidden ? "hidden" : "";
    button.addEventListener("click", action);
    return button;
  }

  write(text) {
    const field = this.field();
    if (field.value.length < field.maxLength) field.value += text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  erase() {
    const field = this.field();
    field.value = field.value.slice(0, -1);
    field.focus();
  }

  /** The keys that fit the field. */
  digits() {
    const other = this.key(WORDS.letters, () => this.alphabet(), "", !this.letters());
    this.fill([...DIGITS, other, "0", this.key("⌫", () => this.erase(), WORDS.delete)], false);
  }

  alphabet() {
    const other = this.key(WORDS.digits, () => this.digits());
    this.fill([...LETTERS, this.key("⌫", () => this.erase(), WORDS.delete), other], true);
  }

  fill(keys, letters) {
    this.holder.classList.toggle("letters", letters);
    const buttons = keys.map((key) => (typeof key === "string" ? this.key(key, () => this.write(key)) : key));
    this.holder.replaceChildren(...buttons);
    this.field().focus();
  }
}
