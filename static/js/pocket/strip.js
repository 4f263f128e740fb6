// On every page of somebody who takes registers: how many wait on this device, sending them
// when there is a network, signing in on the spot, and a sign-out that loses nothing.
import { closing, contact } from "./contact.js";
import { Outbox, isOpen, needsLook } from "./outbox.js";
import { Vault, trace } from "./vault.js";

const STALE = 30 * 60 * 1000; // ms after which the class lists are fetched again
const SKEW = 5 * 60 * 1000; // ms by which a clock may be wrong unsaid
const AGAIN = 5000; // ms until another tab is done with sending
const HOUR = 3600 * 1000; // ms after which the server is asked about the vault again

const $ = (id) => document.getElementById(id);
const zone = $("pocket").dataset.zone;
export const texts = JSON.parse($("pocket").dataset.texts);
export const say = (name, values = {}) =>
  texts[name].replaceAll(/{(\w+)}/g, (whole, key) => (key in values ? values[key] : whole));
// Hours and days are those of the province, whatever zone the device is set to.
export const clock = (moment) =>
  new Date(moment).toLocaleTimeString("vi-VN", {
    hour: "2-digit", minute: "2-digit", timeZone: zone,
  });

const signedIn = document.body.dataset.person || "";
const strip = $("pocket-strip");
let outbox = null;
let timer = 0;
let ended = "";
let sentHere = 0;
let sentAt = "";
let sending = null;
let server = { ahead: 0, at: 0 }; // ms by which this clock is ahead of the server's; when heard
let lost = 0;

export const ready = begin();

// The school's day, YYYY-MM-DD, by the server's clock as it was heard last: a clock that is
// wrong, or was set back since, does not move it.
export function today() {
  const now = Math.max(Date.now(), server.at) - server.ahead;
  return new Date(now).toLocaleDateString("sv-SE", { timeZone: zone });
}

async function begin() {
  tellClosed();
  const person = signedIn || Vault.lastPerson();
  if (!person) return null;
  const told = trace.read(person);
  try {
    if (signedIn) await Vault.handOver(signedIn);
    outbox = new Outbox(await Vault.open(person));
    if (await isShut(outbox.vault)) return null;
    if (signedIn) await outbox.vault.setNote("seen", Date.now());
  } catch {
    outbox = null;
    show("failed", say("noVault"));
    if (told.count) mourn(say("unreadable", { n: told.count }), person);
    return null;
  }
  if (told.count && told.born !== outbox.vault.born) {
    lost = told.count;
    mourn(say("lost", { n: lost }), person);
  }
  if (signedIn) outbox.token = tokenOfPage();
  server = (await outbox.vault.note("server")) || server;
  judgeClock();
  outbox.addEventListener("change", ({ detail }) => heard(detail));
  await draw();
  flush();
  meet().catch(() => {}); // the page is left, or the device is full: asked again later
  return outbox;
}

// Whether what waits here cannot be opened: the key was held for its days and must come again.
async function isShut(vault) {
  if (!(await vault.isLocked())) return false;
  const count = await vault.countOpen();
  const heard = await contact(vault);
  if (heard === "closed") location.reload();
  else if (await vault.isLocked()) show("failed", say("locked", { n: count }));
  else return false;
  outbox = null;
  return true;
}

// Ask the server now and then whether this device may keep what it keeps.
async function meet() {
  const { vault } = outbox;
  const age = Date.now() - vault.met;
  const isDue = signedIn ? age < 0 || age > HOUR : vault.ticket;
  if (isDue && (await wasClosed())) return;
  if (signedIn && outbox) await fetchClasses();
}

async function wasClosed() {
  if ((await contact(outbox.vault)) !== "closed") return false;
  outbox = null;
  location.reload(); // nothing of it stays on the screen
  return true;
}

function tellClosed() {
  const unsent = closing();
  if (unsent === null) return;
  $("pocket-lost-what").textContent = unsent ? say("closedUnsent", { n: unsent }) : say("closed");
  $("pocket-lost").hidden = false;
  $("pocket-lost-seen").onclick = () => { $("pocket-lost").hidden = true; };
}

// Registers that were here are gone: said until the person has read it.
function mourn(sentence, person) {
  $("pocket-lost-what").textContent = sentence;
  $("pocket-lost").hidden = false;
  $("pocket-lost-seen").onclick = () => {
    lost = 0;
    trace.forget(person);
    $("pocket-lost").hidden = true;
    if (outbox) draw();
  };
}

const tokenOfPage = () => {
  const field = document.querySelector("[name=csrfmiddlewaretoken]");
  return field ? field.value : null;
};

function heard({ operation, now, ahead, token }) {
  sending = now === "sending" ? operation.id : null;
  if (operation && operation.state === "sent") {
    sentHere += 1;
    sentAt = operation.sentAt;
  }
  if (ahead !== undefined) hearClock(ahead);
  if (token) {
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) {
      field.value = token;
    }
  }
  draw();
}

function hearClock(ahead) {
  server = { ahead, at: Date.now() };
  outbox.vault.setNote("server", server).catch(() => {});
  judgeClock();
}

