// A draft: what was typed in a form and is not saved yet. This tab keeps it (sessionStorage), for
// the person and the page that the form names as its origin; never passwords and files. A form with
// data-keeps, filled in where there is no signal, is kept by the device until it is saved, also when
// the browser is closed or the person signs out (localStorage, KEPT_FOR at most). Without a
// network the form is not sent, so that the page stays. Without this script the server still
// carries what was typed through a sign-in (accounts/drafts.py). Registers and the parts
// of an inspection have an outbox, the month has its own guard: they are left alone.
const PREFIX = "draft:";
const SENT = "draft_sent"; // cookie: the id of the draft that the server has taken
const PAUSE = 300; // ms of rest in typing after which it is kept
const KEPT_FOR = 30 * 24 * 3600 * 1000; // ms
const LIMIT = 15_000; // ms for the question whether the server is there
const OWN_WAY = "[data-signs-out], [data-class], [data-outbox], #month";
const UNSEEN = ["hidden", "submit", "button", "reset", "image", "fieldset", "output"];
const LEFT_OUT = ["csrfmiddlewaretoken", "form_origin", "draft_id"];

const originOf = (form) => {
  const field = form?.querySelector("[name=form_origin]");
  return field ? field.value.slice(0, field.value.lastIndexOf(":")) : ""; // less the signature
};
const me = originOf(document.querySelector("form[data-signs-out]")).split(":")[0];
const pathOf = (form) => {
  const url = new URL(form.getAttribute("action") || "", location.href);
  return url.pathname + url.search;
};
const isKept = (form) =>
  form instanceof HTMLFormElement && (form.getAttribute("method") || "").toLowerCase() === "post" &&
  originOf(form) && !form.matches(OWN_WAY) &&
  [...form.elements].some((each) => each.name && !UNSEEN.includes(each.type));
const forms = () => [...document.forms].filter(isKept);
const keyOf = (form) => {
  const alike = forms().filter((each) => pathOf(each) === pathOf(form));
  return `${PREFIX}${originOf(form)} ${pathOf(form)} ${alike.indexOf(form)}`;
};

// --- The store ------------------------------------------------------------------------------

const storeOf = (form) => ("keeps" in form.dataset ? localStorage : sessionStorage);
const stores = () => [sessionStorage, localStorage];

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? localStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(form, draft) {
  try {
    storeOf(form).setItem(keyOf(form), JSON.stringify({ ...draft, at: Date.now() }));
  } catch {
    // A browser that keeps nothing: the form works as it did without drafts.
  }
}

function removeDrafts(isMeant, among = stores()) {
  for (const store of among) {
    for (const key of Object.keys(store)) {
      if (key.startsWith(PREFIX) && isMeant(key)) store.removeItem(key);
    }
  }
}

// --- A form as pairs of name and value, and back --------------------------------------------

function pairsOf(form) {
  const skipped = new Set(LEFT_OUT);
  for (const each of form.elements) {
    if (["password", "file"].includes(each.type)) skipped.add(each.name);
  }
  return [...new FormData(form)].filter(([name]) => !skipped.has(name));
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function fill(form, pairs) {
  const given = {};
  for (const [name, value] of pairs) given[name] = [...(given[name] || []), value];
  const turns = {};
  const changed = [];
  for (const each of form.elements) {
    if (!each.name || LEFT_OUT.includes(each.name)) continue;
    const values = given[each.name] || [];
    const before = [each.value, each.checked, each.selectedIndex].join();
    if (["checkbox", "radio"].includes(each.type)) each.checked = values.includes(each.value);
    else if (each.type === "select-multiple") {
      for (const option of each.options) option.selected = values.includes(option.value);
    } else if (values.length && !["password", "file", "submit", "button"].includes(each.type)) {
      turns[each.name] = (turns[each.name] ?? -1) + 1;
      const value = values[turns[each.name]];
      const isOffered = !each.options || [...each.options].some((option) => option.value === value);
      if (value !== undefined && isOffered) each.value = value;
    }
    if (before !== [each.value, each.checked, each.selectedIndex].join()) changed.push(each);
  }
  for (const each of changed) each.dispatchEvent(new Event("change", { bubbles: true }));
  for (const each of form.querySelectorAll("details")) {
    if (changed.some((one) => each.contains(one))) each.open = true;
  }
}

// --- Keeping --------------------------------------------------------------------------------

const waiting = new Map();

function keep(form, more = {}) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  if (!isKept(form)) return; // the outbox of the device took it over since
  const draft = { pairs: pairsOf(form), ...more };
  write(form, draft);
}

