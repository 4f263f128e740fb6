// The sheet: its keys, and sending by way of the outbox. Without this script the form posts itself.
import { isReachable, newId, sheetOf } from "./offline/outbox.js";
import { clock, flush, ready, say } from "./offline/sync_status.js";
import { announce, watch } from "./sheet/changes.js";
import { listenToKeys } from "./sheet/keys.js";
import { checkedIn, fill, read, rowsOf, sameMarks, whereOf } from "./sheet/rows.js";

const $ = (id) => document.getElementById(id);

// Marks by hand that are neither sent nor kept on the device: leaving the page would lose them.
let isUnkept = false;
// Pressed while the sheet before was still on its way.
let isWanted = false;
addEventListener("beforeunload", (event) => {
  if (isUnkept) event.preventDefault();
});

// Left for good: what the browser may have put by is asked for again (sync_status.js).
addEventListener("pagehide", () => {
  isUnkept = false;
});

function showState(state, sentence) {
  const line = $("sheet-state");
  line.className = `sync sync--${state}`;
  line.textContent = sentence;
  line.hidden = false;
}

function hideState() {
  $("sheet-state").hidden = true;
  $("sheet-state").textContent = "";
}

function describeSent(operation) {
  const receipt = say("receipt", { code: operation.receipt });
  return `${say("sent", { time: clock(operation.sentAt) })} · ${receipt}`;
}

const buttonOf = (form) => form.querySelector("button:not([type])");

// A correction of an earlier day says why.
function requireReason(form, isAsked) {
  const field = form.elements.correction_reason;
  field.required = isAsked;
  field.closest(".field").hidden = !isAsked;
}

// What the roll's button says: sendRegister, sentRow while the roll shows what was sent, sendAgain.
function setSendButton(form, word) {
  const isDone = word === "sentRow";
  const button = buttonOf(form);
  button.textContent = say(word);
  button.classList.toggle("button--primary", !isDone);
  button.classList.toggle("button--quiet", isDone);
  form.dataset.done = isDone ? "yes" : "";
  // Not while it reads as done: then there is nothing to give a reason for.
  if (!isDone) requireReason(form, word === "sendAgain" && Boolean(form.dataset.past));
}

function showRefusal(sentence) {
  $("sheet-refusal-why").textContent = sentence;
  $("sheet-refusal").hidden = false;
  $("sheet-refusal").focus();
}

// The register is there: what the form shows of it, and what it sends next is made from.
function showSent(form, operation) {
  const now = read(form, newId);
  // Heard twice, the second time the sheet shows already what the server made of it.
  const isSame = !now.notHeld === !operation.notHeld &&
    [operation.marks, operation.now].some((marks) => marks && sameMarks(now.marks, marks));
  if (isSame) showState("sent", describeSent(operation));
  else hideState(); // it says more by now than what was sent
  if ($("sheet-before")) $("sheet-before").hidden = isSame;
  const isShown = isSame && form.id === "register" && operation.now;
  if (operation.merged && isShown) {
    fill(form, operation.now);
    watch(form);
  }
  if (isSame && form.id === "register") announce(describeSent(operation));
  const roll = $("register");
  if (roll) setSendButton(roll, isSame && form === roll ? "sentRow" : "sendAgain");
  if ($("sheet-merged")) $("sheet-merged").hidden = !operation.merged;
  if ($("sheet-after")) $("sheet-after").hidden = false;
  for (const each of document.querySelectorAll("form[data-class]")) {
    each.elements.base_revision.value = operation.revision;
    each.elements.operation_id.value = newId();
    each.dataset.baseOp = operation.merged && !isShown ? operation.id : "";
    if (each.id !== "register") requireReason(each, Boolean(each.dataset.past));
  }
}

// What the newest word about the operation is.
function showOutcome(form, operation) {
  // Taken off the page meanwhile, it must not speak for the sheet in its place.
  if (!form.isConnected) return;
  if (operation.state === "sent") {
    showSent(form, operation);
  } else if (operation.state === "asked") {
    location.assign(`/attendance/pocket/#op/${operation.id}`);
  } else if (operation.state === "refused") {
    showState("failed", say("lookRow"));
    showRefusal(operation.message);
    form.elements.operation_id.value = newId();
  } else if (isUnkept) {
    hideState();
  } else {
    showState("saved", say("saved"));
  }
}

