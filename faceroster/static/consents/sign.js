// The form of a person's consent: the drawing goes along with it.

import { Pad } from "../kiosks/coach_pad.js";

const form = document.querySelector("[data-sign]");
if (form) {
  const pad = new Pad(form.querySelector("canvas"));
  form.querySelector("[data-pad]").hidden = false;
  pad.clear(); // it has a size only now
  form.querySelector("[data-clear]").addEventListener("click", () => pad.clear());
  form.addEventListener("submit", () => {
    form.elements.drawing.value = pad.data();
  });
}
document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