for (const type of ["input", "change"]) {
  document.addEventListener(type, ({ target, isTrusted }) => {
    const { form } = target;
    if (!isTrusted || !form || !isKept(form)) return;
    clearTimeout(waiting.get(form));
    waiting.set(form, setTimeout(keep, PAUSE, form));
  });
}
addEventListener("pagehide", () => {
  for (const form of waiting.keys()) keep(form);
});

// What was typed a moment ago must not be kept after a sign-out either.
function forgetTyping() {
  for (const [form, timer] of waiting) {
    clearTimeout(timer);
    if (!("keeps" in form.dataset)) waiting.delete(form);
  }
}

// --- Showing it again -----------------------------------------------------------------------

const clonePart = (name) => document.getElementById("draft-parts").content.querySelector(name).cloneNode(true);

function restore(form, draft) {
  const shown = pairsOf(form);
  fill(form, draft.pairs);
  const notice = clonePart("[role=status]");
  notice.querySelector("button").addEventListener("click", () => {
    fill(form, shown);
    removeDrafts((key) => key === keyOf(form));
    notice.remove();
  });
  form.before(notice);
  for (let each = form.closest("details"); each; each = each.parentElement.closest("details")) {
    each.open = true;
  }
}

function start() {
  const { cookie } = document;
  const [, taken] = cookie.match(new RegExp(`${SENT}=([\\w-]+)`)) || [];
  removeDrafts((key) => {
    const isTaken = taken && read(key)?.id === taken;
    if (isTaken) document.cookie = `${SENT}=;path=/;max-age=0;samesite=strict`;
    return isTaken;
  });
  removeDrafts((key) => !key.startsWith(`${PREFIX}${me}:`), [sessionStorage]);
  removeDrafts((key) => !(Date.now() - read(key)?.at < KEPT_FOR), [localStorage]);
  const isAnswer = "posted" in document.body.dataset;
  for (const form of forms()) {
    const key = keyOf(form);
    const draft = read(key);
    const before = form.previousElementSibling;
    // What the server shows is what was typed: filled in after a sign-in, or with what to mend.
    if (before && before.id === "draft") keep(form);
    else if (!draft) continue;
    else if (isAnswer && draft.id && document.querySelector(".error-summary")) keep(form);
    else if ((isAnswer && draft.id) || isSame(draft.pairs, pairsOf(form))) removeDrafts((each) => each === key);
    else restore(form, draft);
  }
}

// --- Sending --------------------------------------------------------------------------------

// Whether our server answers; a page of somebody else's (a portal of the network) is no answer.
async function isReached(form) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LIMIT);
  try {
    const answer = await fetch("/api/v1/session/", {
      credentials: "same-origin", cache: "no-store", signal: stop.signal,
    });
    const type = answer.headers.get("content-type") || "";
    if (answer.status >= 500 || !/^application\/(problem\+)?json/.test(type)) return false;
    const { username, csrf_token: token } = await answer.json();
    // Signed in anew in another tab: the page's own token is old.
    if (token && username === document.body.dataset.person) form.elements.csrfmiddlewaretoken.value = token;
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

function showUnsent(form, submitter) {
  const notice = clonePart("[role=alert]");
  notice.id = "draft-unsent";
  const button = submitter || form.querySelector("button");
  (button.closest(".buttons, .actionbar") || button).before(notice);
  notice.scrollIntoView({ block: "nearest" });
}

function setHidden(form, name, value) {
  const field = form.elements[name] || form.appendChild(document.createElement("input"));
  Object.assign(field, { type: "hidden", name, value });
}

let going = null;
const asking = new WeakSet();

document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (form.matches("[data-signs-out]")) {
    forgetTyping();
    removeDrafts(() => true, [sessionStorage]);
  }
  if (form.matches("[data-discards]")) removeDrafts((key) => key.startsWith(`${PREFIX}${originOf(form)} `));
  if (event.defaultPrevented || form === going || !isKept(form)) return;
  event.preventDefault();
  if (asking.has(form)) return;
  document.getElementById("draft-unsent")?.remove();
  keep(form);
  asking.add(form);
  const reached = await isReached(form);
  asking.delete(form);
  if (!reached) {
    showUnsent(form, submitter);
    return;
  }
  const id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  setHidden(form, "draft_id", id);
  keep(form, { id });
  going = form;
  form.requestSubmit(submitter);
});
// A browser may bring the page back as it was left.
addEventListener("pageshow", () => {
  going = null;
});

if (me) start();
