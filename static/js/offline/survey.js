// A village of the survey without a network: its households as they were kept, and what the family
// told. A person is typed into a draft of this device, saved into the outbox, and sent from there
// once; a later correction of the same person takes the place of one that never left the device.
import { isOpen, isSurvey, needsLook, newId } from "./outbox.js";
import { Draft, savingAlone, settle, watch } from "./typed.js";

const $ = (id) => document.getElementById(id);
const NEEDED = ["full_name", "year", "sex", "ethnic_group", "presence"];

export const villageId = (area, key) => `survey:${area}:${key}`;

const own = (operations, village) =>
  operations.filter((each) => isSurvey(each) && each.villageId === village.id);

// Households as they were kept, and those that were entered on this device.
export function homesOf(village, operations) {
  const homes = new Map(village.homes.map((home) => [home.number.toLowerCase(), { ...home }]));
  for (const { number, head } of own(operations, village)) {
    const key = number.toLowerCase();
    if (!homes.has(key)) homes.set(key, { number, head, people: [] });
  }
  return [...homes.values()];
}

// The last word on a person: what was saved here, else what was kept. `operation` is the one to look at.
function latest(entry, operations, village) {
  const isNewer = ({ state, sentAt }) => state !== "sent" || Date.parse(sentAt) > village.at;
  const operation = operations.filter((each) => each.personId === entry.person && isNewer(each)).pop();
  if (!operation) return entry;
  const seen = operation.state === "sent" ? operation.seenNow : operation.seen;
  return { ...entry, told: operation.told, seen, asked: true, operation };
}

// People of a household: those kept, then those entered here.
export function peopleOf(home, village, operations) {
  const told = own(operations, village);
  const known = home.people.map((entry) => latest(entry, told, village));
  const kept = new Set(village.homes.flatMap((each) => each.people.map((entry) => entry.person)));
  const isNew = ({ number, personId }) => number === home.number && !kept.has(personId);
  const slots = new Map(told.filter(isNew).map((each) => [each.slot, each]));
  const entered = [...slots.values()].map((operation) => ({
    person: operation.personId || null, slot: operation.slot, told: operation.told,
    seen: operation.seenNow || "", asked: true, operation,
  }));
  return [...known, ...entered];
}

// --- What is typed --------------------------------------------------------------------------

let form = null;
let at = null; // { outbox, village, home, someone, draft, over: the operation that was seen }

const named = () => [...new Set([...form.elements].map((each) => each.name).filter(Boolean))];

function read() {
  const told = {};
  for (const name of named()) {
    const field = form.elements[name];
    const value = field.type === "checkbox" ? (field.checked ? "on" : "") : field.value.trim();
    if (value) told[name] = value;
  }
  return told;
}

function fill(told) {
  form.reset(); // a clone has the marks of the person before
  for (const name of named()) {
    const field = form.elements[name];
    if (field.type === "checkbox") field.checked = told[name] === "on";
    else field.value = told[name] ?? "";
  }
}

// `someone`: one of `peopleOf`, or null for somebody new.
export async function openForm({ outbox, village, home, someone, refuse, saved }) {
  const operations = await outbox.list();
  const key = someone?.slot || (someone ? `${village.id}/${someone.person}` : `${village.id}/new/${home.number}`);
  let draft = await Draft.find(outbox.storage, key);
  // Saved, and the device stopped before it forgot the draft.
  if (draft.row && !someone && operations.some((each) => each.slot === draft.slot)) {
    await draft.drop();
    draft = await Draft.find(outbox.storage, key);
  }
  // Somebody new is what one draft makes of them; of a person there is one correction.
  draft.slot = someone ? undefined : draft.slot || newId();
  form = $("someone-form").cloneNode(true); // without the listeners of a person before
  $("someone-form").replaceWith(form);
  fill(draft.row?.told || someone?.told || { presence: "lives" });
  $("someone-another").hidden = someone?.operation?.code !== "known";
  at = { outbox, village, home, someone, draft, key, over: someone?.operation?.id };
  watch(form, draft, () => {
    const told = read();
    return { kind: "survey", villageId: village.id, number: home.number, label: told.full_name || home.number, told };
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.disabled) return;
    button.disabled = true;
    try {
      if (NEEDED.some((name) => !read()[name])) refuse("someoneNeeded");
      else if (await save()) saved();
      else refuse("elsewhere", { words: at.words });
    } catch {
      refuse("notKept");
    } finally {
      button.disabled = false;
    }
  });
}

// Into the outbox, once: pressed again, in two tabs, or after the device stopped half-way. False: another
// tab saved something else of this person, which was not seen yet; saved once more it is replaced.
async function save() {
  const { outbox, village, home, someone, draft } = at;
  const told = read();
  await settle(draft);
  const isSaved = await savingAlone(outbox.storage, async () => {
    const slot = someone ? at.key : draft.slot;
    const before = (await outbox.list()).filter((each) => each.slot === slot && (!someone || isOpen(each))).pop();
    if (before && JSON.stringify(before.told) === JSON.stringify(told)) {
      if (!needsLook(before)) return true;
    } else if (before && !someone) draft.slot = newId(); // somebody else, typed in another tab
    else if (before && before.id !== at.over) {
      Object.assign(at, { over: before.id, words: before.label });
      return false;
    }
    await outbox.keep({
      id: newId(), kind: "survey", slot: draft.slot || slot, villageId: village.id, area: village.area,
      village: village.village, number: home.number, head: home.head, personId: someone?.person || null,
      seen: someone?.seen || "", label: told.full_name, told,
    });
    return true;
  });
  if (isSaved) await draft.drop();
  return isSaved;
}
