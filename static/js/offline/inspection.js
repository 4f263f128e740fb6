// The views of an inspection without a network: what there is to do, and one part of it as a form.
import { attach, draftsOf, entriesOf, fetchVisit, openOf, visitOf } from "./findings.js";
import { needsLook } from "./outbox.js";
import { say, texts } from "./sync_status.js";

const $ = (id) => document.getElementById(id);
const HOURS = { am: 0, pm: 12 };
const day = (date) => date.split("-").reverse().join("/");
const make = (tag, className, text = "") => {
  const element = document.createElement(tag);
  Object.assign(element, { className, textContent: text });
  return element;
};
let part = null; // the part that is shown
const asked = new Set(); // the visits of which the server was asked on this page

// Once a page and visit: what the others of the team wrote since it was kept. What is shown meanwhile
// hears of it as of any change.
function refresh(outbox, id) {
  if (asked.has(id) || !navigator.onLine) return;
  asked.add(id);
  fetchVisit(outbox, id).then((kit) => kit && outbox.emitChange()).catch(() => {});
}

// --- What there is to do --------------------------------------------------------------------

function countOf(kit, entries, open, typed) {
  const waits = new Set([...open, ...typed].map((each) => each.line));
  const n = entries.length;
  const waiting = entries.filter(({ key }) => waits.has(key)).length;
  const done = entries.filter(({ key }) => kit.lines[key] || waits.has(key)).length;
  return { done, n, waiting };
}

export async function showInspection({ outbox, id, makeRow, makeOperationRow, today }) {
  const kit = await visitOf(outbox, id);
  if (!kit) return false;
  const open = await openOf(outbox, id);
  const typed = await draftsOf(outbox, id);
  $("inspection-title").textContent = kit.commune;
  $("inspection-meta").textContent = [
    kit.planned_on && say("plannedFor", { day: day(kit.planned_on) }),
    kit.in_charge && say("inCharge", { name: kit.in_charge }),
    kit.team.length && say("along", { names: kit.team.join(", ") }),
  ].filter(Boolean).join(" · ");
  $("inspection-at").textContent = say("roundAt", { time: new Date(kit.at).toLocaleString("vi-VN") });
  const reasons = kit.reason.split("\n").filter((each) => each.trim());
  $("inspection-reason").replaceChildren(...reasons.map((each) => make("li", "", each)));
  $("inspection-recorded").textContent = say("visitRecorded");
  $("inspection-recorded").hidden = kit.state !== "done";
  const look = open.filter(needsLook);
  $("inspection-look").replaceChildren(...look.map(makeOperationRow));
  $("inspection-look-part").hidden = !look.length;
  const row = (title, entries, href) => {
    const values = countOf(kit, entries, open, typed);
    const state = values.waiting ? "waiting" : values.n && values.done === values.n ? "taken" : "not_held";
    const words = say(values.waiting ? "linesWaiting" : "lines", values);
    return makeRow({ title, detail: "", state, words, href: `#inspection/${kit.id}/${href}` });
  };
  const onDay = { date: today(), session: sessionNow() };
  $("inspection-parts").replaceChildren(
    row(say("checklist"), entriesOf(kit, { part: "checklist" }), "checklist"),
    ...kit.schools.map((school) => row(say("countIn", { school: school.name }),
      entriesOf(kit, { part: "counts", of: school.id, ...onDay }), `counts/${school.id}`)),
    ...kit.villages.map((village) => row(say("householdsIn", { village: village.name }),
      entriesOf(kit, { part: "households", of: village.key }), `households/${encodeURIComponent(village.key)}`)),
  );
  $("inspection-left").textContent = say("householdsLeft", { n: kit.left_out });
  $("inspection-left").hidden = !kit.left_out;
  refresh(outbox, id);
  return true;
}

const sessionNow = () => (new Date().getHours() < HOURS.pm ? "am" : "pm");

// --- One part -------------------------------------------------------------------------------

function makeChoices(name, label, pairs) {
  const field = make("fieldset", "field");
  const choices = make("div", "choices");
  for (const [value, word] of pairs) {
    const choice = make("label", "choice");
    const input = Object.assign(document.createElement("input"), { type: "radio", name, value });
    choice.append(input, make("span", "", word));
    choices.append(choice);
  }
  field.append(make("legend", "field__label", label), choices);
  return field;
}

