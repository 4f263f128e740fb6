// An inspection without a network: its questions, classes and households as they were kept, and what is
// written beside each. A line is typed into a draft of this device, saved into the outbox, and sent from
// there once. The pages of the server and the frame without a network have the same fields and use this
// module alike.
import { call, isFinding, isOpen, needsLook, newId, sheetOf } from "./outbox.js";
import { clock, flush, say } from "./sync_status.js";
import { Draft, newest, savingAlone } from "./typed.js";

const PAUSE = 300; // ms of rest in typing after which it is kept
const FIELD = { checklist: "answer", counts: "counted", households: "result" };
const GONE = [403, 404];
const MOST_PUPILS = 100; // inspections/services/lines.py
const EMPTY = { value: "", note: "" };

const day = (date) => date.slice(0, 10).split("-").reverse().join("/");
const wordOf = (pairs, code) => (pairs.find(([each]) => each === code) || ["", code])[1];
const sameWords = (one, other) => one.value === other.value && one.note === other.note;
const keyOf = ({ part, about, date, session }) => [part, about, date, session].filter(Boolean).join("/");
const draftIdOf = (visitId, key) => `finding/${visitId}/${key}`;

// --- What is kept ---------------------------------------------------------------------------

function kitOf(told) {
  const lines = {};
  const put = (about, line) => { if (line) lines[keyOf(about)] = line; };
  for (const { id, line } of told.questions) put({ part: "checklist", about: id }, line);
  for (const { school_class: about, date, session, line } of told.counts) {
    put({ part: "counts", about, date, session }, line);
  }
  for (const { households } of told.villages) {
    for (const { id, line } of households) put({ part: "households", about: id }, line);
  }
  return { ...told, lines };
}

export const visitOf = ({ storage }, id) => storage.readOne("visits", Number(id) || 0);

// The right to a visit is gone, and so is what was kept of it. What was written stays, told with the
// server's reason; what was only typed becomes such lines too, since there is no form any more.
async function forgetVisit(outbox, id) {
  await savingAlone(outbox.storage, async () => {
    const own = await draftsOf(outbox, id);
    // Of what two tabs typed in one line the newer one is the line's.
    for (const { told, seen, kind, visitId, line, about, label, word } of newest(own)) {
      await outbox.keep({ id: newId(), kind, visitId, line, about, label, told, word, base: seen });
    }
    await outbox.storage.write(({ drafts }) => own.forEach((each) => drafts.delete(each.id)));
  });
  await outbox.storage.write(({ visits }) => visits.delete(id));
  outbox.emitChange();
  flush();
}

// Ask the server for a visit and keep it. null: it was not heard, or this device keeps nothing.
export async function fetchVisit(outbox, id) {
  const { status, body } = await call(`/api/v1/inspections/${id}/findings/`);
  // Another person may be signed in meanwhile, in another tab.
  const isRefused = GONE.includes(status) && body?.code;
  if (isRefused && (await outbox.ask())?.username === outbox.storage.person) await forgetVisit(outbox, Number(id));
  if (status !== 200 || body?.username !== outbox.storage.person) return null;
  const kit = kitOf(body);
  return (await outbox.storage.keepOpened("visits", kit)) ? kit : null;
}

export const draftsOf = async ({ storage }, id) =>
  (await storage.readAll("drafts")).filter((each) => isFinding(each) && each.visitId === Number(id));

export const openOf = async (outbox, id) =>
  (await outbox.list()).filter((each) => isFinding(each) && isOpen(each) && each.visitId === Number(id));

const makeEntry = (about, name, detail = "", group = "") => ({
  about, name, detail, group, id: about.about, key: keyOf(about),
});

// The lines of a part: `of` is the id of a school or the key of a village.
export function entriesOf(kit, { part, of, date, session }) {
  if (part === "checklist") {
    return kit.questions.map(({ id, text, section }) => makeEntry({ part, about: id }, text, "", section));
  }
  if (part === "households") {
    const village = kit.villages.find((each) => each.key === of);
    return (village?.households || []).map(({ id, number, people, children, at_school: school }) =>
      makeEntry({ part, about: id }, say("formNumber", { number }),
        say("bySurvey", { people, children, school }), village.name));
  }
  const school = kit.schools.find((each) => each.id === Number(of));
  return (school?.classes || []).map(({ id, name }) =>
    makeEntry({ part, about: id, date, session }, name, "", school.name));
}

// Where a line is written without a network.
export function hashOf(kit, visitId, { part, about }) {
  const school = kit?.schools.find(({ classes }) => classes.some((each) => each.id === about));
  const village = kit?.villages.find(({ households }) => households.some((each) => each.id === about));
  const of = { counts: school?.id, households: village && encodeURIComponent(village.key) }[part];
  return `#inspection/${visitId}/${[part, of].filter(Boolean).join("/")}`;
}

