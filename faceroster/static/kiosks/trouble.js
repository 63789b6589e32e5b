// The page for a camera that does not come: what to do, for this very case.

const byId = (id) => document.getElementById(id);

export class TroublePage {
  constructor({ retry, demo }) {
    byId("try-again").addEventListener("click", retry);
    byId("use-demo")?.addEventListener("click", demo);
    const link = byId("https-address");
    link.href = link.textContent = location.href.replace(/^http:/, "https:").split("?")[0];
  }

  /** `kind`: the data-trouble of one of the articles. */
  show(kind) {
    const { dataset } = document.body;
    dataset.state = `camera_${kind}`;
    dataset.tone = "calm";
    dataset.person = dataset.punch = dataset.codes = "";
    for (const article of document.querySelectorAll("[data-trouble]")) {
      article.hidden = article.dataset.trouble !== kind;
    }
    byId("trouble-icon").setAttribute("href", kind === "insecure" ? "#icon-lock" : "#icon-camera-off");
    byId("try-again").hidden = kind === "insecure" || kind === "unsupported";
    byId("band").hidden = true;
    byId("trouble").hidden = false;
  }

  hide() {
    byId("trouble").hidden = true;
    byId("band").hidden = false;
  }
}
