// A day of the roster opens in a dialog; without this script its link leads to a page of its own.
"use strict";
const dialog = document.getElementById("roster-dialog");
let opener = null;

// Ticking a shift means these shifts; choosing another way unticks them.
function follow(event) {
  const form = event.target.closest(".cell-form");
  if (!form) return;
  if (event.target.name === "shifts" && event.target.checked) {
    form.querySelector('input[name="how"][value="shifts"]').checked = true;
  } else if (event.target.name === "how" && event.target.value !== "shifts") {
    for (const box of form.querySelectorAll('input[name="shifts"]')) box.checked = false;
  }
}
document.addEventListener("change", follow);

if (dialog) {
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "roster-dialog-body") return;
    opener = event.detail.requestConfig.elt;
    if (!dialog.open) dialog.showModal();
    const checked = dialog.querySelector('input[name="how"]:checked');
    if (checked) checked.focus();
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    // Whatever the fragment could not say, the page says.
    if (event.detail.elt.dataset.rosterCell !== undefined) window.location.assign(event.detail.elt.href);
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
    if (event.target.closest("[data-close-dialog]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.addEventListener("close", () => {
    document.getElementById("roster-dialog-body").replaceChildren();
    if (opener) opener.focus();
  });
}
