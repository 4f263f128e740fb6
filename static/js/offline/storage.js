// What one person keeps on this device: class lists, rounds of visits, inspections, and what is not sent yet, sealed.
// One database a person: on a shared phone nobody reads another's.
import { canSeal, keyFrom, newDevice, ownKey, seal, unseal } from "./keys.js";

// Since 3 what lies in outbox and classes is sealed; a script before that must not read it. Since 4
// the outbox has visits too, since 5 lines of inspections and persons of the survey, which a script before that would take for
// registers.
const VERSION = 5;
const PREFIX = "pocket:";
const PERSON = "pocket-person";
const DAYS_KEPT = 7;
const DAY = 24 * 3600 * 1000;
const TRACE = "unsent-";
const SEALED = ["outbox", "classes", "rounds", "visits", "drafts"];
// Names that come again from the server.
const LISTS = ["classes", "rounds", "visits"];
// Kept by opening a page: so many of each, the newest.
const OPENED = ["rounds", "visits"];
const MOST_OPENED = 12;
const placeOf = (store, id) => `${store}:${id}`;

// "Blocked" needs no answer: other tabs close when they hear of it, and the request goes on.
const promisify = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

// Stores are only ever added: a phone may come with a full outbox from any older version.
function upgrade({ result: database, transaction }) {
  const stores = { outbox: "id", classes: "id", rounds: "id", visits: "id", drafts: "id", notes: "key" };
  for (const [name, keyPath] of Object.entries(stores)) {
    if (!database.objectStoreNames.contains(name)) database.createObjectStore(name, { keyPath });
  }
  // Since version 2: what tells this database from one that takes its place.
  const notes = transaction.objectStore("notes");
  notes.get("born").onsuccess = ({ target }) => {
    if (!target.result) notes.put({ key: "born", value: String(Date.now()) });
  };
}

// How many registers wait in which database, told outside of it too: when the browser loses the
// database, the person hears how many went with it. The cookie outlives what a full phone evicts.
export const trace = {
  read(person) {
    const name = TRACE + encodeURIComponent(person);
    const cookie = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
    const [count, born] = (localStorage.getItem(name) || (cookie || "").split("=")[1] || "").split(".");
    return { count: Number(count) || 0, born };
  },
  write({ person, born, isWiped }, count) {
    if (isWiped) return; // by a page that counted before and writes after
    if (!count) {
      this.forget(person);
      return;
    }
    const name = TRACE + encodeURIComponent(person);
    localStorage.setItem(name, `${count}.${born}`);
    setCookie(name, `${count}.${born}`, 60 * DAY);
  },
  forget(person) {
    const name = TRACE + encodeURIComponent(person);
    localStorage.removeItem(name);
    setCookie(name, "", 0);
  },
};

function setCookie(name, value, life) {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `${name}=${value};path=/;max-age=${life / 1000};samesite=strict${secure}`;
}

export class DeviceStorage {
  constructor(person, database) {
    this.person = person;
    this.database = database;
    this.last = Promise.resolve();
    database.onversionchange = () => database.close();
  }

  // Throws when the browser keeps nothing (private mode, a full phone).
  static async open(person) {
    const request = indexedDB.open(PREFIX + person, VERSION);
    request.onupgradeneeded = () => upgrade(request);
    const storage = new DeviceStorage(person, await promisify(request));
    storage.born = await storage.note("born");
    const seen = await storage.note("seen");
    if (seen && Date.now() - seen > DAYS_KEPT * DAY) await storage.forgetClasses();
    await storage.findKeys();
    await storage.sealOld();
    for (const name of OPENED) await storage.forgetOld(name);
    return storage;
  }

  // --- Keys -----------------------------------------------------------------------------
  //
  // "server": made from the server's secret, held until some days after the last contact; then
  // it must be asked for again. "own": of this device, for what is kept before the server was
  // heard. A row names the key that opens it.

  async findKeys() {
    const own = canSeal && (await ownKey());
    const sealed = (await this.readStored("outbox")).some((row) => row.box);
    const now = Date.now();
    await this.changeKeys((kept) => {
      if (kept.server && now > kept.server.until) delete kept.server;
      if (canSeal && !kept.server && !kept.own && !sealed) kept.own = { key: own };
      return { device: newDevice(), ticket: "", ...kept };
    });
  }

