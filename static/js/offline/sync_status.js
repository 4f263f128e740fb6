// On every page of somebody who takes registers or goes to families: how many wait on this device,
// sending them when there is a network, signing in on the spot, and a sign-out that loses nothing.
import { checkIn, takeWipedCount } from "./contact.js";
import { Outbox, isFinding, isOpen, isSheet, isSurvey, isVisit, needsLook } from "./outbox.js";
import { DeviceStorage, trace } from "./storage.js";

const WORKER_WAIT = 10_000; // ms
const STALE = 30 * 60 * 1000; // ms after which the class lists are fetched again
const SKEW = 5 * 60 * 1000; // ms by which a clock may be wrong unsaid
const AGAIN = 5000; // ms until another tab is done with sending
const HOUR = 3600 * 1000; // ms after which the server is asked about the storage again

const $ = (id) => document.getElementById(id);
const zone = $("offline").dataset.zone;
export const texts = JSON.parse($("offline").dataset.texts);
export const say = (name, values = {}) =>
  texts[name].replaceAll(/{(\w+)}/g, (whole, key) => (key in values ? values[key] : whole));
// Hours and days are those of the province, whatever zone the device is set to.
export const clock = (moment) =>
  new Date(moment).toLocaleTimeString("vi-VN", {
    hour: "2-digit", minute: "2-digit", timeZone: zone,
  });

const signedIn = document.body.dataset.person || "";
// A sheet that the browser has put by says whose it is, and what was sent since, only when it is
// asked for again; on the way back it is not, whatever its headers say.
addEventListener("pageshow", ({ persisted }) => {
  const isBack = persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (isBack && signedIn && document.querySelector(".main--register")) location.reload();
});
const strip = $("offline-strip");
let outbox = null;
let timer = 0;
let ended = "";
const sentHere = [];
let sentAt = "";
let sending = null;
let server = { ahead: 0, at: 0 }; // ms by which this clock is ahead of the server's; when heard
let lost = 0;

export const ready = start();

// The school's day, YYYY-MM-DD, by the server's clock as it was heard last: a clock that is
// wrong, or was set back since, does not move it.
export function today() {
  const now = Math.max(Date.now(), server.at) - server.ahead;
  return new Date(now).toLocaleDateString("sv-SE", { timeZone: zone });
}

async function start() {
  showWiped();
  const person = signedIn || DeviceStorage.lastPerson();
  if (!person) return null;
  const told = trace.read(person);
  try {
    if (signedIn) await DeviceStorage.handOver(signedIn);
    outbox = new Outbox(await DeviceStorage.open(person));
    if (await isLockedOut(outbox.storage)) return null;
    if (signedIn) await outbox.storage.setNote("seen", Date.now());
  } catch {
    outbox = null;
    showStatus("failed", say("noStorage"));
    if (told.count) showLost(say("unreadable", { n: told.count }), person);
    return null;
  }
  if (told.count && told.born !== outbox.storage.born) {
    lost = told.count;
    showLost(say("lost", { n: lost }), person);
  }
  if (signedIn) outbox.token = tokenOfPage();
  server = (await outbox.storage.note("server")) || server;
  checkClock();
  outbox.addEventListener("change", ({ detail }) => handleChange(detail));
  await drawStatus();
  flush();
  refreshFromServer().catch(() => {}); // the page is left, or the device is full: asked again later
  return outbox;
}

// Whether what waits here cannot be opened: the key was held for its days and must come again.
async function isLockedOut(storage) {
  if (!(await storage.isLocked())) return false;
  const count = await storage.countOpen();
  const answer = await checkIn(storage);
  if (answer === "closed") location.reload();
  else if (await storage.isLocked()) showStatus("failed", say("locked", { n: count }));
  else return false;
  outbox = null;
  return true;
}

// Ask the server now and then whether this device may keep what it keeps.
async function refreshFromServer() {
  const { storage } = outbox;
  const age = Date.now() - storage.met;
  const isDue = signedIn ? age < 0 || age > HOUR : storage.ticket;
  if (isDue && (await wasClosed())) return;
  if (signedIn && outbox && "registers" in $("offline").dataset) await fetchClasses();
}

async function wasClosed() {
  if ((await checkIn(outbox.storage)) !== "closed") return false;
  outbox = null;
  location.reload(); // nothing of it stays on the screen
  return true;
}