// The page's own road, for a device that keeps nothing. Without a network it would lose the marks.
async function postForm(form) {
  if (form.method === "post" && (await isReachable())) {
    isUnkept = false;
    form.submit();
  } else showRefusal(say("notKept"));
}

async function send(form, outbox) {
  const button = buttonOf(form);
  $("sheet-refusal").hidden = true;
  button.setAttribute("aria-disabled", "true");
  isWanted = false;
  let kept;
  try {
    isUnkept = false; // before it waits: what is marked meanwhile is not in it
    kept = await outbox.keep(read(form, newId));
  } catch {
    isUnkept = form.id === "register";
    button.removeAttribute("aria-disabled");
    await postForm(form);
    return;
  }
  // The next one is another operation, whatever becomes of this one.
  form.elements.operation_id.value = newId();
  showState("sending", say("sending"));
  let outcome = await flush();
  for (let waits = 0; outcome === "busy" && waits < 40; waits += 1) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    outcome = await flush();
  }
  const now = (await outbox.list()).find((each) => each.id === kept.id);
  if (now) showOutcome(form, now);
  button.removeAttribute("aria-disabled");
  if (isWanted && isUnkept) await send(form, outbox);
}

// Keys and sending for a form; shows what waits for its sheet.
export async function attach(form) {
  const isRoll = form.id === "register";
  // A page that the browser has kept is one page; each opening of it begins an operation of its own.
  form.elements.operation_id.value = newId();
  if (isRoll) start(form);
  // One press sends once, and again only what was marked since. The operation id would make a
  // second one harmless anyway.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.done) return;
    if (buttonOf(form).getAttribute("aria-disabled") === "true") {
      isWanted = isRoll;
      return;
    }
    ready.then((outbox) => (outbox ? send(form, outbox) : postForm(form)));
  });
  const outbox = await ready;
  if (!outbox) return;
  const sheet = sheetOf(whereOf(form));
  const waiting = await outbox.openFor(sheet);
  if (waiting?.marks && !waiting.notHeld && isRoll) {
    fill(form, waiting.marks);
    watch(form);
    showOutcome(form, waiting);
  }
  outbox.addEventListener("change", ({ detail: { operation } }) => {
    const isOurs = operation && sheetOf(operation) === sheet && isRoll;
    if (isOurs && operation.state === "sent") showOutcome(form, operation);
  });
}

// Whether the sheet may go: asks when that would lose marks.
export function mayLeave() {
  if (isUnkept && !confirm(say("leaveUnsent"))) return false;
  isUnkept = false;
  return true;
}

function start(form) {
  isUnkept = isWanted = false;
  watch(form);
  setSendButton(form, form.elements.base_revision.value === "0" ? "sendRegister" : "sendAgain");
  $("keys-help").hidden = false;
  // What is on the sheet is no longer what was sent or saved.
  form.addEventListener("change", () => {
    isUnkept = true;
    if (form.dataset.done) setSendButton(form, "sendAgain");
    if ($("sheet-state").matches(".sync--sent, .sync--saved")) hideState();
  });
  const [first] = rowsOf(form).map(checkedIn);
  const isFree = document.activeElement === document.body || document.activeElement === $("content");
  if (first && isFree && !document.querySelector("[autofocus]") && matchMedia("(hover: hover)").matches) {
    first.focus({ preventScroll: true });
  }
}

// The practice class: a sheet that is sent nowhere. No outbox, no storage and no call to the server.
export function practise(form) {
  watch(form);
  setSendButton(form, $("sheet-before") ? "sendAgain" : "sendRegister");
  $("keys-help").hidden = false;
  form.addEventListener("change", () => {
    if (form.dataset.done) setSendButton(form, "sendAgain");
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.dataset.done) return;
    const time = clock(Date.now());
    const told = say("practised", { time, code: `TẬP-${time.replace(":", "")}` });
    if ($("sheet-before")) $("sheet-before").hidden = true;
    showState("sent", told);
    announce(told);
    setSendButton(form, "sentRow");
  });
}

listenToKeys();
for (const form of document.querySelectorAll("form[data-class]")) attach(form);
