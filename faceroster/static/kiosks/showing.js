// What is on the screen, and what is heard: every answer comes through here, and some are not admitted.

import { Band } from "./band.js";
import { Presence, STATES, wording } from "./states.js";

const LATE = 1500; // milliseconds that an advice must stand before the voice says it: many only walk past

export class Showing {
  /** `sound` and `voice` are told of what is new; nothing is shown while `covered()`. */
  constructor(sound, voice, covered) {
    Object.assign(this, { sound, voice, covered, band: new Band(), presence: new Presence(), later: 0 });
  }

  get state() {
    return this.presence.state;
  }

  /** Show an answer if it may be shown now; `fresh`: it asks for something new. Returns whether it is. */
  show(answer, fresh = false) {
    const known = STATES[answer.state] ? answer : { ...answer, state: "unsure" };
    if (this.covered() || !this.presence.admits(known, performance.now())) return false;
    const same = document.body.dataset.state === known.state && !fresh;
    this.band.show(known);
    if (!same || known.person) this.tell(known);
    return true;
  }

  tell(answer) {
    clearTimeout(this.later);
    this.sound.play(answer.state);
    const { spoken } = STATES[answer.state];
    const [title, detail] = wording(answer);
    const sentence = answer.state === "already" ? `${title}, ${detail}` : title;
    if (spoken === "late") this.later = setTimeout(() => this.voice.say(sentence), LATE);
    else if (spoken) this.voice.say(sentence);
  }

  /** The tone of the greeting that stands there, or of this answer. */
  tone(answer) {
    const standing = answer.person && answer.person.id === this.presence.person;
    return (STATES[standing ? this.presence.state : answer.state] ?? STATES.unsure).tone;
  }

  /** Whatever comes next is shown. */
  reset() {
    this.presence.reset();
  }
}
