// Registers, visits at home, lines of an inspection and persons of the survey, on their way. Each is an
// operation with an id of its own: sending it twice has one effect. It counts as sent only when the
// server's receipt names that id.
//
//   waiting → sent                 the receipt came
//   waiting → asked | refused      the server said why; the person decides
//   waiting → waiting              no answer, or none of ours: tried again later
import { sameMarks } from "../sheet/rows.js";

const LIMIT = 20_000; // ms for one call
const SENT_KEPT = 2 * 24 * 3600 * 1000; // ms
const LATER = [408, 425, 429, 502, 503, 504];

export const isOpen = (operation) => operation.state !== "sent";
export const needsLook = (operation) => ["asked", "refused"].includes(operation.state);
export const isVisit = (operation) => operation.kind === "visit";
export const isFinding = (operation) => operation.kind === "finding";
export const isSurvey = (operation) => operation.kind === "survey";
export const isSheet = (operation) => ![isVisit, isFinding, isSurvey].some((is) => is(operation));
// What an operation is about; a later one for the same takes its place. A visit stands for itself.
export function sheetOf({ kind, visitId, line, classId, date, session, slot }) {
  if (kind === "finding") return `finding/${visitId}/${line}`;
  return slot ? `visit/${slot}` : `${classId}/${date}/${session}`;
}

export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// A refusal has a type of its own (RFC 9457); who names it gets it.
const ACCEPT = "application/problem+json, application/json";
const OWN_JSON = /^application\/(problem\+)?json/;

// JSON of ours, or null: a captive portal answers 200 with a page of its own.
async function readOwnJson(response) {
  if (!OWN_JSON.test(response.headers.get("content-type") || "")) return null;
  try {
    return await response.json();
  } catch {
    return null;
  }
}

export async function call(url, options = {}) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LIMIT);
  try {
    const response = await fetch(url, {
      credentials: "same-origin",
      redirect: "manual",
      cache: "no-store",
      ...options,
      headers: { accept: ACCEPT, ...options.headers },
      signal: stop.signal,
    });
    return { status: response.status, body: await readOwnJson(response) };
  } catch {
    return { status: 0, body: null };
  } finally {
    clearTimeout(timer);
  }
}

// Whether our server answers, to whomever; while a new version is installed it does not.
export const isReachable = async () => {
  const { status, body } = await call("/api/v1/session/");
  return Boolean(body) && status < 500;
};

// The order in which operations were kept; a clock that was set back does not change it.
const turnOf = (operation) => operation.turn || operation.savedAt;

export class Outbox extends EventTarget {
  constructor(storage) {
    super();
    this.storage = storage;
    this.token = null;
    this.last = Promise.resolve();
    this.pace = 0;
  }

  emitChange(detail = {}) {
    this.dispatchEvent(new CustomEvent("change", { detail }));
  }

  async list() {
    const all = await this.storage.readAll("outbox");
    return all.sort((a, b) => turnOf(a) - turnOf(b));
  }

  // The newest operation of a sheet that is not sent, or undefined.
  async openFor(sheet) {
    return (await this.list()).filter((each) => isOpen(each) && sheetOf(each) === sheet).pop();
  }

  // Keep an operation. It takes the place of one for the same sheet that never left the
  // device or was refused; behind one that may have arrived unheard it waits its turn.
  async keep(operation) {
    const all = await this.list();
    const before = await this.openFor(sheetOf(operation));
    const turn = Math.max(Date.now(), 1 + Math.max(0, ...all.map(turnOf)));
    const kept = { state: "waiting", tries: 0, savedAt: Date.now(), turn,
      person: this.storage.person, ...operation };
    const inDoubt = before && before.state === "waiting" && before.tries > 0;
    if (before && before.state === "waiting") {
      Object.assign(kept, { base: before.base, baseOp: before.baseOp });
    }
    if (inDoubt) kept.after = before.id;
    else if (before) kept.after = before.after;
    await this.storage.write(({ outbox }) => {
      if (before && !inDoubt) outbox.delete(before.id);
      outbox.put(kept);
    });
    this.emitChange();
    return kept;
  }