function showWiped() {
  const wiped = takeWipedCount();
  if (wiped === null) return;
  $("offline-lost-what").textContent = wiped ? say("closedUnsent", { n: wiped }) : say("closed");
  $("offline-lost").hidden = false;
  $("offline-lost-seen").onclick = () => { $("offline-lost").hidden = true; };
}

// Registers that were here are gone: said until the person has read it.
function showLost(sentence, person) {
  $("offline-lost-what").textContent = sentence;
  $("offline-lost").hidden = false;
  $("offline-lost-seen").onclick = () => {
    lost = 0;
    trace.forget(person);
    $("offline-lost").hidden = true;
    if (outbox) drawStatus();
  };
}

// The outbox of who is signed in, whose device may keep lists as soon as the server was heard; else null.
export async function readyToKeep() {
  const found = signedIn && (await ready);
  if (!found) return null;
  if (!found.storage.keys.server) await checkIn(found.storage);
  return found;
}

// Keep a list of children to visit on this device; whether it is kept.
export async function keepRound(round) {
  const found = await readyToKeep();
  return Boolean(found) && found.storage.keepOpened("rounds", round);
}

// Have the service worker keep the scripts that most devices never need; it knows their addresses.
// Returns whether they are kept: only then does what was kept before open without a network.
export async function keepScripts() {
  const late = new Promise((resolve) => { setTimeout(resolve, WORKER_WAIT); });
  const registration = await Promise.race([navigator.serviceWorker?.ready, late]);
  if (!registration?.active) return false;
  const { port1, port2 } = new MessageChannel();
  const kept = new Promise((resolve) => { port1.onmessage = resolve; });
  registration.active.postMessage("keep opened", [port2]);
  return (await Promise.race([kept, late]))?.data === true;
}

const tokenOfPage = () => {
  const field = document.querySelector("[name=csrfmiddlewaretoken]");
  return field ? field.value : null;
};

function handleChange({ operation, now, ahead, token }) {
  sending = now === "sending" ? operation.id : null;
  if (operation && operation.state === "sent") {
    sentHere.push(operation);
    sentAt = operation.sentAt;
  }
  if (ahead !== undefined) setServerClock(ahead);
  if (token) {
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) {
      field.value = token;
    }
  }
  drawStatus();
}

function setServerClock(ahead) {
  server = { ahead, at: Date.now() };
  outbox.storage.setNote("server", server).catch(() => {});
  checkClock();
}

function checkClock() {
  const minutes = Math.round(Math.abs(server.ahead) / 60000);
  if (Date.now() < server.at - SKEW) showWarning(say("clockBack"));
  else if (minutes > SKEW / 60000) showWarning(say("clock", { n: minutes }));
  else $("offline-warning").hidden = true;
}

function showWarning(sentence) {
  $("offline-warning").textContent = sentence;
  $("offline-warning").hidden = false;
}

// The sentence for what waits or was sent: registers, visits, or both; lines of inspections or persons
// of the survey alone, or all of it together.
function sayOf(name, operations, values = {}) {
  const f = operations.filter(isFinding).length;
  const s = operations.filter(isSurvey).length;
  const all = operations.length;
  if (f || s) return say(name + (f === all ? "Findings" : s === all ? "Survey" : "All"), { n: all, ...values });
  const v = operations.filter(isVisit).length;
  const n = all - v;
  const kind = v && n ? "Both" : v ? "Visits" : "Many";
  return say(name + kind, { n: n || v, v, ...values });
}

function showStatus(state, sentence) {
  strip.className = `sync sync--${state}`;
  strip.textContent = sentence;
  strip.hidden = false;
}

async function drawStatus() {
  const drawn = outbox;
  if (!drawn) return;
  const all = await drawn.list();
  const open = all.filter(isOpen);
  if (!lost) trace.write(drawn.storage, open.length);
  const look = open.filter(needsLook);
  const waits = open.filter((each) => !needsLook(each));
  const waiting = waits.length;
  if (look.length) showStatus("failed", sayOf("look", look));
  else if (sending && waiting) showStatus("sending", sayOf("sending", waits));
  else if (waiting) showStatus("saved", sayOf("saved", waits));
  else if (sentHere.length) showStatus("sent", sayOf("sent", sentHere, { time: clock(sentAt) }));
  else strip.hidden = true;
  $("offline-door").hidden = !(waiting && ["signed_out", "other_person"].includes(ended));
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
  if (ended === "signed_out" && outbox.storage.ticket && (await wasClosed())) return ended;
  if (ended === "signed_out" || ended === "other_person") showSignIn();
  else if (ended === "later") timer = setTimeout(flush, outbox.retryDelay());
  await drawStatus();
  return ended;
}