// --- The form -------------------------------------------------------------------------------

// `form` has for each entry the fields `answer_7` (`counted_7`, `result_7`) and `note_7`. Returns
// { draw, save, leave }: `save` puts what is typed into the outbox and says how many lines it could not.
export function attach(form, { outbox, kit, part, entries }) {
  const { storage } = outbox;
  const typed = new Map(); // key -> { told, seen, over: id of the line that waited when it was begun }
  const waiting = new Map(); // key -> timer
  const own = new Map(entries.map((each) => [String(each.id), each]));
  for (const each of entries) {
    const stands = kit.lines[each.key];
    const draft = new Draft(storage, draftIdOf(kit.id, each.key));
    Object.assign(each, { shown: stands || EMPTY, seen: stands?.version ?? 0, draft });
  }

  const choice = ({ id }) => form.elements[`${FIELD[part]}_${id}`];
  const note = ({ id }) => form.elements[`note_${id}`];
  const read = (entry) => ({ value: choice(entry).value.trim(), note: note(entry).value.trim() });
  // As the page showed it before anybody touched it.
  const given = (entry) => {
    const field = choice(entry);
    const value = field instanceof RadioNodeList
      ? [...field].find((each) => each.defaultChecked)?.value : field.defaultValue;
    return { value: value ?? "", note: note(entry).defaultValue.trim() };
  };
  const write = (entry, told) => {
    const field = choice(entry);
    if (field instanceof RadioNodeList) for (const each of field) each.checked = each.value === told.value;
    else field.value = told.value;
    note(entry).value = told.note;
  };
  const labelOf = ({ name, group, about }) => {
    const words = part === "checklist" ? [name] : [group, name];
    if (about.date) words.push(`${wordOf(kit.sessions, about.session)} ${day(about.date)}`);
    return `${kit.commune} · ${words.join(", ")}`;
  };
  const worded = (told) =>
    wordOf({ checklist: kit.answers, households: kit.results, counts: [] }[part], told.value);

  function keepDraft(entry) {
    clearTimeout(waiting.get(entry.key));
    waiting.delete(entry.key);
    const line = typed.get(entry.key);
    if (!line) return entry.draft.drop();
    return entry.draft.put({
      kind: "finding", visitId: kit.id, line: entry.key, about: entry.about, label: labelOf(entry),
      word: worded(line.told), ...line,
    });
  }

  function take({ target }) {
    const entry = own.get(target.name?.split("_")[1]);
    if (!entry) return;
    const told = read(entry);
    if (sameWords(told, entry.shown)) typed.delete(entry.key);
    else typed.set(entry.key, { seen: entry.seen, over: entry.open?.id, ...typed.get(entry.key), told });
    clearTimeout(waiting.get(entry.key));
    waiting.set(entry.key, setTimeout(keepDraft, PAUSE, entry));
    stateOf(entry).refusal.hidden = true;
  }

  // The page is left or the phone is put away: what is typed is kept at once.
  const keepNow = () => entries.filter(({ key }) => waiting.has(key)).map(keepDraft);

  // --- Showing ----

  function stateOf(entry) {
    if (entry.state) return entry.state;
    const place = document.getElementById("line-state").content.cloneNode(true).firstElementChild;
    note(entry).closest("[data-row]").append(place);
    const [says, refusal, dispute] = ["says", "refusal", "dispute"]
      .map((name) => place.querySelector(`[data-${name}]`));
    refusal.id = `refusal-${entry.id}`;
    note(entry).setAttribute("aria-describedby", refusal.id);
    dispute.querySelector("[data-mine]").addEventListener("click", () => decide(entry, true));
    dispute.querySelector("[data-theirs]").addEventListener("click", () => decide(entry, false));
    entry.state = { says, refusal, dispute };
    return entry.state;
  }

  function wordsOf(entry, stands) {
    const { open, sent } = entry;
    if (typed.has(entry.key)) return say("lineTyped");
    if (open) return needsLook(open) ? say("lineMine") : say("waitingRow");
    if (sent?.result === "late") return say("lineLate");
    if (!stands || form.dataset.part === "counts") return ""; // the server's page tells it itself
    const words = [say("lineBy", { name: stands.by, time: `${clock(stands.at)} ${day(stands.at)}` })];
    if (part === "counts") {
      const { roll, registered } = stands;
      words.unshift(registered === null ? say("lineNoRegister", { roll }) : say("lineRegister", { roll, registered }));
    }
    return words.join(" · ");
  }

  async function draw() {
    const operations = (await outbox.list()).filter(isFinding);
    const { lines } = (await visitOf(outbox, kit.id)) || kit;
    for (const entry of entries) {
      const mine = operations.filter((each) => sheetOf(each) === `finding/${kit.id}/${entry.key}`);
      const open = mine.filter(isOpen).pop();
      const stands = lines[entry.key];
      Object.assign(entry, { open, sent: open ? undefined : mine.pop(), shown: open?.told || stands || EMPTY });
      entry.seen = open ? open.present?.version ?? open.base : stands?.version ?? 0;
      if (!typed.has(entry.key)) write(entry, entry.shown);
      const { says, refusal, dispute } = stateOf(entry);
      says.textContent = wordsOf(entry, stands);
      const why = open && needsLook(open) ? open.message : "";
      if (why) refusal.textContent = why;
      if (why || !typed.has(entry.key)) refusal.hidden = !why;
      dispute.hidden = !(why && open.present) || typed.has(entry.key);
    }
  }

  // --- Saving ----

  function wrong({ value, note: words }) {
    if (!value) return "lineNeeded";
    if (part === "counts" && !(/^\d+$/.test(value) && Number(value) <= MOST_PUPILS)) return "lineNumber";
    return part === "households" && value === "differs" && !words ? "lineDiffers" : "";
  }

  // Into the outbox. Why not: another tab saved something else there, which was not seen yet; saved once
  // more it is replaced.
  const keepTyped = (entry, line) => savingAlone(storage, async () => {
    const open = await outbox.openFor(`finding/${kit.id}/${entry.key}`);
    const isSame = open && sameWords(open.told, line.told);
    if (isSame && !needsLook(open)) return "";
    if (open && !isSame && open.id !== line.over) {
      line.over = open.id;
      keepDraft(entry);
      return say("elsewhere", { words: [open.word, open.told.note].filter(Boolean).join(" · ") });
    }
    await keepLine(entry, line);
    return "";
  });

  const keepLine = (entry, { told, seen }) => outbox.keep({
    id: newId(), kind: "finding", visitId: kit.id, line: entry.key, about: entry.about,
    label: labelOf(entry), told, word: worded(told), base: seen,
  });

  async function save() {
    await Promise.allSettled(keepNow());
    let left = 0;
    for (const entry of entries.filter(({ key }) => typed.has(key))) {
      const line = typed.get(entry.key);
      const lacks = wrong(line.told);
      const why = lacks ? say(lacks) : await keepTyped(entry, line);
      if (why) {
        const { refusal } = stateOf(entry);
        refusal.textContent = why;
        refusal.hidden = false;
        if (!left) note(entry).focus();
        left += 1;
        continue;
      }
      typed.delete(entry.key);
      await entry.draft.drop();
    }
    await draw();
    return left;
  }

  // Of two versions of one line, this person has seen both.
  async function decide(entry, keepsMine) {
    const { open } = entry;
    if (!open?.present) return;
    if (keepsMine) await keepLine(entry, { told: open.told, seen: open.present.version });
    else await outbox.remove(open.id);
    await draw();
    form.dispatchEvent(new Event("decided"));
  }

  const left = new AbortController();
  const { signal } = left;
  form.addEventListener("input", take, { signal });
  form.addEventListener("change", take, { signal });
  for (const name of ["pagehide", "hashchange"]) addEventListener(name, keepNow, { signal });
  document.addEventListener("visibilitychange", keepNow, { signal });
  let timer = 0;
  outbox.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(() => draw().catch(() => {}), 100);
  }, { signal });

  const ready = (async () => {
    const operations = await openOf(outbox, kit.id);
    const drafts = await draftsOf(outbox, kit.id);
    for (const entry of entries) {
      // Typed before this began, or restored by drafts.js: what the server shows is otherwise what stands.
      const told = read(entry);
      const seen = form.elements[`seen_${entry.id}`];
      const isOpened = operations.some((each) => each.line === entry.key);
      if (!seen || isOpened || sameWords(told, given(entry))) continue;
      if (sameWords(told, kit.lines[entry.key] || EMPTY)) continue;
      if (drafts.some((each) => each.line === entry.key && sameWords(each.told, told))) continue;
      typed.set(entry.key, { told, seen: Number(seen.value) });
      await keepDraft(entry);
    }
    for (const row of newest(await draftsOf(outbox, kit.id))) {
      const entry = entries.find((each) => each.key === row.line);
      if (!entry) continue;
      const { told, seen, over } = row;
      entry.draft = new Draft(storage, draftIdOf(kit.id, row.line), row);
      const open = operations.filter((each) => each.line === row.line).pop();
      if (sameWords(told, open?.told || kit.lines[row.line] || EMPTY)) {
        await entry.draft.drop(); // it stands there, or waits
        continue;
      }
      typed.set(row.line, { told, seen, over });
      write(entry, told);
    }
    await draw();
  })();
  return { ready, draw, save, leave: () => { keepNow(); left.abort(); } };
}
