// A participant's page in the browser: keys, drafts, times, sending again. Without it every page works.
//   form[data-send]      is sent from here; once it is stored, this address has the next page
//   main[data-unit]      the unit under whose key what was entered is kept until it is stored
//   data-record-away     leaving the page and pasting may be counted
//   [data-said]          says data-saving, data-saved, data-offline, data-restored
//   fieldset[data-keys]  choices that answer to the keys 1, 2, ...
//   [data-scale]         a number that gets a slider beside it
//   [data-lease]         warns before the place lapses
//   [data-first]         is read before the heading: a warning, or how the answer before was
"use strict";

const IDLE_AFTER = 15_000;
const KEPT_FOR = 7 * 24 * 3600 * 1000;
const WARN_BEFORE = 300;
const TRY_AGAIN = [429, 502, 503, 504];
const DRAFT = "draft:";
const NO_KEYS = "number-keys-off";

let form = null; // the one of the page
let unit = ""; // whose draft is kept, or nothing
let spent, changes, pastes, before; // of this unit: milliseconds by kind, counts, the values of its fields
let since, touched, away; // since when `spent` waits; the last input; whether the page is out of sight
let sending = false;
let heldKey = "";
let leaseTimers = [];

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const isTicked = (field) => field.type === "radio" || field.type === "checkbox";
const isWritten = (field) => field.matches?.("input:not([type=radio], [type=checkbox], [type=range]), textarea, select");
const partOf = () => form.elements.part?.value ?? "";

// The browser's store may be full or forbidden: then there are no drafts.
function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

function store(key, value) {
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch { /* see above */ }
}

function draftKeys() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(DRAFT));
  } catch {
    return [];
  }
}

function fields() {
  return [...form.elements].filter((field) => field.name && !["hidden", "submit", "button"].includes(field.type));
}

const study = () => location.pathname.split("/")[2] + ":";

function given(name) {
  const holding = fields().filter((field) => field.name === name && (field.checked || !isTicked(field)));
  return holding.map((field) => field.value).join("\n");
}

function say(what) {
  const place = find("[data-said]", form);
  if (place) place.textContent = place.dataset[what] ?? "";
}

/* Times: each stretch between two events is active, idle or away, as the page was before the second. */

function spend() {
  const now = performance.now();
  const active = away ? 0 : Math.max(0, Math.min(now, touched + IDLE_AFTER) - since);
  spent.active += active;
  spent[away ? "away" : "idle"] += now - since - active;
  since = now;
  const out = document.hidden || !document.hasFocus();
  if (away && !out) touched = now;
  away = out;
}

function touch() {
  if (!form) return;
  spend();
  touched = since;
}

/* Drafts */

function keep() {
  if (!unit) return;
  spend();
  const values = fields().map((field) => [field.name, field.value, field.checked]);
  store(DRAFT + unit, { at: Date.now(), part: partOf(), values, spent, changes, pastes });
}

function dropOtherDrafts() {
  const over = find("main").dataset.step === "exit";
  for (const key of draftKeys()) {
    const other = key.startsWith(DRAFT + study()) && key !== DRAFT + unit && (unit || over);
    if (other || !(Date.now() - stored(key)?.at < KEPT_FOR)) store(key);
  }
}

function restore() {
  const draft = stored(DRAFT + unit);
  if (!draft) return;
  ({ spent, changes, pastes } = draft);
  if (draft.part !== partOf()) return;
  spent.away += Math.max(0, Date.now() - draft.at);
  if (find("#errors")) return;
  let restored = false;
  fields().forEach((field, place) => {
    const [name, value, checked] = draft.values[place] ?? [];
    if (field.name !== name || (isTicked(field) && field.value !== value)) return;
    restored ||= isTicked(field) ? field.checked !== checked : field.value !== value;
    if (isTicked(field)) field.checked = checked;
    else field.value = value;
  });
  if (restored) say("restored");
}

function changed(event) {
  const { name } = event.target;
  if (!name || !form.contains(event.target)) return;
  const value = given(name);
  if (before[name] && before[name] !== value) changes += 1;
  before[name] = value;
  keep();
}

