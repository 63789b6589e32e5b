// The administrator's sheet: camera, switches, how the kiosk is doing, and the ways out of it.

import { Panel } from "./panel.js";
import { WORDS } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Sheet {
  constructor(closed) {
    this.panel = new Panel(byId("sheet"), () => {
      this.home();
      closed();
    });
    // The choice of a camera and the switches are there once: they move here while the sheet is open.
    this.movers = [
      [byId("camera-choice"), byId("sheet-camera")],
      [byId("switches"), byId("sheet-switches")],
    ].map(([element, there]) => ({ element, there, parent: element.parentElement, next: element.nextSibling }));
    byId("leave").addEventListener("click", () => this.leave(byId("leave").dataset.url));
  }

  get open() {
    return this.panel.open;
  }

  show() {
    for (const { element, there } of this.movers) there.append(element);
    this.refresh();
    this.panel.show();
  }

  refresh() {
    const { link, queue } = document.body.dataset;
    byId("sheet-link").textContent = link === "online" ? WORDS.online : WORDS.cut;
    byId("sheet-queue").textContent = queue;
  }

  home() {
    for (const { element, parent, next } of this.movers) parent.insertBefore(element, next);
  }

  async leave(url) {
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
    location.assign(url);
  }
}
