"use strict";
// Photos of one person: files chosen, dropped or shot are sent one by one, each with a row of its own.
(() => {
  const AT_ONCE = 3;
  const waiting = [];
  let words = {}; // in the page's language: the server put them into the page
  let running = 0;

  function row(list, name) {
    const item = document.createElement("li");
    item.className = "fr-upload";
    const label = document.createElement("span");
    label.className = "fr-upload__name";
    label.textContent = name;
    const bar = document.createElement("progress");
    bar.max = 1;
    const text = document.createElement("span");
    text.className = "fr-upload__text";
    text.textContent = words.waiting;
    item.append(label, bar, text);
    list.prepend(item);
    return { item, bar, text };
  }

  function finish(line, good, message) {
    line.bar.remove();
    line.item.classList.add(good ? "fr-upload--good" : "fr-upload--bad");
    line.text.textContent = message;
    if (good) window.setTimeout(() => line.item.remove(), 2500);
  }

  function answer(request) {
    try {
      return JSON.parse(request.responseText);
    } catch {
      return {};
    }
  }

  function refusal(request) {
    const told = answer(request).message;
    if (told) return told;
    if (request.status === 403) return words.forbidden;
    if (request.status === 413) return words.too_large;
    if (request.status === 200) return words.signed_out;
    return words.refused;
  }

  function send({ zone, file, webcam, line }) {
    running += 1;
    line.text.textContent = words.sending;
    const body = new FormData();
    body.append("photo", file, file.name);
    if (webcam) body.append("webcam", "1");
    // Not fetch(): only this kind of request tells how much has been sent.
    const request = new XMLHttpRequest();
    request.open("POST", zone.dataset.url);
    request.setRequestHeader("X-CSRFToken", zone.querySelector("[name=csrfmiddlewaretoken]").value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) line.bar.value = event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      running -= 1;
      if (request.status === 201) {
        finish(line, true, words.added);
        document.body.dispatchEvent(new CustomEvent("photos-changed"));
      } else if (request.status === 0) {
        finish(line, false, words.offline);
      } else {
        finish(line, false, refusal(request));
      }
      next();
    });
    request.send(body);
  }

  function next() {
    while (running < AT_ONCE && waiting.length) send(waiting.shift());
  }

  function add(zone, files, webcam) {
    const list = document.querySelector("[data-photo-rows]");
    for (const file of files) waiting.push({ zone, file, webcam, line: row(list, file.name) });
    next();
  }

  document.addEventListener("DOMContentLoaded", () => {
    const zone = document.querySelector("[data-photo-upload]");
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    document.body.addEventListener("htmx:configRequest", (event) => {
      if (token) event.detail.headers["X-CSRFToken"] = token.value;
    });
    if (!zone) return;
    words = JSON.parse(document.getElementById(zone.dataset.words).textContent);
    const input = zone.querySelector("[data-photo-files]");
    input.hasChangeListener = true; // the admin theme would take this for a file field of its own
    input.addEventListener("change", () => {
      add(zone, input.files, false);
      input.value = "";
    });
    for (const name of ["dragenter", "dragover"]) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        zone.classList.add("fr-drop--over");
      });
    }
    for (const name of ["dragleave", "drop"]) {
      zone.addEventListener(name, () => zone.classList.remove("fr-drop--over"));
    }
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      add(zone, event.dataTransfer.files, false);
    });
    document.addEventListener("photo-shot", (event) => add(zone, [event.detail], true));
    if (window.location.hash === "#photos") document.getElementById("photos-panel").scrollIntoView();
  });
})();
