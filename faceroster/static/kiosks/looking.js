// Looks through the camera: which frames are worth sending, how fast, and which answers still count.

const FACE_STAYS = 3000; // milliseconds: frames go on this long after the last face, moving or not
const STILL = 20000; // and end after this long without any movement: a portrait on the wall
const STALE = 5000; // an answer that took longer is about the past: a tablet that slept
const GREETED = 180; // milliseconds between frames while the greeted person still stands there
const NEXT = 60;
const PACE = 71; // while more is needed of a face: the sixth frame comes when liveness first says something
const EAGER = ["hold", "challenge", "unsure"];

export class Looking {
  /** `send(jpeg)` asks the server; `accept(answer, taken)` shows; `empty()` is called when nobody is there. */
  constructor(capture, { send, accept, empty }) {
    Object.assign(this, { capture, send, accept, empty, turn: 0 });
    this.seen = { face: -Infinity, move: -Infinity, answer: -Infinity };
  }

  /** What is on its way counts no more, and the next frame is taken whether anything moves or not. */
  restart() {
    this.turn += 1;
    this.capture.reset();
  }

  /** Whether nobody has been there for a while. */
  get idle() {
    return performance.now() - this.seen.face > FACE_STAYS;
  }

  /** Whether a frame is worth sending: something moves, or somebody is there. */
  worthwhile(time) {
    if (this.capture.moved()) this.seen.move = time;
    return this.seen.move === time || (time - this.seen.face < FACE_STAYS && time - this.seen.move < STILL);
  }

  /** One frame, if it is worth it; returns how long to wait for the next. Throws what the line throws. */
  async step() {
    const taken = performance.now();
    if (!this.worthwhile(taken)) {
      if (taken - this.seen.answer > FACE_STAYS) this.empty();
      return 120;
    }
    const turn = ++this.turn;
    const answer = await this.send(await this.capture.take());
    const now = performance.now();
    // A punch is told whatever happened meanwhile: it is stored.
    const outdated = turn !== this.turn || now - taken > STALE;
    if (outdated && answer.state !== "punched") return NEXT;
    this.seen.answer = now;
    if (answer.faces?.length) this.seen.face = now;
    this.accept(answer, taken);
    if (EAGER.includes(answer.state)) return Math.max(0, PACE - (now - taken));
    return answer.punch ? GREETED : NEXT;
  }
}
