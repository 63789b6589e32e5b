// Five dots, one for each shot: what is missing, and small pictures of what is there. These stay in this page.

import { WORDS } from "./words.js";

const SIDE = 96;
const signs = { straight: "#icon-look", left: "#sign-left", right: "#sign-right", nod: "#sign-up", distance: "#icon-closer" };

export class Dots {
  constructor(list) {
    Object.assign(this, { list, items: {} });
  }

  reset(steps) {
    this.items = {};
    this.list.replaceChildren(...steps.map(({ slot }) => this.item(slot)));
  }

  item(slot) {
    const item = document.createElement("li");
    const sign = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", signs[slot]);
    sign.setAttribute("class", "icon");
    sign.setAttribute("aria-hidden", "true");
    sign.append(use);
    const picture = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
    const name = Object.assign(document.createElement("small"), { textContent: WORDS.slots[slot] });
    const disc = Object.assign(document.createElement("span"), { className: "disc" });
    disc.append(sign, picture);
    item.append(disc, name, Object.assign(document.createElement("span"), { className: "visually-hidden" }));
    item.dataset.slot = slot;
    this.items[slot] = item;
    return item;
  }

  show(answer) {
    for (const { slot, taken } of answer.steps) {
      const item = this.items[slot];
      item.classList.toggle("taken", taken);
      item.lastElementChild.textContent = taken ? WORDS.taken : WORDS.missing;
      if (slot === answer.step) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
  }

  /** Keep a small picture of the frame that became this shot, mirrored as the person saw it. */
  keep(slot, frame) {
    const context = this.items[slot].querySelector("canvas").getContext("2d");
    const side = Math.min(frame.width, frame.height) * 0.8;
    context.setTransform(-1, 0, 0, 1, SIDE, 0);
    context.drawImage(frame, (frame.width - side) / 2, (frame.height - side) / 2, side, side, 0, 0, SIDE, SIDE);
  }
}
