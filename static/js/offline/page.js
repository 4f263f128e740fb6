// The page without a network: today's sheets, rounds of visits and inspections from the storage, and what
// waits in the outbox.
//   /attendance/pocket/                       both lists
//   /attendance/pocket/#sheet/4/2026-11-24/am a sheet; also at the sheet's own address
//   /attendance/pocket/#op/<id>               one register that needs a person
//   /attendance/pocket/#round/mine:hang+lia   the children of a round; also at its own address
//   /attendance/pocket/#case/12/<id>          one of them; <id>: the refused visit that is mended
//   /attendance/pocket/#inspection/5          an inspection; also at its own address
//   /attendance/pocket/#inspection/5/counts/3 one part of it: the classes of a school
//   /attendance/pocket/#village/<id>          the households of a village of the survey
//   /attendance/pocket/#home/<id>/<number>    one of them
//   /attendance/pocket/#someone/<id>/<number>/<person> somebody of it; "new", or what was entered here
//   /attendance/pocket/#practice              the practice class; also at its own address
import { attach, mayLeave, practise } from "../register.js";
import { fill, rollOn, whereOf } from "../sheet/rows.js";
import { isFinding, isOpen, isReachable, isSheet, isSurvey, isVisit, needsLook, newId, sheetOf } from "./outbox.js";
import { clock, exportFile, flush, ready, say, texts, today } from "./sync_status.js";

const $ = (id) => document.getElementById(id);
const PRACTICE = "/attendance/practice/";
const SHEET = /^\/attendance\/(\d+)\/(\d{4}-\d\d-\d\d)\/(am|pm)\/$/;
const ROUND = "/children/cases/round/";
const HOMES = /^\/children\/(\d+)\/households\/$/;
const CASE = /^\/children\/cases\/(\d+)\/$/;
const INSPECTION = /^\/inspections\/visits\/(\d+)\/(?:(checklist|households|counts)\/(?:(\d+)\/)?)?$/;
const LIMIT = 15_000; // ms for a script
const NOT_HERE = new Error("a script is not kept");
const views = [
  "view-lists", "view-sheet", "view-round", "view-child", "view-inspection", "view-part", "view-village", "view-home",
  "view-someone", "view-operation",
];

const make = (tag, className, text = "") => {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
};
const day = (date) => {
  const [year, month, number] = date.split("-");
  return `${number}/${month}/${year}`;
};
const titleOf = (operation) => {
  const { label, date, session, told } = operation;
  if (isFinding(operation)) return label;
  if (isSurvey(operation)) return `${label} · ${say("ofHousehold", { number: operation.number })}`;
  return isVisit(operation)
    ? `${label} · ${texts[told.way]} ${day(told.made_on)}`
    : `${label} · ${texts[session]} ${day(date)}`;
};

