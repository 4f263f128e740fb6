// What one person keeps on this device: class lists, and registers not sent yet.
// One database a person: on a shared phone nobody reads another's.
const VERSION = 2;
const PREFIX = "pocket:";
const PERSON = "pocket-person";
const DAYS_KEPT = 7;
const DAY = 24 * 3600 * 1000;
const TRACE = "unsent-";

// "Blocked" needs no answer: other tabs close when they hear of it, and the request goes on.
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

// Stores are only ever added: a phone may come with a full outbox from any older version.
function upgrade({ result: database, transaction }) {
  const stores = { outbox: "id", classes: "id", notes: "key" };
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
  write({ person, born }, count) {
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

export class Vault {
  constructor(person, database) {
    this.person = person;
    this.database = database;
    database.onversionchange = () => database.close();
  }

  // Throws when the browser keeps nothing (private mode, a full phone).
  static async open(person) {
    const request = indexedDB.open(PREFIX + person, VERSION);
    request.onupgradeneeded = () => upgrade(request);
    const vault = new Vault(person, await done(request));
    vault.born = await vault.note("born");
    const seen = await vault.note("seen");
    if (seen && Date.now() - seen > DAYS_KEPT * DAY) await vault.forgetClasses();
    return vault;
  }

  // Resolves when the disk has it, not before.
  write(changes) {
    const names = ["outbox", "classes", "notes"];
    const transaction = this.database.transaction(names, "readwrite", { durability: "strict" });
    return new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
      try {
        changes(...names.map((name) => transaction.objectStore(name)));
      } catch (error) {
        transaction.abort(); // all of it or nothing
        reject(error);
      }
    });
  }

  all(store) {
    return done(this.database.transaction(store).objectStore(store).getAll());
  }

  async note(key) {
    const found = await done(this.database.transaction("notes").objectStore("notes").get(key));
    return found && found.value;
  }

  setNote(key, value) {
    return this.write((outbox, classes, notes) => notes.put({ key, value }));
  }

  keepClasses(pocket) {
    return this.write((outbox, classes, notes) => {
      classes.clear();
      for (const each of pocket.classes) classes.put(each);
      notes.put({ key: "fetched", value: Date.now() });
      notes.put({ key: "today", value: pocket.today });
      notes.put({ key: "name", value: pocket.full_name });
    });
  }

  // The sheet as the server holds it since it was sent from here.
  async noteSent({ classId, date, session }, { revision, state, marks, sent_at, receipt }) {
    const all = await this.all("classes");
    const kept = all.find((each) => each.id === classId);
    const sheet = kept && kept.sheets.find((each) => each.date === date && each.session === session);
    if (!sheet || sheet.revision > revision) return;
    Object.assign(sheet, { revision, state, marks, sent_at, receipt });
    await this.write((outbox, classes) => classes.put(kept));
  }

  forgetClasses() {
    return this.write((outbox, classes, notes) => {
      classes.clear();
      for (const key of ["fetched", "today", "name"]) notes.delete(key);
    });
  }

  async wipe() {
    this.database.close();
    if (Vault.lastPerson() === this.person) localStorage.removeItem(PERSON);
    trace.forget(this.person);
    await done(indexedDB.deleteDatabase(PREFIX + this.person));
  }

  // Whose vault this device opened last: the frame without a network asks.
  static lastPerson() {
    return localStorage.getItem(PERSON);
  }

  // Another person's class lists go when somebody else signs in; what he has not sent stays.
  static async handOver(person) {
    const before = Vault.lastPerson();
    if (before && before !== person) {
      const other = await Vault.open(before);
      await other.forgetClasses();
      other.database.close();
    }
    // Last: a page left half-way must begin this anew.
    localStorage.setItem(PERSON, person);
  }
}
