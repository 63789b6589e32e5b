// Says so when the board can no longer be kept up to date, and takes it back when it can again.
"use strict";
const notice = document.getElementById("board-stale");
const stale = (isStale) => () => { notice.hidden = !isStale; };
document.body.addEventListener("htmx:afterSwap", stale(false));
for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  document.body.addEventListener(failure, stale(true));
}
