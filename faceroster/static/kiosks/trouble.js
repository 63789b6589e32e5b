// The page for a camera that does not come: what to do, for this very case.

const byId = (id) => document.getElementById(id);
const ASIDE = 6000; // milliseconds that it makes room for what a PIN brought

export class TroublePage {
  constructor({ retry, demo }) {
    Object.assign(this, { kind: "", until: 0, timer: 0 });
    byId("try-again").addEventListener("click", retry);
    byId("use-demo")?.addEventListener("click", demo);
    const link = byId("https-address");
    link.href = link.textContent = location.href.replace(/^http:/, "https:").split("?")[0];
  }

  /** Whether it covers the band. */
  get covers() {
    return !byId("trouble").hidden;
  }

  /** `kind`: the data-trouble of one of the articles. */
  show(kind) {
    this.kind = kind;
    byId("use-badge").disabled = true; // it is read through the camera; a PIN is not
    if (performance.now() >= this.until) this.draw();
  }

  draw() {
    const { kind } = this;
    const { dataset } = document.body;
    dataset.state = `camera_${kind}`;
    dataset.tone = "calm";
    dataset.person = dataset.punch = dataset.codes = "";
    for (const article of document.querySelectorAll("[data-trouble]")) {
      article.hidden = article.dataset.trouble !== kind;
    }
    byId("trouble-icon").setAttribute("href", kind === "insecure" ? "#icon-lock" : "#icon-camera-off");
    byId("try-again").hidden = kind === "insecure" || kind === "unsupported";
    this.cover(true);
  }

  cover(on) {
    byId("band").hidden = on;
    byId("trouble").hidden = !on;
  }

  /** Make room for a while: somebody came in by PIN, and is told so. */
  aside() {
    if (!this.kind) return;
    this.until = performance.now() + ASIDE;
    this.cover(false);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.kind && this.draw(), ASIDE);
  }

  hide() {
    this.kind = "";
    byId("use-badge").disabled = false;
    this.cover(false);
  }
}
