// The rows of a sheet, and what the form says. No network, no store: the same on every page.

export const checkedIn = (row) => row.querySelector(".mark:checked");
export const rowsOf = (form) => [...form.querySelectorAll(".roll__one")].filter(checkedIn);
export const rowOf = (element) => element.closest(".roll__one");
export const markIn = (row) => checkedIn(row).value;
export const nameOf = (row) => row.querySelector(".roll__name").textContent;
// A name, and of a namesake the day of birth that stands beside it.
const fullNameOf = (name) => {
  const born = name.parentElement.querySelector("small");
  return born ? `${name.textContent}, ${born.textContent.trim()}` : name.textContent;
};
export const numberOf = (row) => Number(row.querySelector(".roll__no").textContent);

// A row is given the words of the marks and the reason with its first mark: the page carries them once.
export function complete(row) {
  const rest = document.getElementById("row-rest");
  if (!rest || row.querySelector(".roll__reason")) return;
  const holder = document.createElement("template");
  holder.innerHTML = rest.innerHTML.replaceAll("__pupil__", checkedIn(row).name.slice(5));
  const [words, reason] = holder.content.children;
  row.querySelector(".roll__line > [id]").replaceChildren(...words.children);
  if (row.querySelector(".roll__leave")) reason.querySelector("a")?.remove();
  row.append(reason);
}

// Set a mark as a finger would; "" is present.
export function setMark(row, letter) {
  const input = row.querySelector(`.mark[value="${letter}"]`);
  input.checked = true;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

export const whereOf = ({ dataset }) => ({
  classId: Number(dataset.class),
  date: dataset.date,
  session: dataset.session,
});

// The form as an operation for the outbox: what `attendance.registers.forms.read_submission` reads of it.
export function read(form, newId) {
  const data = new FormData(form);
  const operation = {
    ...whereOf(form),
    id: data.get("operation_id") || newId(),
    base: Number(data.get("base_revision") || 0),
    baseOp: form.dataset.baseOp || undefined,
    reason: data.get("correction_reason") || "",
    label: form.dataset.label,
    names: {},
  };
  if (data.get("state") === "not_held") {
    return { ...operation, notHeld: data.get("not_held_reason"), marks: [] };
  }
  operation.marks = [];
  for (const [name, kind] of data) {
    const pupil = name.startsWith("mark-") && kind ? name.slice(5) : null;
    if (!pupil) continue;
    const reason = kind === "M" ? "" : data.get(`reason-${pupil}`);
    operation.marks.push({ pupil: Number(pupil), kind, ...(reason ? { reason } : {}) });
  }
  for (const name of form.querySelectorAll(".roll__name[id]")) {
    operation.names[name.id.slice(1)] = fullNameOf(name);
  }
  return operation;
}

// Show marks on the form.
export function fill(form, marks) {
  for (const input of form.querySelectorAll(".mark--here")) input.checked = true;
  for (const { pupil, kind, reason } of marks) {
    const input = form.querySelector(`.mark[name="mark-${pupil}"][value="${kind}"]`);
    if (!input) continue;
    input.checked = true;
    complete(rowOf(input));
    const select = form.querySelector(`[name="reason-${pupil}"]`);
    if (select) select.value = reason || "";
  }
}

// Who of the kept roll is on it on a day; `schools.pupils.selectors.rolls` on the server.
export const rollOn = (roll, date) =>
  roll.filter(({ first, end }) => (!first || first <= date) && (!end || date < end));

const asText = ({ pupil, kind, reason }) => `${pupil} ${kind} ${reason || ""}`;

// Whether two lists of marks say the same.
export const sameMarks = (some, others) =>
  some.map(asText).sort().join() === others.map(asText).sort().join();