function judgeClock() {
  const minutes = Math.round(Math.abs(server.ahead) / 60000);
  if (Date.now() < server.at - SKEW) warn(say("clockBack"));
  else if (minutes > SKEW / 60000) warn(say("clock", { n: minutes }));
  else $("pocket-warning").hidden = true;
}

function warn(sentence) {
  $("pocket-warning").textContent = sentence;
  $("pocket-warning").hidden = false;
}

function show(state, sentence) {
  strip.className = `sync sync--${state}`;
  strip.textContent = sentence;
  strip.hidden = false;
}

async function draw() {
  if (!outbox) return;
  const all = await outbox.list();
  const open = all.filter(isOpen);
  if (!lost) trace.write(outbox.vault, open.length);
  const look = open.filter(needsLook).length;
  const waiting = open.length - look;
  if (look) show("failed", say("look", { n: look }));
  else if (sending && waiting) show("sending", say("sendingMany", { n: waiting }));
  else if (waiting) show("saved", say("savedMany", { n: waiting }));
  else if (sentHere) show("sent", say("sentMany", { n: sentHere, time: clock(sentAt) }));
  else strip.hidden = true;
  $("pocket-door").hidden = !(waiting && ["signed_out", "other_person"].includes(ended));
}

// Try to send now; what does not go is tried again by itself.
export async function flush() {
  if (!outbox) return "later";
  clearTimeout(timer);
  const outcome = await outbox.flush();
  if (outcome === "busy") {
    timer = setTimeout(flush, AGAIN);
    return outcome;
  }
  ended = outcome;
  if (ended === "signed_out" && outbox.vault.ticket && (await wasClosed())) return ended;
  if (ended === "signed_out" || ended === "other_person") openDoor();
  else if (ended === "later") timer = setTimeout(flush, outbox.pause());
  await draw();
  return ended;
}

async function fetchClasses() {
  const age = Date.now() - ((await outbox.vault.note("fetched")) || 0);
  if (age >= 0 && age < STALE && (await outbox.vault.note("today")) === today()) return;
  let pocket = null;
  try {
    const answer = await fetch("/api/v1/pocket/", { credentials: "same-origin" });
    pocket = answer.ok ? await answer.json() : null;
  } catch {
    // No network: the lists of last time stay.
  }
  if (!pocket || pocket.username !== outbox.vault.person) return;
  try {
    await outbox.vault.keepClasses(pocket);
    hearClock(Date.now() - Date.parse(pocket.now));
  } catch {
    warn(say("noVault"));
  }
  if (navigator.storage && navigator.storage.persist) await navigator.storage.persist();
}

function openDoor() {
  $("pocket-door-why").textContent =
    ended === "signed_out" ? say("signedOut") : say("otherPerson", { name: outbox.vault.person });
  $("pocket-door-form").hidden = ended !== "signed_out";
  $("pocket-door-name").value = outbox.vault.person;
}

// Sign in without leaving the page: what is on it, and in the outbox, stays.
$("pocket-door-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = "/accounts/sign-in/";
  const told = $("pocket-door-told");
  try {
    const page = await (await fetch(url, { credentials: "same-origin" })).text();
    const field = new DOMParser()
      .parseFromString(page, "text/html")
      .querySelector("[name=csrfmiddlewaretoken]");
    const fields = new URLSearchParams({
      username: outbox.vault.person,
      password: $("pocket-door-password").value,
      csrfmiddlewaretoken: field ? field.value : "",
    });
    await fetch(url, {
      method: "POST", body: fields, credentials: "same-origin", redirect: "manual",
    });
  } catch {
    told.textContent = say("noNetwork");
    return;
  }
  $("pocket-door-password").value = "";
  const found = await outbox.ask();
  if (found && found.username === outbox.vault.person) {
    told.textContent = "";
    await outbox.vault.setNote("seen", Date.now());
    flush();
  } else {
    told.textContent = found ? say("wrongPassword") : say("noNetwork");
  }
});

export async function exportFile(operations) {
  const content = JSON.stringify({ person: outbox.vault.person, registers: operations }, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = `so-chua-gui-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// --- Leaving ---------------------------------------------------------------------------

async function unsent() {
  return (await outbox.list()).filter(isOpen);
}

async function leave(form) {
  await outbox.vault.wipe();
  form.submit();
}

for (const form of document.querySelectorAll("form[data-signs-out]")) {
  form.addEventListener("submit", async (event) => {
    sessionStorage.clear(); // the drafts of this tab, also where drafts.js is not needed
    if (!outbox) return;
    event.preventDefault();
    const left = await unsent();
    if (!left.length) {
      await leave(form);
      return;
    }
    const dialog = $("pocket-leave");
    $("pocket-leave-count").textContent = left.length;
    dialog.showModal();
    $("pocket-leave-send").onclick = async () => {
      await flush();
      if ((await unsent()).length) dialog.close();
      else await leave(form);
    };
    $("pocket-leave-export").onclick = async () => {
      await exportFile(left);
      $("pocket-leave-go").hidden = false;
    };
    $("pocket-leave-go").onclick = () => leave(form);
    $("pocket-leave-discard").onclick = async () => {
      if ($("pocket-leave-word").value.trim().toUpperCase() === texts.discardWord) await leave(form);
      else $("pocket-leave-word").focus();
    };
  });
}

addEventListener("online", flush);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") flush();
});
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js");
