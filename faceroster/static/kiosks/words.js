// What the scripts say, in the page's language: the server put it into the page.

export const WORDS = JSON.parse(document.getElementById("words").textContent);
