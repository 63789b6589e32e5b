"use strict";
// The lab: a picture that is dropped, chosen, pasted or shot is shown at once and sent to be looked at. What
// comes back is a fragment of the page, with what is drawn over each picture in a <template>.
(() => {
  const page = document.querySelector("[data-lab]");
  if (!page) return;
  const find = (name, where = document) => where.querySelector(`[data-${name}]`);
  const [results, status, problem] = ["results", "status", "problem"].map((name) => find(name));
  const token = page.querySelector("[name=csrfmiddlewaretoken]").value;
  const zones = [...page.querySelectorAll("[data-zone]")].map((element) => ({
    element,
    name: element.dataset.zone,
    image: find("image", element),
    overlay: find("overlay", element),
    file: null,
  }));
  let asking = null; // the request that is on its way; a newer one takes its place
  let aimed = zones[0]; // where the camera's photo goes

  /** An address at which the browser can show the file; null when it cannot. */
  async function shown(file) {
    const address = URL.createObjectURL(file);
    const probe = new Image();
    probe.src = address;
    try {
      await probe.decode();
      return address;
    } catch {
      URL.revokeObjectURL(address);
      return null;
    }
  }

  function show(zone, file, address) {
    if (zone.image.src) URL.revokeObjectURL(zone.image.src);
    zone.file = file;
    zone.image.src = address;
    find("stage", zone.element).hidden = false;
    find("name", zone.element).textContent = file.name;
    zone.element.classList.add("filled");
    zone.overlay.replaceChildren();
  }

  function complain(fragment, file) {
    problem.replaceChildren(fragment);
    const name = find("file-name", problem);
    if (name && file) name.textContent = `${file.name}: `;
    find("again", problem)?.addEventListener("click", () => ask());
  }

  const ready = (name) => find(name).content.cloneNode(true);
  const parsed = (text) => document.createRange().createContextualFragment(text);

  /** Take files into zones. A file that the browser cannot show leaves everything as it is until it is judged. */
  async function take(pairs) {
    problem.replaceChildren();
    for (const [zone, file] of pairs) {
      if (file.size > Number(page.dataset.max)) return complain(ready("too-large"), file);
    }
    const unseen = new Map();
    for (const [zone, file] of pairs) {
      const address = await shown(file);
      if (address) {
        show(zone, file, address);
        results.replaceChildren();
      } else unseen.set(zone, file);
    }
    return ask(unseen);
  }

  async function ask(unseen = new Map()) {
    asking?.abort();
    const mine = (asking = new AbortController());
    const body = new FormData();
    for (const zone of zones) {
      const file = unseen.get(zone) ?? zone.file;
      if (file) body.append(zone.name, file, file.name);
    }
    const about = [...unseen.values()][0] ?? (zones.length === 1 ? zones[0].file : null);
    problem.replaceChildren();
    status.textContent = status.dataset.looking;
    page.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(page.dataset.url, {
        method: "POST",
        body,
        headers: { "X-CSRFToken": token },
        signal: mine.signal,
        cache: "no-store",
      });
      const text = await answer.text();
      if (mine !== asking) return;
      if (answer.redirected || (answer.status === 403 && !text.includes("data-code"))) {
        complain(ready("signed-out"));
      } else if (answer.ok) render(parsed(text));
      else complain(text.includes("data-code") ? parsed(text) : ready("broken"), about);
    } catch {
      if (mine !== asking) return;
      complain(ready("offline"));
    }
    status.textContent = "";
    page.removeAttribute("aria-busy");
  }

  function render(fragment) {
    for (const zone of zones) {
      const drawing = fragment.querySelector(`template[data-overlay-for=${zone.name}]`);
      if (drawing) zone.overlay.replaceChildren(drawing.content);
    }
    results.replaceChildren(fragment);
  }

  const pictures = (transfer) => [...(transfer?.files ?? [])];
  /** The zones for so many files: the given one first, else the first that is empty. */
  function spread(files, zone) {
    const start = zones.indexOf(zone ?? zones.find((one) => !one.file) ?? zones[0]);
    return files.slice(0, zones.length).map((file, i) => [zones[(start + i) % zones.length], file]);
  }
  const zoneAt = (target) => zones.find((zone) => zone.element.contains(target));

  for (const zone of zones) {
    for (const input of zone.element.querySelectorAll("[data-file]")) {
      input.addEventListener("change", () => {
        const files = [...input.files];
        input.value = ""; // so that the same file may be chosen again
        if (files.length) take(spread(files, zone));
      });
    }
    find("camera", zone.element).addEventListener("click", () => {
      aimed = zone;
      find("webcam-open").click();
    });
  }
  document.addEventListener("photo-shot", (event) => {
    take([[aimed, event.detail]]);
    find("webcam").close();
  });
  const mark = (zone) => zones.forEach((one) => one.element.classList.toggle("over", one === zone));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault(); // else the browser would leave this page for the file
      const zone = zoneAt(event.target);
      mark(kind === "dragover" ? zone : null);
      const files = pictures(event.dataTransfer);
      if (kind === "drop" && files.length) take(spread(files, zone));
    });
  }
  document.addEventListener("paste", (event) => {
    const files = pictures(event.clipboardData);
    if (files.length) take(spread(files));
  });
  // A card and its box on the picture light up together.
  for (const [kind, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    page.addEventListener(kind, (event) => {
      const face = event.target.closest("[data-face]")?.dataset.face;
      if (!face || zones.length > 1) return; // side by side, numbers stand for nothing in common
      for (const one of page.querySelectorAll(`[data-face="${face}"]`)) one.classList.toggle("lit", on);
    });
  }
})();
