// No picture: what to do, for this very case. The texts are those of the kiosk's page.

const byId = (id) => document.getElementById(id);

export class CoachTrouble {
  constructor({ retry, demo }) {
    byId("try-again").addEventListener("click", retry);
    byId("use-demo")?.addEventListener("click", demo);
    const link = byId("https-address");
    link.href = link.textContent = location.href.replace(/^http:/, "https:").split("?")[0];
  }

  /** `kind`: the data-trouble of one of the articles. */
  show(kind) {
    for (const article of document.querySelectorAll("[data-trouble]")) {
      article.hidden = article.dataset.trouble !== kind;
    }
    document.body.dataset.trouble = kind;
    byId("trouble").hidden = false;
  }

  hide() {
    delete document.body.dataset.trouble;
    byId("trouble").hidden = true;
  }
}
