// The sheet: keys, and sending by way of the outbox. Without this script the form posts itself.
import { newId, sheetOf } from "./pocket/outbox.js";
import { clock, flush, ready, say } from "./pocket/strip.js";

const $ = (id) => document.getElementById(id);

// --- Keys: arrows move between pupils, P K M mark, the same key or Space clears ---------
// A key pressed while a Vietnamese input method composes a letter is left alone.

const checkedIn = (row) => row.querySelector(".mark:checked");

function mark(row, letter) {
  const current = checkedIn(row);
  const value = current && current.value === letter ? "" : letter;
  const input = row.querySelector(`.mark[value="${value}"]`);
  input.checked = true;
  input.focus();
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function onKey(event) {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (!event.target.matches(".mark")) return;
  const rows = [...event.currentTarget.querySelectorAll(".roll__one")].filter(checkedIn);
  const index = rows.indexOf(event.target.closest(".roll__one"));
  // The position of the key, not the letter: input methods change letters.
  const letter = { KeyP: "P", KeyK: "K", KeyM: "M", Space: "" }[event.code];
  if (letter !== undefined) {
    mark(rows[index], letter);
    event.preventDefault();
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = rows[index + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) checkedIn(next).focus();
    event.preventDefault();
  } else if (event.key === "Enter") {
    event.preventDefault();
    event.currentTarget.requestSubmit();
  }
}

// --- Sending ----------------------------------------------------------------------------

const whereOf = ({ dataset }) => ({
  classId: Number(dataset.class),
  date: dataset.date,
  session: dataset.session,
});

// The form as an operation for the outbox.
function read(form) {
  const data = new FormData(form);
  const operation = {
    ...whereOf(form),
    id: data.get("operation_id") || newId(),
    base: Number(data.get("base_revision") || 0),
    reason: data.get("correction_reason") || "",
    label: form.dataset.label,
    names: {},
  };
  if (data.get("state") === "not_held") {
    return { ...operation, notHeld: data.get("not_held_reason"), marks: [] };
  }
  operation.marks = [];
  for (const [name, kind] of data) {
    const pupil = name.startsWith("mark-") && kind ? name.slice(5) : null;
    if (!pupil) continue;
    const reason = kind === "M" ? "" : data.get(`reason-${pupil}`);
    operation.marks.push({ pupil: Number(pupil), kind, ...(reason ? { reason } : {}) });
  }
  for (const name of form.querySelectorAll(".roll__name[id]")) {
    operation.names[name.id.slice(1)] = name.textContent;
  }
  return operation;
}

// Show what an operation says on the form: it was kept here and not sent yet.
export function fill(form, marks) {
  for (const input of form.querySelectorAll(".mark--here")) input.checked = true;
  for (const { pupil, kind, reason } of marks) {
    const input = form.querySelector(`.mark[name="mark-${pupil}"][value="${kind}"]`);
    if (input) input.checked = true;
    const select = form.querySelector(`[name="reason-${pupil}"]`);
    if (select) select.value = reason || "";
  }
}

function tell(state, sentence) {
  const line = $("sheet-state");
  line.className = `sync sync--${state}`;
  line.textContent = sentence;
  line.hidden = false;
}

function sentWords(operation) {
  const receipt = say("receipt", { code: operation.receipt });
  return `${say("sent", { time: clock(operation.sentAt) })} · ${receipt}`;
}

function refuse(sentence) {
  $("sheet-refusal-why").textContent = sentence;
  $("sheet-refusal").hidden = false;
  $("sheet-refusal").focus();
}

// What the newest word about the operation is, and what the form sends next.
function follow(form, operation) {
  if (operation.state === "sent") {
    tell("sent", sentWords(operation));
    if ($("sheet-merged")) $("sheet-merged").hidden = !operation.merged;
    if ($("sheet-after")) $("sheet-after").hidden = false;
    for (const each of document.querySelectorAll("form[data-class]")) {
      each.elements.base_revision.value = operation.revision;
      each.elements.operation_id.value = newId();
    }
  } else if (operation.state === "asked") {
    location.assign(`/attendance/pocket/#op/${operation.id}`);
  } else if (operation.state === "refused") {
    tell("failed", say("lookRow"));
    refuse(operation.message);
    form.elements.operation_id.value = newId();
  } else {
    tell("saved", say("saved"));
  }
}

async function send(form, outbox) {
  const button = form.querySelector("button:not([type])");
  $("sheet-refusal").hidden = true;
  button.setAttribute("aria-disabled", "true");
  let kept;
  try {
    kept = await outbox.keep(read(form));
  } catch {
    form.submit(); // the device keeps nothing: the page's own road
    return;
  }
  // The next one is another operation, whatever becomes of this one.
  form.elements.operation_id.value = newId();
  tell("sending", say("sending"));
  let outcome = await flush();
  for (let waits = 0; outcome === "busy" && waits < 40; waits += 1) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    outcome = await flush();
  }
  const now = (await outbox.list()).find((each) => each.id === kept.id);
  if (now) follow(form, now);
  button.removeAttribute("aria-disabled");
}

// Keys and sending for a form; shows what waits for its sheet.
export async function attach(form) {
  form.addEventListener("keydown", onKey);
  // One press sends once; the operation id would make a second one harmless anyway.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = form.querySelector("button:not([type])");
    if (button.getAttribute("aria-disabled") === "true") return;
    ready.then((outbox) => (outbox ? send(form, outbox) : form.submit()));
  });
  const outbox = await ready;
  if (!outbox) return;
  const sheet = sheetOf(whereOf(form));
  const waiting = await outbox.openFor(sheet);
  if (waiting && waiting.marks && !waiting.notHeld && form.id === "register") {
    fill(form, waiting.marks);
    follow(form, waiting);
  }
  outbox.addEventListener("change", ({ detail: { operation } }) => {
    const isOurs = operation && sheetOf(operation) === sheet && form.id === "register";
    if (isOurs && operation.state === "sent") follow(form, operation);
  });
}

for (const form of document.querySelectorAll("form[data-class]")) attach(form);

const first = document.querySelector("form#register .mark:checked:not(:disabled)");
if (first && !document.querySelector("[autofocus]") && matchMedia("(hover: hover)").matches) {
  first.focus({ preventScroll: true });
}
