// Choosing rows: how many are chosen, all at once, only the fields that an action needs, and a hint taken up.
"use strict";
const page = document.getElementById("exceptions");
const rows = () => [...page.querySelectorAll("input[name=row]")];

function refresh() {
  const bar = page.querySelector(".solve-bar");
  if (!bar) return;
  const chosen = rows().filter((row) => row.checked).length;
  const action = bar.querySelector("[name=action]").value;
  bar.querySelector("[data-chosen]").textContent = chosen;
  bar.querySelector("[data-count]").hidden = false;
  bar.classList.toggle("idle", chosen === 0);
  bar.querySelector("button[type=submit]").disabled = chosen === 0;
  for (const label of bar.querySelectorAll("[data-for]")) {
    label.hidden = label.dataset.for !== action;
    label.querySelector("input, select").required = !label.hidden;
  }
  const all = page.querySelector("[data-choose-all]");
  all.closest("label").hidden = false;
  all.checked = chosen === rows().length;
  all.indeterminate = chosen > 0 && !all.checked;
}

page.addEventListener("change", (event) => {
  if (event.target.matches("[data-choose-all]")) {
    for (const row of rows()) row.checked = event.target.checked;
  }
  refresh();
});

page.addEventListener("click", (event) => {
  const hint = event.target.closest("[data-person]");
  if (!hint) return;
  // One face is one person's: choose this row alone and leave the reason to be given.
  for (const row of rows()) row.checked = row.value === hint.dataset.row;
  page.querySelector("[name=action]").value = "assign";
  page.querySelector("[name=person]").value = hint.dataset.person;
  refresh();
  page.querySelector("[name=reason]").focus();
});

function start() {
  refresh();
  // On a phone the row of tabs is longer than the screen.
  page.querySelector(".tab[aria-current]").scrollIntoView({ block: "nearest", inline: "center" });
}
page.addEventListener("htmx:afterSwap", (event) => { if (event.detail.target === page) start(); });
start();

// The filters need no button: a choice is sent as it is made.
document.querySelector("form[data-filters]").addEventListener("change", (event) => {
  if (event.currentTarget.checkValidity()) event.currentTarget.requestSubmit();
});
