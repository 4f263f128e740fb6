// The table as rows and columns of cells, and every change of it, to be undone and done again.
//
// What a cell holds is its field's value: P, K, M, x or nothing. What is stored is `data-was`, or
// the value the page came with. A column is sent when it says something: when it was not taken
// and a cell is filled, or was taken and a cell differs. So "not taken" never becomes "all present"
// by itself.

export const LETTERS = ["P", "K", "M"];
const LOOKS = ["P", "K", "M", "x"];

export class Grid extends EventTarget {
  constructor(table) {
    super();
    const heads = [...table.tHead.rows[0].cells].slice(1, -3);
    const boxes = table.tHead.rows[1] ? [...table.tHead.rows[1].cells].slice(1) : [];
    const [present, roll] = [...table.tFoot.rows].map((row) => [...row.cells].slice(1));
    this.rows = [...table.tBodies[0].rows].map((row, y) => {
      const parts = [...row.cells].slice(1);
      const line = parts.slice(0, heads.length).map((td, x) => ({
        td, x, y, input: td.querySelector("input:not([type])"),
      }));
      line.sums = parts.slice(heads.length);
      return line;
    });
    this.columns = heads.map((head, x) => {
      const base = head.querySelector("[name^=base-]");
      return {
        x, head, isNew: base !== null && base.value === "0",
        code: head.id.slice(1),
        label: head.querySelector(".visually-hidden").textContent.split(":")[0],
        box: boxes[x] ? boxes[x].querySelector("[type=checkbox]") : null,
        present: present[x], roll: roll[x], counts: [present[x].textContent, roll[x].textContent],
        cells: this.rows.map((row) => row[x]).filter((cell) => cell.input),
        isSent: false,
      };
    });
    this.done = [];
    this.undone = [];
    for (const column of this.columns) this.updateColumn(column);
  }

  // The cell, or undefined outside the table.
  at(y, x) {
    return this.rows[y]?.[x];
  }

  of(input) {
    const td = input.closest("td");
    return this.rows.flat().find((cell) => cell.td === td);
  }

  // The next cell one can write in, in a direction.
  next(cell, dy, dx) {
    let found = cell;
    do found = this.at(found.y + dy, found.x + dx);
    while (found && !found.input);
    return found;
  }

  // Down, and on from the last pupil to the first of the next day.
  nextInOrder(cell, step) {
    const all = this.columns.flatMap((column) => column.cells);
    return all[all.indexOf(cell) + step];
  }

  // Write values [[cell, value]] as one change.
  write(values) {
    const change = values
      .map(([cell, value]) => ({ cell, before: cell.input.value, after: this.normalise(cell, value) }))
      .filter(({ before, after }) => before !== after);
    if (change.length) {
      this.done.push(change);
      this.undone = [];
    }
    // Also when nothing changed: a box that was ticked in vain falls back.
    this.show(values.map(([cell]) => cell), change.map(({ cell, after }) => [cell, after]));
    return change.length;
  }

  undo() {
    const change = this.done.pop();
    if (!change) return;
    this.undone.push(change);
    const values = change.map(({ cell, before }) => [cell, before]);
    this.show(change.map(({ cell }) => cell), values);
  }

  redo() {
    const change = this.undone.pop();
    if (!change) return;
    this.done.push(change);
    const values = change.map(({ cell, after }) => [cell, after]);
    this.show(change.map(({ cell }) => cell), values);
  }

  // Everybody present where nothing is written, or nothing at all.
  fill(columns, isFull) {
    const value = (cell) => (isFull ? cell.input.value || "x" : "");
    return this.write(
      columns.flatMap((column) => column.cells.map((cell) => [cell, value(cell)])),
    );
  }

  get sent() {
    return this.columns.filter((column) => column.isSent);
  }

  get changed() {
    return this.rows.flat().filter((cell) => cell.input && isChanged(cell)).length;
  }

  // In a register that was sent, who is not marked is present.
  normalise(cell, value) {
    return value === "" && !this.columns[cell.x].isNew ? "x" : value;
  }

  show(cells, values) {
    for (const [cell, value] of values) cell.input.value = value;
    for (const x of new Set(cells.map((cell) => cell.x))) this.updateColumn(this.columns[x]);
    for (const y of new Set(cells.map((cell) => cell.y))) this.updateSums(this.rows[y]);
    this.dispatchEvent(new Event("change"));
  }

  // Does the column say something? Its box, its cells and its counts follow.
  updateColumn(column) {
    const values = column.cells.map((cell) => cell.input.value);
    column.isSent = column.isNew ? values.some(Boolean) : column.cells.some(isChanged);
    if (column.box) column.box.checked = column.isSent;
    column.head.classList.toggle("is-sent", column.isSent);
    for (const cell of column.cells) styleCell(cell, column.isSent);
    const away = values.filter((value) => value === "P" || value === "K").length;
    const counts = column.isSent ? [values.length - away, values.length] : column.counts;
    [column.present.textContent, column.roll.textContent] = counts;
  }

  updateSums(row) {
    const values = row.map((cell) => (cell.input ? cell.input.value : cell.td.textContent.trim()));
    LETTERS.forEach((letter, at) => {
      row.sums[at].textContent = values.filter((value) => value === letter).length || "";
    });
  }
}

const stored = ({ input }) => input.dataset.was ?? input.defaultValue;
const isChanged = (cell) => cell.input.value !== stored(cell);

function styleCell(cell, isSent) {
  const { td, input } = cell;
  for (const letter of LOOKS) td.classList.toggle(`m-${letter}`, input.value === letter);
  td.classList.toggle("is-changed", isChanged(cell));
  if (LOOKS.includes(input.value)) td.classList.remove("wrong");
  input.placeholder = isSent ? "·" : "";
}