function show(view) {
  for (const each of views) $(each).hidden = each !== view;
  // What had the focus may be hidden now.
  if (document.activeElement === document.body) $("content").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

// Scripts come with the first list of their kind that is kept; without a network one may not be there.
const loaded = (script) => Promise.race([
  script, new Promise((_resolve, reject) => { setTimeout(reject, LIMIT); }),
]).catch(() => { throw NOT_HERE; });

function readRoute() {
  const [kind, ...rest] = location.hash.slice(1).split("/");
  if (kind === "sheet") return { sheet: rest };
  if (kind === "op") return { operation: rest[0] };
  if (kind === "round") return { round: decodeURIComponent(rest.join("/")) };
  if (kind === "case") return { child: rest };
  if (kind === "inspection") return { inspection: rest };
  if (["village", "home", "someone"].includes(kind)) return { [kind]: rest.map(decodeURIComponent) };
  if (kind === "practice" || (location.pathname === PRACTICE && kind !== "lists")) return { practice: true };
  if (kind === "lists") return {};
  const path = location.pathname.match(SHEET);
  const child = location.pathname.match(CASE);
  const inspection = location.pathname.match(INSPECTION);
  if (inspection) {
    const village = new URLSearchParams(location.search).get("village") || "";
    const [, id, part, school] = inspection;
    return { inspection: [id, part, school || encodeURIComponent(village)].filter(Boolean) };
  }
  const homes = location.pathname.match(HOMES);
  if (homes) return { village: [`survey:${homes[1]}:${new URLSearchParams(location.search).get("village")}`] };
  if (location.pathname === ROUND) {
    const asked = new URLSearchParams(location.search);
    const list = asked.get("list") === "mine" ? "mine" : "open";
    return { round: `${list}:${asked.get("village") || ""}` };
  }
  return path ? { sheet: path.slice(1) } : child ? { child: child.slice(1) } : {};
}

async function showAsked() {
  $("not-here").hidden = true;
  const { practice } = readRoute();
  if (practice) {
    showPractice();
    return show("view-sheet");
  }
  const outbox = await ready;
  if (!outbox) return show("view-lists");
  $("whose").textContent = (await outbox.storage.note("name")) || outbox.storage.person;
  const { sheet, operation, round, child, inspection, village, home, someone } = readRoute();
  if (round && (await showRound(outbox, "showRound", round))) return show("view-round");
  if (child && (await showRound(outbox, "showChild", ...child))) return show("view-child");
  if (inspection && (await showPart(outbox, inspection))) return show("view-part");
  if (inspection && (await showInspection(outbox, inspection))) return show("view-inspection");
  if (village && (await showSurvey(outbox, "showVillage", village))) return show("view-village");
  if (home && (await showSurvey(outbox, "showHome", home))) return show("view-home");
  if (someone && (await showSurvey(outbox, "showSomeone", someone))) return show("view-someone");
  if (sheet && (await showSheet(outbox, sheet))) return show("view-sheet");
  if (operation && (await showOperation(outbox, operation))) return show("view-operation");
  await showLists(outbox);
  return show("view-lists");
}

// --- Lists ------------------------------------------------------------------------------

function makeRow({ title, detail, state, words, href }) {
  const link = make("a", `class-row class-row--${state}`);
  link.href = href;
  link.append(
    make("span", "class-row__name", title),
    make("span", "class-row__state", words),
    make("span", "class-row__detail", detail),
  );
  const item = document.createElement("li");
  item.append(link);
  return item;
}

function wordsOf(operation) {
  if (needsLook(operation)) return say("lookRow");
  if (operation.state !== "sent") return say("waitingRow");
  const sent = say("sent", { time: clock(operation.sentAt) });
  return operation.receipt ? `${sent} · ${operation.receipt}` : sent;
}

function makeOperationRow(operation) {
  const words = wordsOf(operation);
  const state = { sent: "taken", waiting: "waiting" }[operation.state] || "not_taken";
  const detail = operation.message || "";
  return makeRow({ title: titleOf(operation), words, state, detail, href: `#op/${operation.id}` });
}

async function showLists(outbox) {
  const operations = await outbox.list();
  const open = operations.filter(isOpen);
  // Lines of an inspection, of which there are a hundred, are told there.
  const sent = operations.filter((each) => !isOpen(each) && !isFinding(each)).reverse();
  $("outbox").replaceChildren(...open.map(makeOperationRow));
  $("outbox-part").hidden = !open.length;
  $("sent").replaceChildren(...sent.map(makeOperationRow));
  $("sent-part").hidden = !sent.length;
  const waiting = new Map(open.map((each) => [sheetOf(each), each]));
  const classes = await outbox.storage.readAll("classes");
  const byDay = new Map();
  for (const kept of classes) {
    for (const sheet of kept.sheets) {
      const at = { classId: kept.id, ...sheet };
      const mine = waiting.get(sheetOf(at));
      const state = mine ? "waiting" : sheet.state;
      const words = mine
        ? say("waitingRow")
        : { not_taken: say("notTaken"), not_held: say("notHeld"), taken: say("sentRow") }[state];
      const item = makeRow({
        title: `${kept.name} · ${texts[sheet.session]}`,
        detail: [kept.school, kept.site, say("pupils", { n: rollOn(kept.roll, sheet.date).length })]
          .filter(Boolean).join(" · "),
        state, words, href: `#sheet/${sheetOf(at)}`,
      });
      byDay.set(sheet.date, [...(byDay.get(sheet.date) || []), item]);
    }
  }
  const parts = [...byDay.keys()].filter((date) => date <= today()).sort().reverse();
  $("days").replaceChildren(
    ...parts.map((date) => {
      const part = make("section", "stack-tight");
      const list = make("ul", "classes");
      list.append(...byDay.get(date));
      const name = date === today() ? `${say("today")} ${day(date)}` : day(date);
      part.append(make("h2", "", name), list);
      return part;
    }),
  );
  const rounds = await outbox.storage.readAll("rounds");
  $("rounds").replaceChildren(...rounds.sort((a, b) => b.at - a.at).map(makeRoundRow));
  $("rounds-part").hidden = !rounds.length;
  const inspections = await outbox.storage.readAll("visits");
  $("inspections").replaceChildren(...inspections.sort((a, b) => b.at - a.at).map((kit) => makeRow({
    title: kit.commune, detail: keptAt(kit.at), state: "not_held",
    words: kit.planned_on ? day(kit.planned_on) : "", href: `#inspection/${kit.id}`,
  })));
  $("inspections-part").hidden = !inspections.length;
  const opened = rounds.length + inspections.length;
  $("register-links").hidden = Boolean(opened) && !classes.length;
  $("nothing").hidden = Boolean(classes.length || opened || operations.length);
  const fetched = await outbox.storage.note("fetched");
  $("kept-at").textContent = fetched
    ? say("keptAt", { time: new Date(fetched).toLocaleString("vi-VN") })
    : "";
  $("export-all").onclick = () => exportFile(open);
}

// --- An inspection --------------------------------------------------------------------------

async function showInspection(outbox, [id]) {
  if (!(await outbox.storage.readOne("visits", Number(id) || 0))) return false;
  const { showInspection: shows } = await loaded(import("./inspection.js"));
  return shows({ outbox, id, makeRow, makeOperationRow, today });
}

async function showPart(outbox, [id, part, ...of]) {
  if (!part || !(await outbox.storage.readOne("visits", Number(id) || 0))) return false;
  const { showPart: shows } = await loaded(import("./inspection.js"));
  return shows({ outbox, id, part, of: decodeURIComponent(of.join("/")), flush, today });
}

// --- A round of visits ------------------------------------------------------------------------

const titleOfRound = (round) => round.title || say("allVillages");
const keptAt = (moment) => say("roundAt", { time: new Date(moment).toLocaleString("vi-VN") });
const makeRoundRow = (round) => isVillage(round) ? makeRow({
  title: say("villageOf", { village: round.title }), detail: keptAt(round.at), state: "not_held",
  words: say("homes", { n: round.homes.length }), href: `#village/${encodeURIComponent(round.id)}`,
}) : makeRow({
  title: titleOfRound(round), detail: keptAt(round.at), state: "not_held",
  words: say("children", { n: round.children.length }), href: `#round/${round.id}`,
});

async function showRound(outbox, view, ...which) {
  if (!(await outbox.storage.readAll("rounds")).some((each) => !isVillage(each))) return false;
  const shows = await loaded(import("./rounds.js"));
  return shows[view]({ outbox, makeRow, makeOperationRow, wordsOf, keptAt, titleOfRound, flush, today }, ...which);
}

// --- A village of the survey --------------------------------------------------------------------

const hashOf = (view, ...parts) => `#${[view, ...parts.map(encodeURIComponent)].join("/")}`;
const isVillage = (round) => round.kind === "survey";

async function showSurvey(outbox, view, [id, ...which]) {
  const village = await outbox.storage.readOne("rounds", id ?? "");
  if (!village || !isVillage(village)) return false;
  const shows = await loaded(import("./village.js"));
  await shows[view]({ outbox, village, makeRow, wordsOf, keptAt, hashOf }, ...which);
  return true;
}

// --- A sheet ----------------------------------------------------------------------------

// A list kept by an older version of this page has no leaves.
const leaveOf = ({ leaves = [] }, date, session) =>
  leaves.find((leave) => leave.first <= date && date < leave.end && ["", session].includes(leave.session));

function dayBefore(date) {
  const before = new Date(`${date}T00:00:00Z`);
  before.setUTCDate(before.getUTCDate() - 1);
  return before.toISOString().slice(0, 10);
}

// What the server held of the session when the list was fetched; never "everybody is present" over
// a register that says otherwise.
function showHeldRegister({ revision, state, marks }, isWaiting) {
  const words = isWaiting
    ? say("waitsHere")
    : state === "not_held"
      ? say("heldNot")
      : revision && (marks.length ? say("heldWith", { n: marks.length }) : say("heldWhole"));
  $("sheet-held").textContent = words || "";
  $("sheet-held").hidden = !words;
  $("sheet-new").hidden = Boolean(words);
}

// Here at the sheet's own address the frame stands because the server did not answer.
async function showNetwork() {
  const line = $("sheet-offline");
  line.textContent = say("noNetworkHere");
  line.hidden = navigator.onLine && !SHEET.test(location.pathname);
  line.hidden = navigator.onLine && (await isReachable());
}
addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);

