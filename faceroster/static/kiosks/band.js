// The large band: what the kiosk has to say, and the same in data-* attributes for whoever watches.

import { STATES, iconOf, wording } from "./states.js";

const LONG = 36; // characters; more are set smaller
const byId = (id) => document.getElementById(id);

export class Band {
  /** Show an answer, or anything with `state` and `message`. */
  show(answer) {
    const { tone } = STATES[answer.state];
    const [title, detail] = wording(answer);
    const { dataset } = document.body;
    dataset.state = answer.state;
    dataset.tone = tone;
    dataset.person = answer.person?.name ?? "";
    dataset.punch = answer.punch?.direction ?? "";
    dataset.codes = (answer.codes ?? []).join(" ");
    document.body.toggleAttribute("data-long", title.length > LONG);
    byId("band-icon").setAttribute("href", `#icon-${iconOf(answer)}`);
    // Written only when it changes, so that a screen reader says it once.
    if (byId("title").textContent !== title) byId("title").textContent = title;
    if (byId("detail").textContent !== detail) byId("detail").textContent = detail;
    byId("band").hidden = false;
  }
}
