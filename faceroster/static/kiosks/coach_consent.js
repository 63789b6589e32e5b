// The consent, before the first shot: the text, a place to sign, and a way out that is as good.

import { Pad } from "./coach_pad.js";
import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Consent {
  /** `send(signature)` signs; what it throws is shown. `refused()`: they would rather not. */
  constructor(send, refused) {
    Object.assign(this, { send, busy: false, text: "" });
    this.pad = new Pad(byId("consent-pad"));
    byId("consent-clear").addEventListener("click", () => this.pad.clear());
    byId("consent-no").addEventListener("click", refused);
    byId("consent-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.sign();
    });
  }

  /** `text`: id, language, rtl, title, purpose, paragraphs and about; `person`: who is to sign. */
  show(text, person) {
    this.text = text.id;
    const place = byId("consent-text");
    place.lang = text.language;
    place.dir = text.rtl ? "rtl" : "ltr";
    const line = (tag, words, name = "") =>
      Object.assign(document.createElement(tag), { textContent: words, className: name });
    place.replaceChildren(
      line("h2", text.title),
      line("p", text.purpose, "purpose"),
      ...text.paragraphs.map((words) => line("p", words)),
      line("p", text.about, "quiet"),
    );
    byId("consent-form").reset();
    byId("consent-person").textContent = person;
    this.say("");
    this.pad.clear();
    byId("consent-view").scrollTop = 0;
  }

  async sign() {
    if (this.busy) return;
    const name = byId("consent-name").value.trim();
    const drawing = this.pad.data();
    if (!byId("consent-agreed").checked) return this.say(WORDS.consent_tick);
    if (!name && !drawing) return this.say(WORDS.consent_sign);
    this.busy = true;
    try {
      await this.send({ text: this.text, name, drawing, agreed: true });
    } catch (error) {
      this.say(error.message || (error.kind === "offline" ? WORDS.offline : WORDS.wait));
    } finally {
      this.busy = false;
    }
  }

  say(words) {
    const place = byId("consent-problem");
    place.textContent = words;
    place.hidden = !words;
    if (words) place.scrollIntoView({ block: "nearest" });
  }
}
