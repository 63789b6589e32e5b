// A form marked data-send-on-change needs no button: it sends itself when a choice is made.
"use strict";
for (const form of document.querySelectorAll("form[data-send-on-change]")) {
  form.addEventListener("change", (event) => {
    if (event.target.value !== "" && event.target.checkValidity()) form.requestSubmit();
  });
}
