// Keeps the live parts of research pages fresh. Without it pages have a link, and refresh while work runs.
//   data-live   where the part's HTML comes from      data-every   milliseconds between two requests
//   data-version  when it changes, the page as a whole is out of date and is loaded again
//   data-copy   the id of the field whose content the button copies
"use strict";

function show(part, html) {
  if (part.dataset.shown === html) return;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.innerHTML = html;
  part.dataset.shown = html;
  if (focused) document.getElementById(focused)?.focus();
}

function versionIn(part) {
  return part.querySelector("[data-version]")?.dataset.version;
}

async function refresh(part) {
  let pause = Number(part.dataset.every);
  try {
    const response = await fetch(part.dataset.live, { redirect: "error", signal: AbortSignal.timeout(10000) });
    if (response.ok) {
      const before = versionIn(part);
      show(part, await response.text());
      if (before !== undefined && versionIn(part) !== before) {
        location.reload();
        return;
      }
    } else {
      pause = 10000;
    }
  } catch {
    pause = 5000; // the server is away, or the log-in has ended: ask less often
  }
  setTimeout(wait, pause, part);
}

function wait(part) {
  if (!document.hidden) {
    refresh(part);
    return;
  }
  document.addEventListener("visibilitychange", () => wait(part), { once: true });
}

for (const part of document.querySelectorAll("[data-live]")) {
  setTimeout(wait, Number(part.dataset.every), part);
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Press Ctrl+C";
    }
  });
}
