// Today keeps itself up to date: what was open or scrolled stays so, and it says when the server is silent.
"use strict";
const notice = document.getElementById("today-stale");
const stale = (isStale) => () => { notice.hidden = !isStale; };
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.body.addEventListener(failure, stale(true));
}

const live = document.getElementById("live");
const list = () => document.getElementById("today-departments-list");
const card = () => document.getElementById("today-departments");
// On a phone the people come first: the departments open when asked for.
if (card() && window.matchMedia("(max-width: 56rem)").matches) card().open = false;

let open = true, scrolled = 0;
live.addEventListener("htmx:beforeSwap", () => {
  open = card() ? card().open : open;
  scrolled = list() ? list().scrollTop : scrolled;
});
live.addEventListener("htmx:afterSwap", () => {
  notice.hidden = true;
  if (card()) card().open = open;
  if (list()) list().scrollTop = scrolled;
});