  async save(operation) {
    await this.storage.write(({ outbox }) => outbox.put(operation));
    this.emitChange({ operation });
  }

  // Forget an operation; one that waited behind it goes on as it was made.
  async remove(id) {
    const all = await this.list();
    const next = all.find((each) => each.after === id);
    const slot = all.find((each) => each.id === id)?.slot;
    await this.storage.write(({ outbox, drafts }) => {
      outbox.delete(id);
      if (slot) drafts.delete(slot); // words it was being mended with
      if (next) outbox.put({ ...next, after: undefined });
    });
    this.emitChange();
  }

  // Send what waits, one tab at a time. Returns how it ended: "sent" (nothing waits any more),
  // "later", "signed_out", "other_person", "busy" (another tab sends).
  async flush() {
    // A call behind a running one sends what came too late for that.
    const turn = this.last.then(() => this.withLock(() => this.sendAll()));
    this.last = turn.catch(() => {});
    const ended = await turn;
    this.emitChange();
    return ended;
  }

  withLock(work) {
    if (!navigator.locks) return work();
    const name = `outbox:${this.storage.person}`;
    return navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock ? work() : "busy"));
  }

  async sendAll() {
    await this.removeOld();
    let ended = "sent";
    const passed = new Set();
    for (;;) {
      const next = (await this.list()).find(
        (each) => each.state === "waiting" && !each.after && !passed.has(each.id),
      );
      if (!next) break;
      passed.add(next.id);
      this.emitChange({ operation: next, now: "sending" });
      const outcome = await this.send(next);
      if (["later", "signed_out", "other_person"].includes(outcome)) {
        ended = outcome;
        break;
      }
      if (outcome === "broken") ended = "later";
    }
    this.pace = ended === "sent" ? 0 : this.pace + 1;
    return ended;
  }

  // ms until the next try by itself: 1, 2, 4 … 60 s, spread so that a school does not knock at
  // one moment when the network returns.
  retryDelay() {
    return Math.min(60, 2 ** Math.max(0, this.pace - 1)) * 1000 * (0.5 + Math.random() / 2);
  }

  // Ask who is signed in; keeps the token for writing. null: no answer of ours.
  async ask() {
    const { status, body } = await call("/api/v1/session/");
    if (status === 401) return { username: null };
    if (status !== 200 || !body || !body.csrf_token) return null;
    this.token = body.username === this.storage.person ? body.csrf_token : null;
    this.emitChange({ ahead: Date.now() - Date.parse(body.now), token: body.csrf_token });
    return body;
  }

  async checkSender() {
    const found = await this.ask();
    if (!found) return "later";
    if (!found.username) return "signed_out";
    return found.username === this.storage.person ? "" : "other_person";
  }

  async send(operation) {
    const asked = !this.token;
    if (asked) {
      const refused = await this.checkSender();
      if (refused) return refused;
    }
    operation.tries += 1;
    await this.storage.write(({ outbox }) => outbox.put(operation));
    const answer = await this.put(operation);
    const code = answer.body?.code;
    const shut = answer.status === 401 || (answer.status === 403 && code !== "another_person");
    if (shut && !asked) {
      this.token = null; // perhaps only the token of the page is old
      return this.send(operation);
    }
    return this.handleAnswer(operation, answer);
  }

  put(operation) {
    if (isVisit(operation)) return this.postVisit(operation);
    if (isFinding(operation)) return this.postFinding(operation);
    if (isSurvey(operation)) return this.postPerson(operation);
    const content = operation.notHeld
      ? { not_held: operation.notHeld }
      : { marks: operation.marks };
    const body = {
      op_id: operation.id,
      base_revision: operation.base,
      sender: operation.person,
      device_time: new Date(operation.savedAt).toISOString(),
      ...content,
    };
    if (operation.baseOp) body.base_op = operation.baseOp;
    if (operation.reason) body.correction_reason = operation.reason;
    if (operation.setAside) body.set_aside = operation.setAside;
    return call(`/api/v1/registers/${sheetOf(operation)}/`, {
      method: "PUT",
      headers: { "content-type": "application/json", "x-csrftoken": this.token },
      body: JSON.stringify(body),
    });
  }

  postVisit({ id, person, caseId, told }) {
    return this.post(`/api/v1/cases/${caseId}/visits/`, { op_id: id, sender: person, ...told });
  }

  postPerson({ id, person, area, village, number, head, personId, seen, told }) {
    return this.post(`/api/v1/survey/${area}/persons/`, {
      op_id: id, sender: person, village, form_number: number, head_name: head, person: personId, seen, told,
    });
  }

  post(url, body) {
    return call(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrftoken": this.token },
      body: JSON.stringify(body),
    });
  }

  postFinding({ id, person, visitId, about, told, base, savedAt }) {
    const device_time = new Date(savedAt).toISOString();
    return this.post(`/api/v1/inspections/${visitId}/findings/`, {
      op_id: id, sender: person, device_time, seen: base, ...about, ...told,
    });
  }

  async handleAnswer(operation, { status, body }) {
    if (isFinding(operation) && (status === 200 || status === 201) && body?.op_id === operation.id) {
      const { recorded_at: sentAt, result, line } = body;
      Object.assign(operation, { state: "sent", sentAt, result, message: "", present: undefined });
      await this.releaseNext(operation, { base: line.version });
      await this.storage.noteLine(operation, line);
      await this.save(operation);
      return "sent";
    }
    if (isVisit(operation) && (status === 200 || status === 201) && body?.op_id === operation.id) {
      Object.assign(operation, { state: "sent", sentAt: body.recorded_at, message: "" });
      await this.save(operation);
      return "sent";
    }
    if (isSurvey(operation) && (status === 200 || status === 201) && body?.op_id === operation.id) {
      const sentAt = new Date().toISOString();
      Object.assign(operation, { state: "sent", sentAt, message: "", personId: body.person, seenNow: body.seen });
      // A correction that waited behind it was made of what this one said.
      await this.releaseNext(operation, { personId: body.person, seen: body.seen });
      await this.save(operation);
      return "sent";
    }
    const isReceipt = body?.receipt && body.op_id === operation.id;
    if ((status === 200 || status === 201) && isReceipt) {
      Object.assign(operation, {
        state: "sent", receipt: body.receipt, revision: body.revision, sentAt: body.sent_at,
        merged: !sameMarks(body.marks, operation.marks), now: body.marks, message: "",
      });
      // Made from what this one said, which is less than a merged revision holds.
      await this.releaseNext(operation, { base: body.revision, baseOp: operation.id });
      await this.storage.noteSent(operation, body);
      await this.save(operation);
      return "sent";
    }
    if (status === 401) return "signed_out";
    if (body && body.code === "another_person") return "other_person";
    if (status === 500) return "broken";
    if (!body || LATER.includes(status) || status < 400) return "later";
    if (status === 409 && body.register && body.code === "stale_revision") {
      Object.assign(operation, { state: "asked", held: body.register, contested: body.pupils,
        together: body.merged });
    } else {
      const { code, message, present } = body;
      Object.assign(operation, { state: "refused", code, message, present });
      if (present) await this.storage.noteLine(operation, present);
      if (body.code === "changed") operation.seen = body.seen;
    }
    if (await this.releaseNext(operation, { base: operation.base, baseOp: operation.baseOp })) {
      await this.remove(operation.id); // a later sheet of the same person says more
    } else {
      await this.save(operation);
    }
    return operation.state;
  }

  async releaseNext(operation, change) {
    const next = (await this.list()).find((each) => each.after === operation.id);
    if (next) await this.save({ ...next, ...change, after: undefined });
    return Boolean(next);
  }

  async removeOld() {
    const old = (await this.list()).filter(
      (each) => !isOpen(each) && Date.now() - each.savedAt > SENT_KEPT,
    );
    for (const each of old) await this.storage.write(({ outbox }) => outbox.delete(each.id));
  }
}
