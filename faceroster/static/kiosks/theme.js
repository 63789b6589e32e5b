// Dark or light: as the device says, or as the switch on the page.

import { keep, recall } from "./prefs.js";
import { WORDS } from "./words.js";

const CHOICES = ["auto", "light", "dark"];

export class Theme {
  constructor(button, label) {
    this.label = label;
    this.choice = CHOICES.includes(recall("theme")) ? recall("theme") : "auto";
    button.addEventListener("click", () => this.set(CHOICES[(CHOICES.indexOf(this.choice) + 1) % CHOICES.length]));
    matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => this.show());
    this.show();
  }

  set(choice) {
    this.choice = choice;
    keep("theme", choice);
    this.show();
  }

  show() {
    const root = document.documentElement;
    if (this.choice === "auto") delete root.dataset.theme;
    else root.dataset.theme = this.choice;
    this.label.textContent = WORDS[`theme_${this.choice}`];
    const ground = getComputedStyle(root).getPropertyValue("--ground").trim();
    document.querySelector("meta[name=theme-color]").content = ground;
  }
}
