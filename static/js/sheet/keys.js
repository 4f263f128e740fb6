// Keys of the sheet. A number and a letter mark a pupil: 17 K. On a pupil the letter alone does,
// and the same letter or X takes the mark back. Arrows move, Enter sends. Space means nothing: who
// types a row of them, 3 k 17 p, parts them with it.
//
// The position of a key counts, not its letter: Vietnamese input methods change letters. A key
// with which one of them composes is left alone.
import { say } from "../pocket/strip.js";
import { spoken, tell, undo } from "./changes.js";
import { checkedIn, markIn, nameOf, numberOf, rowOf, rowsOf, setMark } from "./rows.js";

const COMPOSING = 229; // keyCode of a key that an input method has taken
const LETTERS = { KeyP: "P", KeyK: "K", KeyM: "M", KeyX: "" };
const $ = (id) => document.getElementById(id);

let typed = "";

const numbered = (form, number) => rowsOf(form).find((row) => numberOf(row) === Number(number));

function digitOf({ code, key, shiftKey }) {
  const [, where, digit] = code.match(/^(Digit|Numpad)(\d)$/) || [];
  // With Num Lock off the right block moves instead.
  return !digit || shiftKey || (where === "Numpad" && key !== digit) ? null : digit;
}

function type(form, digits) {
  typed = digits;
  const row = typed && numbered(form, typed);
  if (row) tell(say("typed", { number: numberOf(row), name: nameOf(row) }));
  else tell(Number(typed) ? say("noSuchNumber", { number: Number(typed) }) : typed);
}

function addDigit(form, digit) {
  const isWrong = Number(typed) && !numbered(form, typed);
  type(form, isWrong ? digit : typed + digit);
}

// The pupil whose number was typed; the number is used up.
function takeTyped(form) {
  const row = numbered(form, typed);
  typed = "";
  return row;
}

// The whole row, not only its mark, must be in sight.
function go(row) {
  checkedIn(row).focus();
  row.scrollIntoView({ block: "nearest" });
}

function move(form, row, step) {
  const rows = rowsOf(form);
  const next = rows[rows.indexOf(row) + step];
  if (next) go(next);
}

// Whether the key meant something here.
function onKey(event, form, row) {
  const { code, key } = event;
  const digit = digitOf(event);
  const letter = LETTERS[code];
  if (digit) {
    addDigit(form, digit);
  } else if (code === "Space") {
    return Boolean(row || typed); // on the page itself it scrolls
  } else if (typed && key === "Escape") {
    type(form, "");
  } else if (typed && code === "Backspace") {
    type(form, typed.slice(0, -1));
  } else if (typed && (letter !== undefined || key === "Enter")) {
    const found = takeTyped(form);
    if (!found) return true;
    // After a number a letter sets and never takes back: who types 17 K twice means K.
    if (letter === undefined || letter === markIn(found)) tell(spoken(found));
    else setMark(found, letter);
    go(found);
  } else if (!row) {
    return false;
  } else if (letter !== undefined) {
    setMark(row, letter === markIn(row) ? "" : letter);
    go(row);
  } else if (key === "ArrowDown" || key === "ArrowUp") {
    move(form, row, key === "ArrowDown" ? 1 : -1);
  } else if (key === "Enter") {
    form.requestSubmit();
  } else {
    return false;
  }
  return true;
}

function heard(event) {
  const { target } = event;
  const form = $("register");
  if (!form || form.closest("[hidden]")) return;
  if (event.isComposing || event.keyCode === COMPOSING) return;
  const isMark = target.matches(".mark") && target.form === form;
  if (!isMark && target !== document.body && target !== $("content")) return;
  const isCommand = event.ctrlKey || event.metaKey;
  if (event.altKey || (isCommand && (event.code !== "KeyZ" || event.shiftKey))) return;
  const meant = isCommand ? undo() : onKey(event, form, isMark ? rowOf(target) : null);
  if (meant) event.preventDefault();
}

// Hear the keys of the page, whichever form stands on it.
export function hearKeys() {
  document.addEventListener("keydown", heard);
  // A finger or the mouse takes over.
  document.addEventListener("change", () => {
    typed = "";
  });
}
