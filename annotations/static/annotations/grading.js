// Grading by hand with the keyboard: 1, 2, 3 choose a grade, Enter keeps it. Without it the form works as it is.
"use strict";

const form = document.querySelector("form[data-grading]");

function isWriting(element) {
  return element instanceof HTMLElement && element.matches("input:not([type=radio]), select, textarea, button, a, summary");
}

document.addEventListener("keydown", (event) => {
  if (!form || event.ctrlKey || event.metaKey || event.altKey || event.repeat || isWriting(event.target)) return;
  const choices = form.querySelectorAll("input[name=grade]");
  const choice = choices[Number(event.key) - 1];
  if (choice) {
    choice.checked = true;
    choice.focus();
    event.preventDefault();
  }
});

// A second click would send the same grade again, which changes nothing but costs a page.
form?.addEventListener("submit", () => {
  form.querySelector("button[type=submit]").disabled = true;
});
