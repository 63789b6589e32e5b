"use strict";
// A button with data-copy="ID" puts that element's text on the clipboard; on plain HTTP, which has no
// clipboard, it selects the text instead.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    button.textContent = button.dataset.copied;
  } catch {
    window.getSelection().selectAllChildren(source);
  }
});
