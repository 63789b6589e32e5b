// How long people wait: from the first frame in which a face could be judged to the greeting on the screen.
// window.faceroster.log has [{sharp_at, greeting_at, state, person, challenged}], milliseconds since 1970.

const KEPT = 200;
const UNJUDGED = ["nobody", "come_closer", "poor_picture", "busy", "offline"];
const GREETED = ["accepted", "punched", "already"];
const since1970 = (time) => performance.timeOrigin + time;

export class Times {
  constructor() {
    this.log = [];
    this.reset();
    window.faceroster = { ...window.faceroster, log: this.log };
  }

  /** The next face begins anew. */
  reset() {
    this.sharp = null;
    this.challenged = false;
  }

  /** An answer to the frame taken at `taken` (performance.now()); `shown`: whether the band shows it by now. */
  note(answer, taken, shown) {
    if (answer.state === "nobody") this.reset();
    if (UNJUDGED.includes(answer.state)) return;
    this.sharp ??= taken;
    this.challenged ||= Boolean(answer.challenge);
    if (!GREETED.includes(answer.state)) return;
    if (shown) this.write(answer);
    this.reset(); // whoever is greeted waits for nothing, however long they stand there
  }

  write({ state, person }) {
    this.log.push({
      sharp_at: since1970(this.sharp),
      greeting_at: since1970(performance.now()),
      state,
      person: person?.id ?? null,
      challenged: this.challenged,
    });
    if (this.log.length > KEPT) this.log.shift();
  }
}