// A pupil of whom the register says nothing has no mark to set.
function removeMarking(content) {
  for (const each of content.querySelectorAll(".mark, .ticks, .roll__reason, .say")) each.remove();
  content.querySelector(".roll__row").classList.add("roll__row--uncounted");
  content.querySelector(".roll__one").removeAttribute("aria-labelledby");
  content.querySelector(".roll__line").prepend(make("span", "say say--uncounted", say("notCounted")));
}

async function showSheet(outbox, [classId, date, session]) {
  const kept = await outbox.storage.readOne("classes", Number(classId) || 0);
  const sheet = kept?.sheets.find((each) => each.date === date && each.session === session);
  if (!sheet) return false;
  const form = $("register").cloneNode(true); // without the listeners of a sheet before
  $("register").replaceWith(form);
  Object.assign(form.dataset, { class: classId, date, session, label: kept.name, baseOp: "" });
  form.dataset.past = date < today() ? "yes" : "";
  form.elements.base_revision.value = sheet.revision;
  form.elements.operation_id.value = newId();
  $("sheet-title").textContent = titleOf({ label: kept.name, date, session });
  $("sheet-school").textContent = [kept.school, kept.site].filter(Boolean).join(" · ");
  $("sheet-state").textContent = "";
  $("sheet-state").hidden = $("sheet-refusal").hidden = true;
  form.elements.correction_reason.value = "";
  showHeldRegister(sheet, (await outbox.list()).some((each) => isOpen(each) && sheetOf(each) === sheetOf(whereOf(form))));
  $("sheet-practice").hidden = true;
  showNetwork();
  const prefilled = [];
  const leftOut = new Set(sheet.not_counted || []);
  const rows = rollOn(kept.roll, date).map((entry, index) => {
    const { pupil, name } = entry;
    const holder = document.createElement("template");
    holder.innerHTML = $("row").innerHTML.replaceAll("__pupil__", String(pupil));
    holder.content.querySelector(".roll__name").textContent = name;
    holder.content.querySelector(".roll__no").textContent = index + 1;
    if (entry.born) {
      const born = make("small", "muted", say("born", { day: day(entry.born) }));
      holder.content.querySelector(".roll__name").after(born);
    }
    if (leftOut.has(pupil)) {
      removeMarking(holder.content);
      return holder.content;
    }
    const leave = leaveOf(entry, date, session);
    if (leave) {
      prefilled.push({ pupil, kind: "P", reason: leave.reason });
      const line = make("span", "roll__leave", say("leave", { day: day(dayBefore(leave.end)).slice(0, 5) }));
      holder.content.querySelector(".roll__reason").before(line);
    }
    return holder.content;
  });
  form.querySelector(".roll").replaceChildren(...rows);
  form.querySelector(".tally--here").dataset.of = rows.length - leftOut.size;
  // Leave is shown beforehand only while there is no register; what was sent is never changed.
  fill(form, sheet.revision ? sheet.marks : prefilled);
  await attach(form);
  return true;
}

