// The end of an enrolment: the photos are stored and checked, and then comes the try.

import { WORDS } from "./words.js";

const POLL = 700;
const PATIENCE = 120000; // milliseconds that checking may take before the try begins all the same
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Store the shots and wait until they are checked; says how it went. Throws what the line throws. */
export async function store({ line, guide, options, touched }) {
  guide.tell(WORDS.storing);
  let found = await line.json("store", options);
  const end = performance.now() + PATIENCE;
  while (found.open && performance.now() < end) {
    guide.tell(WORDS.checking);
    touched();
    await pause(POLL);
    found = await line.json("progress", {});
  }
  Object.assign(document.body.dataset, { accepted: found.accepted, review: found.review });
  if (found.accepted) guide.tell(WORDS.try, "#icon-look", "coach.try");
  else guide.tell(found.review ? WORDS.in_review : `${WORDS.none_usable} ${found.reasons.join(" ")}`, "#sign-warning");
  return found;
}

/** One look whether the kiosk knows the person by now. Throws what the line throws. */
export async function attempt({ line, guide, frame }) {
  const { recognised, person, text } = await line.frame("try", frame);
  if (recognised) guide.tell(WORDS.recognised.replace("%(name)s", person), "#icon-check", "coach.recognised");
  else guide.tell(text || WORDS.not_yet, "#icon-look", "coach.try");
  return recognised;
}
