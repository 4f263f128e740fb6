// A round of visits without a network: the children of a village as they were kept, and what was
// found at each home. A visit is typed into a draft of this device, saved into the outbox, and sent
// from there once. The views are shown in the frame by page.js.
import { isOpen, isVisit, needsLook, newId } from "./outbox.js";
import { say } from "./sync_status.js";
import { Draft, savingAlone, settle, watch } from "./typed.js";

const $ = (id) => document.getElementById(id);
const FIELDS = ["way", "made_on", "who", "found", "promise", "next_on"];

export const roundId = (list, village) => `${list}:${village}`;

const childOf = (rounds, caseId) =>
  rounds.flatMap((round) => round.children.map((child) => ({ ...child, round })))
    .sort((a, b) => b.round.at - a.round.at)
    .find((child) => child.caseId === Number(caseId));

const visitsOf = (operations, caseId) =>
  operations.filter((each) => isVisit(each) && each.caseId === caseId);

// What the list says beside a child: the worst first.
function stateOf(operations, caseId) {
  const own = visitsOf(operations, caseId);
  const look = own.find(needsLook);
  return look || own.find(isOpen) || own.pop();
}

// --- What is typed --------------------------------------------------------------------------

let form = null;
let at = null; // { outbox, child, draft }

const read = () => Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));

// --- The form -------------------------------------------------------------------------------

// `mends`: the id of a refused visit whose words are mended.
async function openForm({ outbox, child, today, refuse, saved }, mends) {
  const operations = await outbox.list();
  const refused = operations.find((each) => each.id === mends && needsLook(each));
  const name = refused ? refused.slot : child.caseId;
  let draft = await Draft.find(outbox.storage, name);
  const left = draft.row && operations.find((each) => each.slot === draft.slot);
  if (left && !needsLook(left)) { // saved, and the device stopped before it forgot the draft
    await draft.drop();
    draft = await Draft.find(outbox.storage, name);
  }
  draft.slot ??= refused?.slot || newId();
  // Those who went to the home before go to this one too.
  const who = operations.filter(isVisit).pop()?.told.who || child.round.who || "";
  const empty = { way: "visit", made_on: today, who, found: "", promise: "", next_on: "" };
  const told = draft.row?.told || (refused && { ...empty, ...refused.told }) || empty;
  form = $("child-form").cloneNode(true); // without the listeners of a child before
  $("child-form").replaceWith(form);
  for (const each of FIELDS) form.elements[each].value = told[each] ?? "";
  form.elements.made_on.max = today;
  at = { outbox, child, draft };
  watch(form, draft, () => ({ kind: "visit", caseId: child.caseId, label: child.name, told: read() }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.disabled) return;
    button.disabled = true;
    try {
      const why = wrong(read(), today);
      if (why) refuse(why);
      else saved(await save());
    } catch {
      refuse("notKept");
    } finally {
      button.disabled = false;
    }
  });
}

function wrong({ made_on, who, found, next_on }, today) {
  if (!made_on || !who.trim() || !found.trim()) return "needed";
  if (made_on > today) return "laterDay";
  return next_on && next_on < made_on ? "laterNext" : "";
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// Into the outbox, once: pressed again, in two tabs, or after the device stopped half-way.
async function save() {
  const { outbox, child, draft } = at;
  const typed = read();
  await settle(draft);
  const told = { ...typed, next_on: typed.next_on || null };
  const work = async () => {
    const before = (await outbox.list()).find((each) => each.slot === draft.slot);
    if (before && !needsLook(before)) {
      if (isSame(before.told, told)) return null;
      draft.slot = newId(); // another visit, typed in another tab
    }
    return outbox.keep({
      id: newId(), kind: "visit", slot: draft.slot, caseId: child.caseId, label: child.name, told,
    });
  };
  const kept = await savingAlone(outbox.storage, work);
  await draft.drop();
  return kept;
}

// --- Views ------------------------------------------------------------------------------------

export async function showRound({ outbox, makeRow, wordsOf, keptAt, titleOfRound }, id) {
  const round = await outbox.storage.readOne("rounds", id);
  if (!round) return false;
  const operations = await outbox.list();
  $("round-title").textContent = titleOfRound(round);
  $("round-at").textContent = keptAt(round.at);
  $("round-children").replaceChildren(...round.children.map((child) => {
    const last = stateOf(operations, child.caseId);
    const state = last ? { sent: "taken", waiting: "waiting" }[last.state] || "not_taken" : "not_held";
    const words = last ? wordsOf(last) : child.last;
    const detail = last?.message || [round.title ? "" : child.village, child.home].filter(Boolean).join(" · ");
    return makeRow({ title: child.name, detail, state, words, href: `#case/${child.caseId}` });
  }));
  return true;
}

// `mends`: the id of a refused visit whose words are mended.
export async function showChild({ outbox, makeOperationRow, flush, today }, caseId, mends) {
  const child = childOf(await outbox.storage.readAll("rounds"), caseId);
  if (!child) return false;
  $("child-back").href = `#round/${child.round.id}`;
  $("child-name").textContent = child.name;
  for (const part of ["born", "village", "home", "last"]) $(`child-${part}`).textContent = child[part] || "—";
  $("child-refusal").hidden = true;
  await showWritten({ outbox, makeOperationRow }, child.caseId);
  await openForm({
    outbox, child, today: today(),
    refuse: (why) => {
      $("child-refusal").textContent = say(why);
      $("child-refusal").hidden = false;
    },
    saved: async () => {
      location.hash = `#round/${child.round.id}`;
      await flush();
    },
  }, mends);
  return true;
}

export async function showWritten({ outbox, makeOperationRow }, caseId) {
  const written = visitsOf(await outbox.list(), caseId).reverse();
  $("child-written").replaceChildren(...written.map(makeOperationRow));
  $("child-written-part").hidden = !written.length;
}
