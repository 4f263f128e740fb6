// Keys of the sheet. A number and a letter mark a pupil: 17 K. On a pupil the letter alone does,
// and the same letter or X takes the mark back. Arrows move, Enter sends. Space means nothing: who
// types a row of them, 3 k 17 p, parts them with it.
//
// The position of a key counts, not its letter: Vietnamese input methods change letters. A key
// with which one of them composes is left alone.
import { say } from "../offline/sync_status.js";
import { announce, describe, undo } from "./changes.js";
import { checkedIn, markIn, nameOf, numberOf, rowOf, rowsOf, setMark } from "./rows.js";

const COMPOSING = 229; // keyCode of a key that an input method has taken
const LETTERS = { KeyP: "P", KeyK: "K", KeyM: "M", KeyX: "" };
const $ = (id) => document.getElementById(id);

let typed = "";

const findRow = (form, number) => rowsOf(form).find((row) => numberOf(row) === Number(number));

function digitOf({ code, key, shiftKey }) {
  const [, where, digit] = code.match(/^(Digit|Numpad)(\d)$/) || [];
  // With Num Lock off the right block moves instead.
  return !digit || shiftKey || (where === "Numpad" && key !== digit) ? null : digit;
}

function setTyped(form, digits) {
  typed = digits;
  const row = typed && findRow(form, typed);
  if (row) announce(say("typed", { number: numberOf(row), name: nameOf(row) }));
  else announce(Number(typed) ? say("noSuchNumber", { number: Number(typed) }) : typed);
}

function addDigit(form, digit) {
  const isWrong = Number(typed) && !findRow(form, typed);
  setTyped(form, isWrong ? digit : typed + digit);
}

// The pupil whose number was typed; the number is used up.
function takeTyped(form) {
  const row = findRow(form, typed);
  typed = "";
  return row;
}

// The whole row, not only its mark, must be in sight.
function focusRow(row) {
  checkedIn(row).focus();
  row.scrollIntoView({ block: "nearest" });
}

function moveFocus(form, row, step) {
  const rows = rowsOf(form);
  const next = rows[rows.indexOf(row) + step];
  if (next) focusRow(next);
}

// Whether the key meant something here.
function applyKey(event, form, row) {
  const { code, key } = event;
  const digit = digitOf(event);
  const letter = LETTERS[code];
  if (digit) {
    addDigit(form, digit);
  } else if (code === "Space") {
    return Boolean(row || typed); // on the page itself it scrolls
  } else if (typed && key === "Escape") {
    setTyped(form, "");
  } else if (typed && code === "Backspace") {
    setTyped(form, typed.slice(0, -1));
  } else if (typed && (letter !== undefined || key === "Enter")) {
    const found = takeTyped(form);
    if (!found) return true;
    // After a number a letter sets and never takes back: who types 17 K twice means K.
    if (letter === undefined || letter === markIn(found)) announce(describe(found));
    else setMark(found, letter);
    focusRow(found);
  } else if (!row) {
    return false;
  } else if (letter !== undefined) {
    setMark(row, letter === markIn(row) ? "" : letter);
    focusRow(row);
  } else if (key === "ArrowDown" || key === "ArrowUp") {
    moveFocus(form, row, key === "ArrowDown" ? 1 : -1);
  } else if (key === "Enter") {
    form.requestSubmit();
  } else {
    return false;
  }
  return true;
}

function handleKeydown(event) {
  const { target } = event;
  const form = $("register");
  if (!form || form.closest("[hidden]")) return;
  if (event.isComposing || event.keyCode === COMPOSING) return;
  const isMark = target.matches(".mark") && target.form === form;
  if (!isMark && target !== document.body && target !== $("content")) return;
  const isCommand = event.ctrlKey || event.metaKey;
  if (event.altKey || (isCommand && (event.code !== "KeyZ" || event.shiftKey))) return;
  const meant = isCommand ? undo() : applyKey(event, form, isMark ? rowOf(target) : null);
  if (meant) event.preventDefault();
}

// Hear the keys of the page, whichever form stands on it.
export function listenToKeys() {
  document.addEventListener("keydown", handleKeydown);
  // A finger or the mouse takes over.
  document.addEventListener("change", () => {
    typed = "";
  });
}
