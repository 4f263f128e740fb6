// What is typed in a form and not saved yet: kept on this device after a rest, and at once when the page
// is left. Two tabs that have one form open keep a draft each as soon as both type: neither writes over
// or forgets words that it has not seen.
import { newId } from "./outbox.js";

const PAUSE = 300; // ms of rest in typing after which it is kept

// One tab at a time.
const alone = (what, { person }, work) =>
  navigator.locks ? navigator.locks.request(`${what}:${person}`, work) : work();

// Saving into the outbox: what another tab saves meanwhile is seen by it.
export const savingAlone = (storage, work) => alone("saving", storage, work);

const formOf = ({ id, form }) => form ?? id;

// Of each form the newest draft.
export function newest(drafts) {
  const sorted = [...drafts].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  return [...new Map(sorted.map((each) => [formOf(each), each])).values()];
}

export class Draft {
  // `form`: the same in every tab; `row`: the draft of it that was found, if there is one. `slot`: what
  // is saved of it, where each draft becomes something of its own.
  constructor(storage, form, row) {
    Object.assign(this, { storage, form, row, id: row?.id ?? form, stamp: row?.stamp, last: Promise.resolve() });
    this.slot = row?.slot;
  }

  static async find(storage, form) {
    const own = (await storage.readAll("drafts")).filter((each) => formOf(each) === form);
    return new Draft(storage, form, newest(own)[0]);
  }

  change(work) {
    this.last = this.last.catch(() => {}).then(() => alone("drafts", this.storage, async () => {
      const there = await this.storage.readOne("drafts", this.id);
      await work(Boolean(there) && there.stamp !== this.stamp);
    }));
    this.last.catch(() => {});
    return this.last;
  }

  put(row) {
    return this.change(async (isAnothers) => {
      if (isAnothers) {
        this.id = `${this.form}/${newId()}`;
        if (this.slot) this.slot = newId();
      }
      this.stamp = newId();
      const { id, form, slot, stamp } = this;
      await this.storage.write(({ drafts }) => drafts.put({ slot, ...row, id, form, stamp, at: Date.now() }));
    });
  }

  drop() {
    return this.change(async (isAnothers) => {
      if (!isAnothers) await this.storage.write(({ drafts }) => drafts.delete(this.id));
    });
  }
}

// --- The one form of a view -----------------------------------------------------------------

let watched = null; // { draft, rowOf }
let timer = 0;

function keep() {
  clearTimeout(timer);
  timer = 0;
  watched.draft.put(watched.rowOf());
}

function keepSoon() {
  clearTimeout(timer);
  timer = setTimeout(keep, PAUSE);
}

const keepNow = () => { if (timer) keep(); };
addEventListener("pagehide", keepNow);
document.addEventListener("visibilitychange", keepNow);
addEventListener("hashchange", keepNow);

export function watch(form, draft, rowOf) {
  keepNow();
  watched = { draft, rowOf };
  form.addEventListener("input", keepSoon);
  form.addEventListener("change", keepSoon);
}

// What was typed a moment ago is kept before it is saved: saving may be refused.
export async function settle(draft) {
  keepNow();
  await draft.last.catch(() => {});
}