/* Sending: again and again with the same key, until the server has said what became of it. */

function fillTimes() {
  spend();
  const times = { active_ms: spent.active, idle_ms: spent.idle, changes };
  if (form.hasAttribute("data-record-away")) Object.assign(times, { away_ms: spent.away, pastes });
  for (const [name, value] of Object.entries(times)) {
    if (form.elements[name]) form.elements[name].value = Math.round(value);
  }
}

async function send(event) {
  if (sending) {
    event.preventDefault();
    return;
  }
  keep();
  fillTimes();
  if (!window.fetch || !window.DOMParser) return;
  event.preventDefault();
  sending = true;
  const body = new URLSearchParams(new FormData(form));
  if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
  const address = form.action;
  for (const field of form.elements) field.disabled = field.type !== "hidden";
  say("saving");
  for (let pause = 1000; ; pause = Math.min(2 * pause, 30_000)) {
    const answer = await post(address, body);
    if (answer?.type === "opaqueredirect") {
      goOn();
      return;
    }
    const page = answer && !TRY_AGAIN.includes(answer.status) ? await answer.text().catch(() => null) : null;
    if (page !== null) {
      show(page, address);
      return;
    }
    say("offline");
    await new Promise((resume) => {
      setTimeout(resume, pause);
      addEventListener("online", resume, { once: true });
    });
  }
}

function post(address, body) {
  const signal = AbortSignal.timeout?.(30_000);
  return fetch(address, { method: "POST", body, redirect: "manual", signal }).catch(() => null);
}

// A redirect: the answer is stored. What was spent on a unit's first part counts with its second.
function goOn() {
  spend();
  const first = partOf() === "1" ? { at: Date.now(), part: "1", values: [], spent, changes, pastes } : undefined;
  if (unit) store(DRAFT + unit, first);
  unit = "";
  say("saved");
  location.replace(location.pathname + location.search);
}

function show(text, address) {
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const one of all("main form:not([action])", page)) one.setAttribute("action", address);
  document.title = page.title;
  document.body.replaceWith(page.body);
  scrollTo(0, 0);
  begin();
  (find("#errors") ?? find("main h1"))?.focus();
}

/* Keys */

function pressed(event) {
  touch();
  if (!event.repeat) heldKey = "";
  else if (event.key === heldKey) event.preventDefault(); // held down, it is no digit of the next field
  const { key, target } = event;
  if (!form || sending || event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.altKey || event.metaKey || isWritten(target)) return;
  const nowhere = form.hasAttribute("data-send") && !target.closest("a, button, summary, input, body > :not(main)");
  if (key === "Enter" && nowhere) form.requestSubmit(find("button[name=next]", form));
  if (key.length !== 1 || stored(NO_KEYS)) return;
  const groups = all("fieldset[data-keys]", form);
  const unanswered = (group) => !given(find("input", group).name);
  const group = groups.find((one) => one.contains(target)) ?? groups.find(unanswered) ?? groups[0];
  const choice = group && /[1-9]/.test(key) && all("input[type=radio]", group)[key - 1];
  if (target.type === "range") find("input[type=number]", target.parentElement).select();
  else if (choice) {
    event.preventDefault();
    choice.click();
    following(choice).focus();
    heldKey = key;
  } else if (!groups.length && nowhere && key !== " ") fields().find(isWritten)?.focus(); // where the key arrives
}

function following(field) {
  const rest = fields().slice(fields().indexOf(field) + 1);
  return rest.find((one) => one.type !== "checkbox" && one.name !== field.name && !given(one.name)) ??
    find("button[name=next]", form);
}

/* A scale: the slider is for the pointer only, and shows no value before there is one. */

