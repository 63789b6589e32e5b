// Selecting people of a matrix: all at once, and a word on how many are selected.
"use strict";
for (const form of document.querySelectorAll("form[data-select-people]")) {
  const all = document.querySelector(`[data-select-all][form="${form.id}"]`);
  const count = form.querySelector(".ts-count");
  if (!all || !count) continue;
  const boxes = [...document.querySelectorAll(`input[name="people"][form="${form.id}"]`)];
  const buttons = form.querySelectorAll("button");
  const show = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    all.checked = chosen > 0 && chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    const number = new Intl.NumberFormat(document.documentElement.lang || "en").format(chosen);
    count.textContent = chosen ? `${count.dataset.some} ${number}` : count.dataset.none;
    for (const button of buttons) button.disabled = chosen === 0;
  };
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  for (const box of boxes) box.addEventListener("change", show);
  // A page that the browser brings back from its memory may have boxes ticked.
  window.addEventListener("pageshow", show);
  show();
}
