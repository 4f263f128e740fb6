// Each change of a mark is said, and can be taken back: the bar names the last one.
import { say } from "../offline/sync_status.js";
import { checkedIn, complete, markIn, nameOf, numberOf, rowOf, rowsOf, setMark } from "./rows.js";

const MOST = 20;
const $ = (id) => document.getElementById(id);

let form = null;
let shown = new Map(); // row -> mark, as it was before the next change
let stack = []; // { row, mark }, the last one on top
let takingBack = false;

// Follow the marks of a form, as it stands now.
export function watch(next) {
  form = next;
  // Marked by a draft that was filled in, or by the browser itself.
  for (const row of rowsOf(form)) if (markIn(row)) complete(row);
  shown = new Map(rowsOf(form).map((row) => [row, markIn(row)]));
  stack = [];
  announce("");
}

// One sentence in the bar, read out by a screen reader.
export function announce(sentence) {
  $("sheet-said").textContent = sentence;
  $("sheet-undo").hidden = !stack.length;
}

export const describe = (row) =>
  `${numberOf(row)}, ${nameOf(row)}, ${say(`spoken${markIn(row)}`)}`;

// Take the last change back; false when there is none.
export function undo() {
  const last = stack.pop();
  if (!last) return false;
  takingBack = true;
  setMark(last.row, last.mark);
  takingBack = false;
  announce(say("undone", { what: describe(last.row) }));
  // The button goes with the last change; the focus on it must not.
  if (stack.length) last.row.scrollIntoView({ block: "nearest" });
  else checkedIn(last.row).focus();
  return true;
}

document.addEventListener("change", ({ target }) => {
  if (!form || target.form !== form || !target.matches(".mark")) return;
  const row = rowOf(target);
  complete(row);
  const before = shown.get(row);
  shown.set(row, markIn(row));
  if (takingBack || before === markIn(row)) return;
  stack = [...stack.slice(1 - MOST), { row, mark: before }];
  announce(describe(row));
  // The bar may have grown over the row.
  row.scrollIntoView({ block: "nearest" });
});

document.addEventListener("click", ({ target }) => {
  if (target.id === "sheet-undo") undo();
});
