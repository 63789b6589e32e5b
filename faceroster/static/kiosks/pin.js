// Number and PIN, or the PIN alone where the server asked for it by a ticket. As good a way in as a face.

import { Keypad } from "./keypad.js";
import { Panel } from "./panel.js";
import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);

export class PinPanel {
  /** `send(content)` asks the server and returns its answer; `done(answer)` shows it. */
  constructor({ send, done, closed }) {
    Object.assign(this, { send, done, pin: null, sending: false });
    this.number = byId("number");
    this.secret = byId("pin");
    this.active = this.number;
    this.panel = new Panel(byId("pin-panel"), () => {
      this.pin = null;
      closed();
    });
    this.keypad = new Keypad(byId("pin-keys"), {
      field: () => this.active,
      letters: () => this.active === this.number,
    });
    for (const field of [this.number, this.secret]) field.addEventListener("focus", () => this.turnTo(field));
    byId("pin-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  get open() {
    return this.panel.open;
  }

  /** Ask. `pin` is what the answer said of a PIN: a ticket and why; none when somebody pressed the button. */
  show(pin = null) {
    this.pin = pin;
    const why = pin?.why ?? "";
    byId("pin-why").textContent = WORDS[`pin_${why}`] ?? "";
    byId("number-field").hidden = this.ticketAlone;
    this.tell("");
    this.panel.show();
    (this.ticketAlone ? this.secret : this.number).focus();
  }

  /**
   * Whether the ticket says whose PIN it is; else the number is needed too. Whoever has said "that's not me" is
   * rarely the one it was made for.
   */
  get ticketAlone() {
    return this.pin?.why === "look_alike" && !this.pin.number;
  }

  turnTo(field) {
    if (this.active === field) return;
    this.active = field;
    this.keypad.digits();
  }

  tell(text) {
    byId("pin-error").textContent = text;
  }

  async submit() {
    if (this.sending) return;
    const [number, pin] = [this.number.value.trim(), this.secret.value];
    if (!this.ticketAlone && !number) return this.again(this.number, pin ? WORDS.number_missing : "");
    if (!pin) return this.again(this.secret, this.active === this.secret ? WORDS.pin_missing : "");
    this.sending = true;
    this.secret.value = "";
    try {
      const ticket = this.pin ? { ticket: this.pin.ticket } : {};
      const answer = await this.send({ ...ticket, ...(this.ticketAlone ? {} : { number }), pin });
      this.panel.close();
      this.done(answer);
    } catch (error) {
      const both = error.code === "pass.number_needed"; // look-alikes with the same PIN
      if (both && this.open) this.show({ ...this.pin, number: true });
      if (this.open) this.again(both ? this.number : this.secret, error.say || WORDS.wait);
    } finally {
      this.sending = false;
    }
  }

  again(field, text) {
    this.tell(text);
    field.focus();
  }

  close() {
    this.panel.close();
  }
}