// --- The practice class -------------------------------------------------------------------

function showPractice() {
  const form = $("register").cloneNode(true);
  $("register").replaceWith(form);
  for (const name of Object.keys(form.dataset)) delete form.dataset[name];
  form.querySelector(".roll").replaceChildren($("practice-rows").content.cloneNode(true));
  form.querySelector(".tally--here").dataset.of = form.querySelectorAll(".roll__one").length;
  $("sheet-title").textContent = say("practice");
  $("sheet-school").textContent = "";
  $("sheet-state").hidden = $("sheet-refusal").hidden = $("sheet-held").hidden = true;
  $("sheet-offline").hidden = true;
  $("sheet-new").hidden = $("sheet-practice").hidden = false;
  practise(form);
}

// --- One register that needs a person -----------------------------------------------------

const describeMark = (mark) => (mark?.kind ? say(mark.kind) : say("present"));
const markOf = (marks, pupil) => marks.find((each) => each.pupil === pupil) || { kind: "" };

function makeChoice(name, value, words, mark, checked) {
  const label = make("label", "choice");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name, value, checked });
  const text = document.createElement("span");
  text.append(`${words} `, make("strong", "", mark));
  label.append(input, " ", text);
  return label;
}

function makeQuestion(operation, pupil) {
  const { held } = operation;
  const part = make("fieldset", "field");
  const choices = make("div", "choices");
  choices.append(
    makeChoice(`p${pupil}`, "mine", say("yours"), describeMark(markOf(operation.marks, pupil)), false),
    makeChoice(`p${pupil}`, "theirs", say("theirs", { name: held.sent_by }),
      describeMark(markOf(held.marks, pupil)), true),
  );
  part.append(make("legend", "field__label", operation.names[pupil] || `#${pupil}`), choices);
  return part;
}