  // In one transaction: two tabs that open a storage at once agree.
  changeKeys(change) {
    const transaction = this.database.transaction("notes", "readwrite", { durability: "strict" });
    const notes = transaction.objectStore("notes");
    return new Promise((resolve, reject) => {
      notes.get("keys").onsuccess = ({ target }) => {
        const kept = change(target.result ? target.result.value : {});
        notes.put({ key: "keys", value: kept });
        transaction.oncomplete = () => resolve(this.takeKeys(kept));
      };
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  }

  takeKeys({ device, ticket, own, server }) {
    Object.assign(this, { device, ticket, met: server ? server.met : 0 });
    this.keys = { own: own?.key, server: server?.key };
  }

  // The server's answer: its secrets, a new ticket, and for how many days the key is held.
  async acceptKeys({ secrets, ticket, days }) {
    if (!canSeal) return;
    const found = await this.findFittingKey(await Promise.all(secrets.map(keyFrom)));
    const met = Date.now();
    await this.changeKeys((kept) => {
      const key = kept.server ? kept.server.key : found;
      return { ...kept, ticket, server: { key, met, until: met + days * DAY } };
    });
  }

  // Of the keys that may be meant, the one that opens what lies here; else the first.
  async findFittingKey(keys) {
    const row = (await this.readStored("outbox")).find((each) => each.k === "server");
    for (const key of row ? keys : []) {
      try {
        await unseal(key, placeOf("outbox", row.id), row);
        return key;
      } catch {
        // Not this one.
      }
    }
    return keys[0];
  }

  // Registers wait here whose key must be asked for again.
  async isLocked() {
    return (await this.readStored("outbox")).some((row) => row.box && !this.keys[row.k]);
  }

  // How many wait, which can be told without any key.
  async countOpen() {
    return (await this.readStored("outbox")).filter((row) => row.state !== "sent").length;
  }

  async sealRow(store, value) {
    if (!SEALED.includes(store)) return value;
    // No names where nothing can be sealed: a page without HTTPS.
    if (!canSeal) return { ...value, names: {}, ...(value.kind === "visit" && { label: "" }) };
    const k = this.keys.server ? "server" : "own";
    const { id, state } = value;
    return { id, state, k, ...(await seal(this.keys[k], placeOf(store, id), value)) };
  }

  async openRow(store, row) {
    if (!row.box) return row;
    // Another tab may have heard of the server since.
    if (!this.keys[row.k]) this.takeKeys((await this.note("keys")) || {});
    return unseal(this.keys[row.k], placeOf(store, row.id), row);
  }

  // What an older version kept lies open.
  async sealOld() {
    for (const store of SEALED) {
      const plain = (await this.readStored(store)).filter((row) => !row.box);
      if (!plain.length) continue;
      const isList = LISTS.includes(store) && !canSeal;
      await this.write(({ [store]: target }) => {
        for (const row of plain) {
          if (isList) target.delete(row.id);
          else target.put(row);
        }
      });
    }
  }

  // --- Rows -----------------------------------------------------------------------------

  // Resolves when the disk has it, not before. One after the other, as they were asked for:
  // sealing takes a moment, and no transaction waits for it.
  write(changes) {
    const names = [...SEALED, "notes"];
    const steps = [];
    const stores = names.map((name) => [name, {
      put: (value) => steps.push(["put", name, value]),
      delete: (key) => steps.push(["delete", name, key]),
      clear: () => steps.push(["clear", name]),
    }]);
    changes(Object.fromEntries(stores));
    const turn = this.last.then(async () => this.apply(names, await Promise.all(
      steps.map(async ([what, name, value]) => [
        what, name, what === "put" ? await this.sealRow(name, value) : value,
      ]),
    )));
    this.last = turn.catch(() => {});
    return turn;
  }

  apply(names, steps) {
    const transaction = this.database.transaction(names, "readwrite", { durability: "strict" });
    return new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      try {
        for (const [what, name, ...value] of steps) transaction.objectStore(name)[what](...value);
      } catch (error) {
        transaction.abort(); // all of it or nothing
        reject(error);
      }
    });
  }

