// What one person keeps on this device: class lists, and registers not sent yet.
// One database a person: on a shared phone nobody reads another's.
const VERSION = 1;
const PREFIX = "pocket:";
const PERSON = "pocket-person";
const DAYS_KEPT = 7;
const DAY = 24 * 3600 * 1000;

// "Blocked" needs no answer: other tabs close when they hear of it, and the request goes on.
const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

// Stores are only ever added: a phone may come with a full outbox from any older version.
function upgrade(database) {
  const stores = { outbox: "id", classes: "id", notes: "key" };
  for (const [name, keyPath] of Object.entries(stores)) {
    if (!database.objectStoreNames.contains(name)) database.createObjectStore(name, { keyPath });
  }
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
    request.onupgradeneeded = () => upgrade(request.result);
    const vault = new Vault(person, await done(request));
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
      changes(...names.map((name) => transaction.objectStore(name)));
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
    });
  }

  forgetClasses() {
    return this.write((outbox, classes, notes) => {
      classes.clear();
      notes.delete("fetched");
    });
  }

  async wipe() {
    this.database.close();
    if (Vault.lastPerson() === this.person) localStorage.removeItem(PERSON);
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
