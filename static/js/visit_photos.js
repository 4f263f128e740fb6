// Photos of visits on a phone without a signal: kept by the device (IndexedDB, one database a
// person, sealed) until the server names them as received. Each has an id of its own, so that it is
// there once however often it is sent. They outlive the tab, the session and a sign-out.
import { canSeal, ownKey, sealBytes, unsealBytes } from "./offline/keys.js";
import { call, newId } from "./offline/outbox.js";

const LONGEST_SIDE = 2000; // pixels, as core/attachments.py keeps them
const QUALITY = 0.85;
const MOST_BYTES = 5 * 1024 * 1024; // core/attachments.py: MOST_BYTES
const LIMIT = 120_000; // ms for one photo: a weak signal carries 300 KB in a minute
const AGAIN = 15_000; // ms until what waits is tried again
const KEPT_FOR = 30 * 24 * 3600 * 1000; // ms, as drafts.js
const LATER = [408, 425, 429, 500, 502, 503, 504];

const box = document.getElementById("photo-box");
const person = document.body.dataset.person || "";
const here = document.getElementById("photo-visit").content.textContent // commune and day
  .trim().replaceAll(/\s+/g, " ");
const url = box.dataset.url; // of the visit's photos; empty on a page of several visits
const textOf = (name) =>
  document.getElementById("photo-texts").content.querySelector(`[data-text=${name}]`).textContent;
const say = (name, values = {}) =>
  textOf(name).replaceAll(/{(\w+)}/g, (whole, key) => (key in values ? values[key] : whole));

// --- The store ------------------------------------------------------------------------------

const promisify = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open() {
  const request = indexedDB.open(`visit-photos:${person}`, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("photos", { keyPath: "id" });
    request.result.createObjectStore("keys", { keyPath: "id" });
  };
  return promisify(request);
}

// Resolves when the disk has it.
function write(database, store, act) {
  const transaction = database.transaction(store, "readwrite", { durability: "strict" });
  act(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

const readAll = (database, store) =>
  promisify(database.transaction(store).objectStore(store).getAll());

async function keyOf(database) {
  if (!canSeal) return null;
  const made = await ownKey();
  // The first one made stays: two tabs agree.
  await write(database, "keys", (keys) => {
    keys.get("own").onsuccess = ({ target }) => {
      if (!target.result) keys.put({ id: "own", key: made });
    };
  });
  return (await readAll(database, "keys"))[0].key;
}

// Without HTTPS there is nothing to seal with.
async function seal(id, blob) {
  const bytes = await blob.arrayBuffer();
  return key ? sealBytes(key, id, bytes) : { box: bytes };
}

const unseal = async (row) =>
  new Blob([row.iv ? await unsealBytes(key, row.id, row) : row.box], { type: row.type });

// --- Taking ---------------------------------------------------------------------------------

// Small enough to be sent from a mountain, and without what the phone writes into it.
async function shrink(file) {
  try {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(image.width, image.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, 0, canvas.width, canvas.height);
    const small = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return small || file;
  } catch {
    return file; // the server says what is wrong with it
  }
}

async function take(input) {
  const files = [...input.files];
  input.value = "";
  for (const file of files) {
    const photo = await shrink(file);
    if (photo.size > MOST_BYTES) {
      tell(say("tooLarge"));
      continue;
    }
    const id = newId();
    const row = {
      id, url, visit: here, item: input.dataset.photoOf, type: photo.type, at: Date.now(), state: "waiting",
      ...(await seal(id, photo)),
    };
    try {
      await write(database, "photos", (photos) => photos.put(row));
    } catch {
      tell(say("full"));
      return;
    }
  }
  await draw();
  flush();
}

// --- Sending --------------------------------------------------------------------------------

let timer = 0;
let asked = null; // a sending that waits for its turn
let sending = "";
let sent = 0;
const sentOf = {}; // question -> how many of its photos this page has sent

// One tab after the other: who comes second finds what is left, and shows at once what the first
// has sent.
async function flush() {
  clearTimeout(timer);
  if (asked) return asked;
  const turn = async () => {
    asked = null;
    const ended = await sendAll();
    sending = "";
    await draw(ended);
    clearTimeout(timer);
    if (ended === "later") timer = setTimeout(flush, AGAIN);
    if (ended === "sent" && sent && box.dataset.shows === "list") location.reload();
  };
  asked = navigator.locks
    ? navigator.locks.request(`visit-photos:${person}`, turn)
    : Promise.resolve().then(turn);
  return asked;
}

async function sendAll() {
  const passed = new Set();
  for (;;) {
    const rows = await readAll(database, "photos");
    const next = rows.filter((each) => each.state === "waiting" && !passed.has(each.id))
      .sort((a, b) => a.at - b.at)[0];
    if (!next) return "sent";
    passed.add(next.id);
    const { status, body } = await call("/api/v1/session/");
    if (status === 401) return "signedOut";
    if (status !== 200 || !body || !body.csrf_token) return "later";
    if (body.username !== person) return "otherPerson";
    sending = next.id;
    await draw();
    const answer = await post(next, body.csrf_token);
    const outcome = await handle(next, answer);
    if (outcome) return outcome;
  }
}

async function post(row, token) {
  const data = new FormData();
  data.append("op_id", row.id);
  data.append("item", row.item);
  data.append("taken_at", new Date(row.at).toISOString());
  data.append("photo", await unseal(row), row.type === "image/png" ? "photo.png" : "photo.jpg");
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), LIMIT);
  try {
    const response = await fetch(row.url, {
      method: "POST", body: data, credentials: "same-origin", redirect: "manual", cache: "no-store",
      headers: { accept: "application/json", "x-csrftoken": token }, signal: stop.signal,
    });
    const type = response.headers.get("content-type") || "";
    // A portal of the network answers 200 with a page of its own.
    const body = /^application\/(problem\+)?json/.test(type) ? await response.json() : null;
    return { status: response.status, body };
  } catch {
    return { status: 0, body: null };
  } finally {
    clearTimeout(late);
  }
}