  async readStored(store) {
    await this.last;
    return promisify(this.database.transaction(store).objectStore(store).getAll());
  }

  async readAll(store) {
    const rows = await this.readStored(store);
    const opened = await Promise.allSettled(rows.map((row) => this.openRow(store, row)));
    const failed = opened.find((each) => each.status === "rejected");
    // Class lists come again; a register that cannot be read must be told.
    if (failed && store === "outbox") throw failed.reason;
    return opened.filter((each) => each.value).map((each) => each.value);
  }

  // Nothing: it is not there, or cannot be read.
  async readOne(store, id) {
    await this.last;
    const row = await promisify(this.database.transaction(store).objectStore(store).get(id));
    return row && this.openRow(store, row).catch(() => null);
  }

  async note(key) {
    return (await this.readOne("notes", key))?.value;
  }

  setNote(key, value) {
    return this.write(({ notes }) => notes.put({ key, value }));
  }

  // Names are kept only where the server can withhold them again.
  async keepClasses(lists) {
    if (!this.keys.server) return;
    await this.write(({ classes, notes }) => {
      classes.clear();
      for (const each of lists.classes) classes.put(each);
      notes.put({ key: "fetched", value: Date.now() });
      notes.put({ key: "today", value: lists.today });
      notes.put({ key: "name", value: lists.full_name });
    });
  }

  // A round or an inspection, as the page with it says; the newest MOST_OPENED stay. Returns whether
  // it is kept: such lists lie only where the server can withhold them again.
  async keepOpened(store, row) {
    if (!this.keys.server) return false;
    const others = (await this.readAll(store)).filter((each) => each.id !== row.id);
    const old = others.sort((a, b) => b.at - a.at).slice(MOST_OPENED - 1);
    await this.write(({ [store]: target }) => {
      for (const each of old) target.delete(each.id);
      target.put({ ...row, at: Date.now() });
    });
    return true;
  }

  // Nobody fetches it anew but the person who opens it.
  async forgetOld(store) {
    const old = (await this.readAll(store)).filter((each) => !(Date.now() - each.at < DAYS_KEPT * DAY));
    if (old.length) await this.write(({ [store]: target }) => old.forEach((each) => target.delete(each.id)));
  }

  // What the server holds in a line of an inspection, since it was sent from here or refused.
  async noteLine({ visitId, line }, stands) {
    const kept = await this.readOne("visits", visitId);
    if (!kept || !stands.version) return;
    kept.lines[line] = stands;
    await this.write(({ visits }) => visits.put(kept));
  }

  // The sheet as the server holds it since it was sent from here.
  async noteSent({ classId, date, session }, { revision, state, marks, sent_at, receipt }) {
    const kept = await this.readOne("classes", classId);
    const sheet = kept?.sheets.find((each) => each.date === date && each.session === session);
    if (!sheet || sheet.revision > revision) return;
    Object.assign(sheet, { revision, state, marks, sent_at, receipt });
    await this.write(({ classes }) => classes.put(kept));
  }

  forgetClasses() {
    return this.write(({ classes, rounds, visits, notes }) => {
      classes.clear();
      rounds.clear();
      visits.clear();
      for (const key of ["fetched", "today", "name"]) notes.delete(key);
    });
  }

  async wipe() {
    this.isWiped = true;
    this.database.close();
    if (DeviceStorage.lastPerson() === this.person) localStorage.removeItem(PERSON);
    trace.forget(this.person);
    await promisify(indexedDB.deleteDatabase(PREFIX + this.person));
  }

  // Whose storage this device opened last: the frame without a network asks.
  static lastPerson() {
    return localStorage.getItem(PERSON);
  }

  // Another person's class lists go when somebody else signs in; what the first has not sent stays.
  static async handOver(person) {
    const before = DeviceStorage.lastPerson();
    if (before && before !== person) {
      const other = await DeviceStorage.open(before);
      await other.forgetClasses();
      other.database.close();
    }
    // Last: a page left half-way must begin this anew.
    localStorage.setItem(PERSON, person);
  }
}
