// Which camera or clip: chosen by the address, by the list on the page, or as the last time.

import { Camera, CameraTrouble, cameras } from "./camera.js";
import { keep, recall } from "./prefs.js";
import { WORDS } from "./words.js";

const AGAIN = 3000; // milliseconds between tries for a camera that may come back

export class Source {
  /** `opened` and `failed(kind)` tell how it went; `select` is the list of cameras. */
  constructor(video, select, { opened, failed }) {
    Object.assign(this, { select, opened, failed, turn: 0, trying: 0 });
    this.camera = new Camera(video, () => this.fail("lost"));
    this.clips = [...select.querySelectorAll("option[data-url]")];
    this.choice = this.asked() ?? recall("camera");
    select.addEventListener("change", () => this.choose(select.value));
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.devicesChanged());
    navigator.permissions?.query?.({ name: "camera" }).then(
      (permission) => permission.addEventListener("change", () => this.open()),
      () => {}, // not every browser lets one ask for this permission
    );
  }

  /** The choice in the address: ?camera=demo or ?camera=demo:<slug>. */
  asked() {
    const wanted = new URLSearchParams(location.search).get("camera");
    if (wanted === "demo") return this.clips[0]?.value ?? null;
    return this.clips.some((clip) => clip.value === wanted) ? wanted : null;
  }

  /** What the camera in use calls itself. */
  get label() {
    return this.select.selectedOptions[0]?.label ?? "";
  }

  choose(choice) {
    this.choice = choice;
    keep("camera", choice);
    return this.open();
  }

  chooseDemo() {
    return this.choose(this.clips[0]?.value ?? "");
  }

  /** Open what is chosen. Only the latest call counts: an earlier one that comes late is dropped. */
  async open() {
    const turn = ++this.turn;
    clearTimeout(this.trying);
    const clip = this.clips.find((option) => option.value === this.choice);
    try {
      if (clip) await this.camera.openClip(clip.dataset.url);
      else this.choice = await this.camera.openCamera(this.choice.startsWith("demo:") ? "" : this.choice);
    } catch (error) {
      if (turn === this.turn) this.fail(error instanceof CameraTrouble ? error.kind : "busy");
      return;
    }
    if (turn !== this.turn) return;
    await this.list();
    this.opened();
  }

  fail(kind) {
    this.list();
    this.failed(kind);
    if (["missing", "busy", "lost"].includes(kind)) {
      clearTimeout(this.trying);
      this.trying = setTimeout(() => this.open(), AGAIN);
    }
  }

  devicesChanged() {
    if (!this.camera.ready) this.open();
    else this.list();
  }

  async list() {
    const known = await cameras().catch(() => []);
    for (const old of this.select.querySelectorAll(":scope > option")) old.remove();
    const options = known.map(({ id, label }) => new Option(label, id));
    if (!options.length) options.push(new Option(WORDS.camera, ""));
    this.select.prepend(...options);
    this.select.value = this.choice;
    this.select.parentElement.hidden = this.select.options.length < 2;
  }
}