function addSlider(scale) {
  const number = find("input[type=number]", scale);
  const slider = document.createElement("input");
  Object.assign(slider, { type: "range", min: number.min, max: number.max, step: number.step, tabIndex: -1 });
  slider.setAttribute("aria-hidden", "true");
  const follow = () => {
    slider.classList.toggle("untouched", number.value === "");
    if (number.value !== "") slider.value = number.value;
  };
  for (const kind of ["input", "click"]) {
    slider.addEventListener(kind, () => {
      number.value = Math.round(slider.value * 100) / 100;
      follow();
    });
  }
  slider.addEventListener("click", () => number.dispatchEvent(new Event("change", { bubbles: true })));
  number.addEventListener("input", follow);
  number.addEventListener("wheel", () => number.blur(), { passive: true }); // to scroll is not to answer
  number.after(slider);
  follow();
}

/* Boxes that scroll can be reached by the keyboard; what fits is not folded. */

function fitTexts() {
  for (const box of all("main :is(pre, table, .maths)")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  for (const text of all(".long > :first-child")) {
    if (text.scrollHeight <= text.clientHeight) text.parentElement.classList.remove("long");
  }
}

/* The lease: a warning and a way to keep it; nothing but the button renews it. */

function watchLease() {
  for (const timer of leaseTimers) clearTimeout(timer);
  const lease = find("[data-lease]");
  if (!lease) return;
  const seconds = Number(lease.dataset.leaseSeconds);
  const tell = (what) => {
    for (const part of ["soon", "kept", "over"]) find(`[data-lease-${part}]`, lease).hidden = part !== what;
  };
  const start = () => {
    leaseTimers = [
      setTimeout(tell, 1000 * Math.max(seconds - WARN_BEFORE, seconds / 2), "soon"),
      setTimeout(tell, 1000 * seconds, "over"),
    ];
  };
  find("[data-lease-keep]", lease).onclick = async () => {
    const body = new URLSearchParams({ csrfmiddlewaretoken: find("[name=csrfmiddlewaretoken]").value });
    const answer = await post(lease.dataset.keep, body);
    if (!answer) return; // no connection: the warning and its button stay
    for (const timer of leaseTimers) clearTimeout(timer);
    tell(answer.ok ? "kept" : "over");
    if (answer.ok) start();
  };
  start();
}

function offerKeys() {
  const button = find("[data-keys-switch]");
  if (!button || !find("fieldset[data-keys]", form)) return;
  const press = () => button.setAttribute("aria-pressed", String(!stored(NO_KEYS)));
  button.hidden = false;
  button.onclick = () => {
    store(NO_KEYS, stored(NO_KEYS) ? undefined : true);
    press();
  };
  press();
}

function begin() {
  form = find("main form[method=post]");
  sending = false;
  const asksCookie = find("[data-cookies-off]");
  if (asksCookie && !navigator.cookieEnabled) asksCookie.hidden = false;
  const shown = find("main").dataset.unit;
  const goesOn = unit && unit === study() + shown; // the same unit, shown again with a message
  unit = form?.hasAttribute("data-send") && shown ? study() + shown : "";
  dropOtherDrafts();
  watchLease();
  fitTexts();
  if (!form) return;
  if (!goesOn) {
    spent = { active: 0, idle: 0, away: 0 };
    changes = pastes = 0;
    since = touched = performance.now();
    away = document.hidden || !document.hasFocus();
    if (unit) restore();
  }
  before = Object.fromEntries(fields().map((field) => [field.name, given(field.name)]));
  all("[data-scale]", form).forEach(addSlider);
  offerKeys();
  if (!form.hasAttribute("data-send")) return;
  form.addEventListener("submit", send);
  form.addEventListener("input", keep);
  form.addEventListener("change", changed);
  form.addEventListener("paste", () => { pastes += 1; });
  if (document.activeElement === document.body) find("main :is([data-first], h1)")?.focus({ preventScroll: true });
}

for (const kind of ["pointerdown", "pointermove", "wheel", "scroll"]) {
  addEventListener(kind, touch, { passive: true });
}
addEventListener("keydown", pressed);
for (const kind of ["blur", "focus"]) addEventListener(kind, () => form && spend());
document.addEventListener("visibilitychange", () => (document.hidden ? keep() : form && spend()));
addEventListener("pagehide", keep);
addEventListener("pageshow", (event) => event.persisted && location.reload());
begin();
