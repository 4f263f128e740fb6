// Keeps the frame of the application, never a page with data: those stay in the storage of the device
// (static/js/offline/storage.js), where signing out wipes them.
"use strict";
const CACHE = "frame-{{ version }}";
const FRAME = "{{ frame }}";
const FILES = [{% for file in files %}"{{ file }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
// Kept when a page that needs them asks for it (keepScripts of sync_status.js), and anew with a new frame.
const OPENED = "opened";
const OPENED_FILES = [{% for file in opened_files %}"{{ file }}"{% if not forloop.last %}, {% endif %}{% endfor %}];
const SERVER_IS_AWAY = [502, 503, 504];

self.addEventListener("install", (event) => {
  // Asked for again, but what the page has just fetched is not carried twice.
  const fresh = [FRAME, ...FILES].map((url) => new Request(url, { cache: "no-cache" }));
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(renewOpened).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => names.filter((name) => ![CACHE, OPENED].includes(name)))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

async function page(request) {
  try {
    const answer = await fetch(request);
    if (!SERVER_IS_AWAY.includes(answer.status)) return answer;
    return (await caches.match(FRAME)) || answer;
  } catch (error) {
    const frame = await caches.match(FRAME);
    if (frame) return frame;
    throw error;
  }
}

// All of them or none: what lies there already is not fetched again but with a new frame.
async function keepOpened(isNew) {
  const opened = await caches.open(OPENED);
  const kept = await opened.keys();
  const isKept = (file) => kept.some(({ url }) => new URL(url).pathname === file);
  await opened.addAll(OPENED_FILES.filter((file) => isNew || !isKept(file)));
  const old = kept.filter(({ url }) => !OPENED_FILES.includes(new URL(url).pathname));
  await Promise.all(old.map((each) => opened.delete(each)));
}

async function renewOpened() {
  if (await caches.has(OPENED)) await keepOpened(true);
}

async function file(request) {
  return (await caches.match(request)) || fetch(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request));
  else if ([...FILES, ...OPENED_FILES].includes(url.pathname)) event.respondWith(file(request));
});

self.addEventListener("message", (event) => {
  if (event.data !== "keep opened") return;
  const tell = (isKept) => event.ports[0].postMessage(isKept);
  event.waitUntil(keepOpened(false).then(() => tell(true), () => tell(false)));
});
