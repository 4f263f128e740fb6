// The month grid's page. Without this script the form posts itself and the server asks the same.
import { parseCells, readLetter } from "./block.js";
import { Grid } from "./grid.js";

const $ = (id) => document.getElementById(id);
const form = $("month");
const texts = JSON.parse(form.dataset.texts);
const say = (name, values = {}) =>
  texts[name].replaceAll(/{(\w+)}/g, (whole, key) => (key in values ? values[key] : whole));
const table = form.querySelector(".month");
const MANY = 4;

function showMessage(sentence) {
  $("month-told").textContent = sentence;
  $("month-told").hidden = !sentence;
  if (sentence) $("month-told").scrollIntoView({ block: "nearest" });
}

// The first few of a list, and how many more.
function joinFirst(list) {
  const rest = list.length - MANY;
  return list.slice(0, MANY).join(", ") + (rest > 0 ? ` ${say("more", { n: rest })}` : "");
}

// --- Leaving: what is not sent is only on this page ---------------------------------------

let isLeaving = false;
let isUnsent = () => true;

addEventListener("beforeunload", (event) => {
  if (!isLeaving && isUnsent()) event.preventDefault();
});
// A browser may bring the page back as it was left.
addEventListener("pageshow", () => {
  isLeaving = false;
});

// Whether the server is there and still knows us. A form that is posted without it is lost.
async function checkSession() {
  try {
    const answer = await fetch("/api/v1/session/", { credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401 || answer.status === 403) return "signedOut";
    const found = answer.ok ? await answer.json() : null;
    if (!found || !found.csrf_token) return "offline";
    if (found.username !== document.body.dataset.person) return "signedOut";
    form.elements.csrfmiddlewaretoken.value = found.csrf_token;
    return "well";
  } catch {
    return "offline";
  }
}

form.addEventListener("submit", async (event) => {
  if (isLeaving) return;
  event.preventDefault();
  const { submitter } = event;
  if (submitter && submitter.getAttribute("aria-disabled") === "true") return;
  if (!isUnsent()) {
    showMessage(say("nothing"));
    return;
  }
  if (submitter) submitter.setAttribute("aria-disabled", "true");
  const found = await checkSession();
  if (submitter) submitter.removeAttribute("aria-disabled");
  if (found !== "well") {
    showMessage(say(found));
    return;
  }
  showMessage("");
  isLeaving = true;
  form.requestSubmit(submitter);
});

if (table) start(new Grid(table), JSON.parse(form.dataset.letters));

function start(grid, words) {
  const box = form.querySelector(".month-box");
  let here = null;

  isUnsent = () => grid.sent.length > 0;
  form.addEventListener("formdata", ({ formData }) => {
    const codes = new Set(grid.sent.map((column) => column.code));
    const names = [...formData.keys()]; // a copy: some go on the way
    for (const name of names) {
      const match = /^(?:base|mark|offered)-(?:\d+-)?(\d\d(?:am|pm))$/.exec(name);
      if (match && !codes.has(match[1])) formData.delete(name);
    }
    formData.delete("send");
    for (const code of codes) formData.append("send", code);
  });

  // --- One cell is in the order of the Tab key; arrows do the rest ------------------------

  function focusCell(cell) {
    if (!cell || !cell.input) return;
    if (here) here.input.tabIndex = -1;
    here = cell;
    here.input.tabIndex = 0;
    if (document.activeElement !== here.input) here.input.focus({ preventScroll: true });
    scrollToCell(here.td);
  }

  // Into sight beside the frozen names and under the frozen days.
  function scrollToCell(td) {
    const [inner, frame] = [td.getBoundingClientRect(), box.getBoundingClientRect()];
    const left = frame.left + table.tHead.rows[0].cells[0].offsetWidth;
    const top = frame.top + table.tHead.offsetHeight;
    if (inner.left < left) box.scrollLeft -= left - inner.left;
    else if (inner.right > frame.right) box.scrollLeft += inner.right - frame.right + 4;
    if (inner.top < top) box.scrollTop -= top - inner.top;
    else if (inner.bottom > frame.bottom) box.scrollTop += inner.bottom - frame.bottom + 16;
    td.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  function mark(letter) {
    if (!here) return;
    const values = [[here, letter !== "" && here.input.value === letter ? "" : letter]];
    grid.write(values);
    showMessage("");
  }

  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  // The position of the key, not the letter: input methods change letters.
  const KEYS = {
    KeyP: "P", KeyK: "K", KeyM: "M", KeyX: "x", Space: "", Delete: "", Backspace: "",
  };

  table.addEventListener("keydown", (event) => {
    const cell = grid.of(event.target);
    if (!cell || !cell.input || event.target !== cell.input) return;
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key in STEPS) focusCell(grid.next(cell, ...STEPS[event.key]));
    else if (event.key === "Home") focusCell(grid.next({ ...cell, x: -1 }, 0, 1));
    else if (event.key === "End") focusCell(grid.next({ ...cell, x: grid.columns.length }, 0, -1));
    else if (event.key === "Enter") focusCell(grid.nextInOrder(cell, event.shiftKey ? -1 : 1));
    else if (event.code in KEYS) {
      mark(KEYS[event.code]);
      // Ends what an input method has begun with this key.
      if (event.key === "Process") cell.input.blur();
      focusCell(cell);
    } else if (event.key.length > 1) return;
    event.preventDefault();
  });

  // What a key did not bring: a voice, a keyboard on the screen. Half-composed text is nothing.
  const shown = new WeakMap();
  table.addEventListener("focusin", ({ target }) => {
    const cell = grid.of(target);
    if (!cell || target !== cell.input) return;
    shown.set(target, target.value);
    focusCell(cell);
    target.select();
  });
  table.addEventListener("beforeinput", ({ target }) => {
    if (grid.of(target)) shown.set(target, target.value);
  });
  table.addEventListener("compositionend", ({ target }) => {
    if (shown.has(target)) target.value = shown.get(target);
  });
  table.addEventListener("input", (event) => {
    const cell = grid.of(event.target);
    if (!cell || event.target !== cell.input || event.isComposing) return;
    const letter = readLetter(event.target.value.slice(-1), words);
    event.target.value = shown.get(event.target) ?? "";
    if (letter !== null) grid.write([[cell, letter]]);
  });

  // --- Paste: the whole block or nothing --------------------------------------------------

  const place = (cell) =>
    `${grid.columns[cell.x].label} · ${cell.td.closest("tr").querySelector("[id^=p]").textContent}`;

  function paste(text) {
    const block = parseCells(text);
    const [rows, columns] = [block.length, Math.max(...block.map((line) => line.length))];
    const [left, right] = [grid.rows.length - here.y, grid.columns.length - here.x];
    if (rows > left || columns > right) return say("tooLarge", { rows, columns, left, right });
    const [values, unknown, shut] = [[], [], []];
    block.forEach((line, dy) => line.forEach((word, dx) => {
      const cell = grid.at(here.y + dy, here.x + dx);
      const letter = readLetter(word, words);
      if (letter === null) unknown.push(`“${word.trim().slice(0, 20)}” (${place(cell)})`);
      else if (cell.input) values.push([cell, letter]);
      else if (letter && letter !== cell.td.textContent.trim()) shut.push(place(cell));
    }));
    if (unknown.length) return say("unknown", { cells: joinFirst(unknown) });
    if (shut.length) return say("shut", { cells: joinFirst(shut) });
    return { pasted: grid.write(values) };
  }

  form.addEventListener("paste", (event) => {
    if (!here || document.activeElement !== here.input) return;
    event.preventDefault();
    const outcome = paste(event.clipboardData.getData("text/plain"));
    showMessage(typeof outcome === "string" ? outcome : "");
    if (outcome.pasted !== undefined) drawBar(say("pasted", { n: outcome.pasted }));
  });

  // --- Whole days -------------------------------------------------------------------------

  let lastBox = null;
  table.addEventListener("click", (event) => {
    const column = grid.columns.find((each) => each.box === event.target);
    if (!column) return;
    const isFull = event.target.checked;
    const [from, to] = [lastBox && event.shiftKey ? lastBox.x : column.x, column.x].sort((a, b) => a - b);
    lastBox = column;
    const chosen = grid.columns.slice(from, to + 1);
    grid.fill(chosen.filter((each) => each.box), isFull);
    const locked = chosen.filter((each) => each.head.classList.contains("is-locked"));
    if (locked.length) {
      drawBar(say("lockedLeft", { n: locked.length, days: joinFirst(locked.map((each) => each.label)) }));
    }
  });

  // --- The bar ----------------------------------------------------------------------------

  function drawBar(before = "") {
    const days = grid.sent.map((column) => column.label);
    $("month-unsent").textContent = days.length
      ? `${before} ${say("toSend", { n: days.length, days: joinFirst(days) })} · ${say("cells", { n: grid.changed })}`.trim()
      : say("nothing");
    $("month-undo").disabled = !grid.done.length;
    $("month-redo").disabled = !grid.undone.length;
  }

  function step(back) {
    if (back) grid.undo();
    else grid.redo();
    showMessage("");
  }

  grid.addEventListener("change", () => drawBar());
  $("month-undo").addEventListener("click", () => step(true));
  $("month-redo").addEventListener("click", () => step(false));
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const isRedo = event.code === "KeyY" || (event.code === "KeyZ" && event.shiftKey);
    if (event.code !== "KeyZ" && !isRedo) return;
    event.preventDefault();
    step(!isRedo);
  });
  $("month-palette").addEventListener("click", ({ target }) => {
    const button = target.closest("[data-letter]");
    if (!button || !here) return;
    const cell = here;
    grid.write([[cell, button.dataset.letter]]);
    focusCell(grid.next(cell, 1, 0) || cell);
  });

  const touched = matchMedia("(pointer: coarse)").matches;
  for (const column of grid.columns) {
    for (const { input } of column.cells) {
      input.tabIndex = -1;
      // A finger has the marks in the bar: no keyboard over half the table.
      if (touched) input.inputMode = "none";
    }
  }
  here = grid.columns.map((column) => column.cells[0]).find(Boolean);
  here.input.tabIndex = 0;
  $("month-palette").hidden = false;
  $("month-help").hidden = false;
  drawBar();
  box.scrollLeft = findStart(grid);
}

// The first day that waits stands in sight; without one, today's.
function findStart(grid) {
  const column = grid.columns.find((each) => each.isNew) || grid.columns.findLast((each) => each.cells.length);
  return column ? column.head.offsetLeft - table.tHead.rows[0].cells[0].offsetWidth : 0;
}
