// Marks fields that were refused, says while something is unsaved, and asks before the page is left then.
// Forms work without it: it only follows what htmx does for forms with data-guard.
"use strict";

const guarded = document.querySelector("form[data-guard]");
const said = document.getElementById("said");
let unsaved = false;

function mark() {
  for (const field of guarded.querySelectorAll("[aria-describedby]")) {
    const slot = document.getElementById("e-" + field.id);
    if (slot?.textContent.trim()) {
      field.setAttribute("aria-invalid", "true");
    } else {
      field.removeAttribute("aria-invalid");
    }
  }
}

if (guarded && said) {
  guarded.addEventListener("input", () => {
    unsaved = true;
    said.textContent = "Not saved yet";
  });
  guarded.addEventListener("submit", () => {
    unsaved = false;
  });
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt === guarded) said.textContent = "Saving …";
  });
  document.body.addEventListener("htmx:afterSettle", mark);
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== guarded) return;
    const status = event.detail.xhr.status;
    if (status >= 200 && status < 300) {
      unsaved = event.detail.requestConfig.timeSent < lastInput;
    } else if (status !== 409 && status !== 422) {
      said.textContent = "Not saved: the platform cannot be reached. What you typed stays here; the next change tries again.";
    }
  });
  let lastInput = 0;
  guarded.addEventListener("input", () => { lastInput = Date.now(); });
  addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}

// A short name is proposed from the title until somebody writes one.
const title = document.querySelector("[data-proposes]");
const proposed = title && document.getElementById(title.dataset.proposes);
if (proposed) {
  let own = proposed.value !== "";
  proposed.addEventListener("input", () => { own = proposed.value !== ""; });
  const propose = () => {
    if (own) return;
    const plain = title.value.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    proposed.value = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60).replace(/-+$/, "");
  };
  title.addEventListener("input", propose);
  // Somebody may have typed before this was loaded.
  if (title.value) propose();
}