function makeInput(name, label, more) {
  const field = make("div", "field");
  const input = Object.assign(document.createElement("input"), { id: `part-${name}`, name, autocomplete: "off", ...more });
  const words = make("label", "field__label", label);
  words.htmlFor = input.id;
  field.append(words, input);
  return field;
}

function makeLine(kit, which, { id, name, detail }) {
  const line = make("div", "question");
  line.dataset.row = id;
  const noted = say(which === "households" ? "whatDiffers" : "note");
  const note = makeInput(`note_${id}`, noted, { maxLength: which === "checklist" ? 500 : 300 });
  if (which === "counts") {
    const row = make("div", "counts__row");
    row.append(makeInput(`counted_${id}`, name, { type: "number", min: 0, max: 100, inputMode: "numeric" }), note);
    line.append(row);
  } else {
    const field = which === "checklist" ? "answer" : "result";
    line.append(makeChoices(`${field}_${id}`, name, which === "checklist" ? kit.answers : kit.results));
    if (detail) line.append(make("p", "muted", detail));
    line.append(note);
  }
  return line;
}

function makeSections(kit, which, entries) {
  const groups = new Map();
  for (const each of entries) groups.set(each.group, [...(groups.get(each.group) || []), each]);
  return [...groups].map(([name, lines], place) => {
    const section = make("section", "card");
    section.setAttribute("aria-labelledby", "part-title");
    if (which === "checklist") {
      const title = make("h2", "card__title", name);
      title.id = `part-group-${place}`;
      section.setAttribute("aria-labelledby", title.id);
      section.append(title);
    }
    section.append(...lines.map((each) => makeLine(kit, which, each)));
    return section;
  });
}

export async function showPart({ outbox, id, part: which, of, flush, today }) {
  const kit = await visitOf(outbox, id);
  if (!kit) return false;
  const village = kit.villages.find((each) => each.key === of) || kit.villages[0];
  const school = kit.schools.find((each) => each.id === Number(of));
  if (which === "counts" && !school || which === "households" && !village) return false;
  $("part-back").href = `#inspection/${kit.id}`;
  $("part-of").textContent = kit.commune;
  $("part-title").textContent = {
    checklist: say("checklist"),
    counts: school && say("countIn", { school: school.name }),
    households: village && say("householdsIn", { village: village.name }),
  }[which];
  const [date, session] = [$("part-date"), $("part-session")];
  if (which === "counts") {
    const words = ["am", "pm"].map((each) => new Option(texts[each], each));
    session.replaceChildren(...words);
    Object.assign(date, { min: kit.first_day, max: today(), value: today() });
    session.value = sessionNow();
  }
  $("part-when").hidden = which !== "counts";
  const at = { outbox, kit, which, of: which === "households" ? village.key : of, flush };
  const open = () => openPart({ ...at, date: date.value, session: session.value });
  for (const each of [date, session]) each.onchange = open;
  await open();
  refresh(outbox, id);
  return true;
}

async function openPart({ outbox, kit, which, of, date, session, flush }) {
  part?.leave();
  const form = $("part-form").cloneNode(true); // without the listeners of a part before
  $("part-form").replaceWith(form);
  const entries = entriesOf(kit, { part: which, of, date, session });
  $("part-lines").replaceChildren(...makeSections(kit, which, entries));
  $("part-empty").textContent = say("noLines");
  $("part-empty").hidden = Boolean(entries.length);
  $("part-save").hidden = !entries.length;
  $("part-refusal").hidden = true;
  part = attach(form, { outbox, kit, part: which, entries });
  const opened = part;
  form.addEventListener("decided", () => flush());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("#part-save button");
    if (button.disabled) return;
    button.disabled = true;
    try {
      const left = await opened.save();
      $("part-refusal").textContent = say("linesLeft", { n: left });
      $("part-refusal").hidden = !left;
      if (!left && opened === part) location.hash = `#inspection/${kit.id}`;
      flush();
    } catch {
      $("part-refusal").textContent = say("notKept");
      $("part-refusal").hidden = false;
    } finally {
      button.disabled = false;
    }
  });
  await part.ready;
}