// "" goes on with the next; else how it ended.
async function handle(row, { status, body }) {
  if (status === 201 && body?.op_id === row.id) {
    await write(database, "photos", (photos) => photos.delete(row.id));
    sent += 1;
    sentOf[row.item] = (sentOf[row.item] || 0) + 1;
    return "";
  }
  if (status === 401) return "signedOut";
  const isGone = status === 404; // the visit is no longer this person's
  if ((!body && !isGone) || LATER.includes(status) || status < 400) return "later";
  const refused = { ...row, state: "refused", message: body?.message || textOf("gone") };
  await write(database, "photos", (photos) => photos.put(refused));
  return "";
}

// --- Showing --------------------------------------------------------------------------------

const tell = (sentence) => { document.getElementById("photo-state").textContent = sentence; };

async function draw(ended = "") {
  const rows = (await readAll(database, "photos")).sort((a, b) => a.at - b.at);
  const list = document.getElementById("photo-list");
  list.replaceChildren(...rows.map(drawRow));
  // Where no photo is taken, only what waits is worth a word.
  if (box.dataset.shows === "waiting") box.hidden = !rows.length && !sent;
  const waiting = rows.filter((each) => each.state === "waiting").length;
  drawCounts(rows);
  if (waiting && ["signedOut", "otherPerson"].includes(ended)) tell(say(ended, { name: person }));
  else if (waiting) tell(say("count", { n: waiting }));
  else if (sent) tell(say("sent", { n: sent }));
}

// Beside each question: what became of its photos, where the person looks.
function drawCounts(rows) {
  for (const each of document.querySelectorAll("[data-photo-count]")) {
    const item = each.dataset.photoCount;
    const waiting = rows.filter((row) => row.item === item && row.url === url).length;
    const there = sentOf[item] || 0;
    each.textContent = [
      waiting ? say("countOf", { n: waiting }) : "", there ? say("sentOf", { n: there }) : "",
    ].filter(Boolean).join(", ");
  }
}

function drawRow(row) {
  const line = document.getElementById("photo-row").content.cloneNode(true).firstElementChild;
  const time = new Date(row.at).toLocaleString("vi-VN", { dateStyle: "short", timeStyle: "short" });
  line.dataset.photo = row.id;
  line.querySelector("[data-name]").textContent = say("photo", { time });
  const state = row.id === sending ? "sending" : "waiting";
  // A photo taken before photos had one says no name; it leads to its visit all the same.
  const visit = line.querySelector("[data-visit]");
  visit.textContent = row.url === url ? here : row.visit || say("visit");
  if (row.url !== url) visit.href = row.url;
  line.querySelector("[data-what]").textContent = row.state === "refused" ? row.message : textOf(state);
  const save = line.querySelector("[data-save]");
  const drop = line.querySelector("[data-drop]");
  drop.hidden = row.id === sending;
  drop.addEventListener("click", async () => {
    if (!confirm(say("sure"))) return;
    await write(database, "photos", (photos) => photos.delete(row.id));
    await draw();
  });
  if (row.state === "refused") {
    save.hidden = false;
    unseal(row).then((photo) => {
      save.download = `${row.id}.jpg`;
      save.href = URL.createObjectURL(photo);
    });
  }
  return line;
}

// --- Beginning ------------------------------------------------------------------------------

let database = null;
let key = null;

async function start() {
  database = await open();
  key = await keyOf(database);
  const old = (await readAll(database, "photos")).filter((each) => !(Date.now() - each.at < KEPT_FOR));
  await write(database, "photos", (photos) => old.forEach((each) => photos.delete(each.id)));
  box.hidden = box.dataset.shows === "waiting";
  for (const each of document.querySelectorAll("[data-photo-of]")) {
    each.closest("label").hidden = false;
    each.addEventListener("change", () => take(each));
  }
  await draw();
  addEventListener("online", flush);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") flush();
  });
  await flush();
}

// A browser that keeps nothing: the form that sends a file works all the same.
if (person) start().catch(() => {});