async function fetchClasses() {
  const age = Date.now() - ((await outbox.storage.note("fetched")) || 0);
  if (age >= 0 && age < STALE && (await outbox.storage.note("today")) === today()) return;
  let lists = null;
  try {
    const answer = await fetch("/api/v1/pocket/", { credentials: "same-origin" });
    lists = answer.ok ? await answer.json() : null;
  } catch {
    // No network: the lists of last time stay.
  }
  if (!lists || lists.username !== outbox.storage.person) return;
  try {
    await outbox.storage.keepClasses(lists);
    setServerClock(Date.now() - Date.parse(lists.now));
  } catch {
    showWarning(say("noStorage"));
  }
  if (navigator.storage?.persist) await navigator.storage.persist();
}

function showSignIn() {
  $("offline-door-why").textContent =
    ended === "signed_out" ? say("signedOut") : say("otherPerson", { name: outbox.storage.person });
  $("offline-door-form").hidden = ended !== "signed_out";
  $("offline-door-name").value = outbox.storage.person;
}

// Sign in without leaving the page: what is on it, and in the outbox, stays.
$("offline-door-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const url = "/accounts/sign-in/";
  const told = $("offline-door-told");
  try {
    const page = await (await fetch(url, { credentials: "same-origin" })).text();
    const field = new DOMParser()
      .parseFromString(page, "text/html")
      .querySelector("[name=csrfmiddlewaretoken]");
    const fields = new URLSearchParams({
      username: outbox.storage.person,
      password: $("offline-door-password").value,
      csrfmiddlewaretoken: field ? field.value : "",
    });
    await fetch(url, {
      method: "POST", body: fields, credentials: "same-origin", redirect: "manual",
    });
  } catch {
    told.textContent = say("noNetwork");
    return;
  }
  $("offline-door-password").value = "";
  const found = await outbox.ask();
  if (found && found.username === outbox.storage.person) {
    told.textContent = "";
    await outbox.storage.setNote("seen", Date.now());
    flush();
  } else {
    told.textContent = found ? say("wrongPassword") : say("noNetwork");
  }
});

export async function exportFile(operations) {
  const told = {
    person: outbox.storage.person,
    registers: operations.filter(isSheet),
    visits: operations.filter(isVisit),
    findings: operations.filter(isFinding),
    survey: operations.filter(isSurvey),
  };
  const content = JSON.stringify(told, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/json" }));
  link.download = `so-chua-gui-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// --- Leaving ---------------------------------------------------------------------------

// What is typed of a visit, an inspection or a person and not saved counts too: it would go with the rest.
async function listUnsent() {
  const drafts = await outbox.storage.readAll("drafts");
  const typed = drafts.filter((each) => isFinding(each) || (each.told.found || each.told.full_name || "").trim());
  return [...(await outbox.list()).filter(isOpen), ...typed];
}

async function wipeAndSignOut(form) {
  await outbox.storage.wipe();
  form.submit();
}

for (const form of document.querySelectorAll("form[data-signs-out]")) {
  form.addEventListener("submit", async (event) => {
    sessionStorage.clear(); // the drafts of this tab, also where drafts.js is not needed
    if (!outbox) return;
    event.preventDefault();
    const left = await listUnsent();
    if (!left.length) {
      await wipeAndSignOut(form);
      return;
    }
    const dialog = $("offline-leave");
    $("offline-leave-count").textContent = left.length;
    dialog.showModal();
    $("offline-leave-send").onclick = async () => {
      await flush();
      if ((await listUnsent()).length) dialog.close();
      else await wipeAndSignOut(form);
    };
    $("offline-leave-export").onclick = async () => {
      await exportFile(left);
      $("offline-leave-go").hidden = false;
    };
    $("offline-leave-go").onclick = () => wipeAndSignOut(form);
    $("offline-leave-discard").onclick = async () => {
      if ($("offline-leave-word").value.trim().toUpperCase() === texts.discardWord) await wipeAndSignOut(form);
      else $("offline-leave-word").focus();
    };
  });
}

addEventListener("online", flush);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") flush();
});
if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js");