// Both versions as the server put them together, the contested marks as chosen, and what was
// decided against.
function readDecision(operation, form) {
  // An older version of this page kept no merged marks.
  const { held, contested, together = held.marks } = operation;
  const marks = new Map(together.map((mark) => [mark.pupil, mark]));
  const setAside = contested.map((pupil) => {
    const mine = markOf(operation.marks, pupil);
    const theirs = markOf(held.marks, pupil);
    const keepMine = form.elements[`p${pupil}`].value === "mine";
    const [kept, dropped] = keepMine ? [mine, theirs] : [theirs, mine];
    marks.delete(pupil);
    if (kept.kind) marks.set(pupil, { ...kept, pupil });
    return { ...dropped, pupil };
  });
  return { marks: [...marks.values()], setAside };
}

// Where a line of an inspection is mended; "" without the inspection.
async function addressOf(outbox, { visitId, about }) {
  const { hashOf: hashOfLine, visitOf } = await loaded(import("./findings.js"));
  const kit = await visitOf(outbox, visitId);
  return kit ? hashOfLine(kit, visitId, about) : "";
}

async function showOperation(outbox, id) {
  const operation = (await outbox.list()).find((each) => each.id === id);
  if (!operation) return false;
  const isAsked = operation.state === "asked";
  $("operation-title").textContent = titleOf(operation);
  $("operation-state").textContent =
    operation.state === "sent"
      ? [say("sent", { time: clock(operation.sentAt) }), operation.receipt && say("receipt", { code: operation.receipt })]
        .filter(Boolean).join(" · ")
      : operation.message || say(isAsked ? "askedHead" : "waitingRow");
  const marks = $("operation-marks");
  if (isFinding(operation)) {
    const { word, told } = operation;
    marks.replaceChildren(make("li", "", word), ...(told.note ? [make("li", "", told.note)] : []));
  } else if (isVisit(operation)) showVisit(marks, operation.told);
  else if (isSurvey(operation)) marks.replaceChildren(make("li", "", operation.label));
  else marks.replaceChildren(
    ...(operation.notHeld ? [make("li", "", say("notHeld"))] : []),
    ...operation.marks.map((mark) =>
      make("li", "", `${operation.names?.[mark.pupil] || `#${mark.pupil}`}: ${describeMark(mark)}`),
    ),
  );
  const form = $("question").cloneNode(true);
  $("question").replaceWith(form);
  form.hidden = !isAsked;
  if (isAsked) showQuestion(outbox, operation, form);
  // A visit that may have arrived unheard is not written twice.
  const isFixed = !isSheet(operation) ? operation.state !== "refused" : operation.state === "sent";
  $("operation-open").hidden = isFixed || isAsked;
  if (isFinding(operation)) {
    const href = await addressOf(outbox, operation).catch(() => "");
    $("operation-open").href = href || "#lists";
    if (!href) $("operation-open").hidden = true;
  } else if (isVisit(operation)) $("operation-open").href = `#case/${operation.caseId}/${operation.id}`;
  else if (isSurvey(operation)) {
    const { villageId: village, number, personId, slot } = operation;
    $("operation-open").href = hashOf("someone", village, number, String(personId || slot));
  } else $("operation-open").href = `#sheet/${sheetOf(operation)}`;
  $("operation-export").onclick = () => exportFile([operation]);
  $("operation-discard").hidden = operation.state === "sent";
  $("discard-word").value = "";
  $("discard-form").onsubmit = async (event) => {
    event.preventDefault();
    if ($("discard-word").value.trim().toUpperCase() !== texts.discardWord) {
      $("discard-word").focus();
      return;
    }
    await outbox.remove(operation.id);
    location.hash = "#lists";
  };
  return true;
}

function showVisit(list, { who, found, promise, next_on }) {
  list.replaceChildren(
    make("li", "", who), make("li", "", found),
    ...(promise ? [make("li", "", `${say("promised")} ${promise}`)] : []),
    ...(next_on ? [make("li", "", say("nextOn", { day: day(next_on) }))] : []),
  );
}

function showQuestion(outbox, operation, form) {
  const { held, contested } = operation;
  const whole = !contested.length;
  const told = { name: held.sent_by, time: `${clock(held.sent_at)} ${day(held.sent_at.slice(0, 10))}` };
  form.querySelector("[data-why]").textContent = say(whole ? "askedWhole" : "asked", told);
  form.querySelector("[data-pupils]").replaceChildren(
    ...contested.map((pupil) => makeQuestion(operation, pupil)),
  );
  form.querySelector("button:not([type])").textContent = say("mine");
  if (!whole) form.querySelector("button:not([type])").textContent = form.dataset.send;
  const past = operation.date < today();
  form.querySelector("[data-reason]").hidden = !past;
  form.elements.correction_reason.required = past;
  form.elements.correction_reason.value = operation.reason;
  form.querySelector("[data-theirs]").onclick = async () => {
    await outbox.remove(operation.id);
    location.hash = "#lists";
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const choice = whole ? { marks: operation.marks } : readDecision(operation, form);
    const { classId, date, session, label, names, notHeld } = operation;
    const kept = await outbox.keep({
      id: newId(), base: held.revision, classId, date, session, label, names,
      notHeld: whole ? notHeld : undefined,
      reason: form.elements.correction_reason.value, ...choice,
    });
    await flush();
    location.hash = `#op/${kept.id}`;
  });
}

async function tellMissing(error) {
  if (error !== NOT_HERE) throw error;
  await showLists(await ready);
  show("view-lists");
  $("not-here").hidden = false;
}
// A script that failed is asked for again by a new page only.
addEventListener("online", () => { if (!$("not-here").hidden) location.reload(); });

// One after another, each for the address of its turn: views that wait for the storage have the same
// fields, and a slow one must not write into those of the next.
let turns = Promise.resolve();
let redraws = false; // one waits
const take = (turn) => {
  const next = () => turn().catch(tellMissing);
  turns = turns.then(next, next);
};
const route = () => take(showAsked);

let shown = location.hash;
addEventListener("hashchange", () => {
  // Back on a phone leads away from a sheet without asking the browser.
  if (!mayLeave()) {
    history.pushState(null, "", shown || location.pathname);
    return;
  }
  shown = location.hash;
  route();
});
async function redraw(outbox) {
  redraws = false;
  if (!$("view-lists").hidden) await showLists(outbox);
  const { round, child, inspection, village, home } = readRoute();
  // Its right may have been taken away meanwhile.
  if (inspection && !$("view-inspection").hidden && !(await showInspection(outbox, inspection))) await showAsked();
  if (village && !$("view-village").hidden) await showSurvey(outbox, "showVillage", village);
  if (home && !$("view-home").hidden) await showSurvey(outbox, "showHome", home);
  if (round && !$("view-round").hidden) await showRound(outbox, "showRound", round);
  if (child && !$("view-child").hidden) await showRound(outbox, "showWritten", Number(child[0]));
}
ready.then((outbox) => {
  if (!outbox) return;
  outbox.addEventListener("change", () => {
    if (!redraws) take(() => redraw(outbox));
    redraws = true;
  });
});
route();
