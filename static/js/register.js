// Keys on the sheet: arrows move between pupils, P K M mark, the same key or Space clears.
// A key pressed while a Vietnamese input method composes a letter is left alone.
(() => {
  const form = document.getElementById("register");
  if (!form) return;
  const rows = [...form.querySelectorAll(".roll__one")].filter((row) => row.querySelector(".mark"));

  const rowOf = (element) => rows.indexOf(element.closest(".roll__one"));
  const checkedIn = (row) => row.querySelector(".mark:checked");

  function mark(row, letter) {
    const current = checkedIn(row);
    const value = current && current.value === letter ? "" : letter;
    const input = row.querySelector(`.mark[value="${value}"]`);
    input.checked = true;
    input.focus();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  form.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!event.target.matches(".mark")) return;
    const index = rowOf(event.target);
    // The position of the key, not the letter: input methods change letters.
    const letter = { KeyP: "P", KeyK: "K", KeyM: "M", Space: "" }[event.code];
    if (letter !== undefined) {
      mark(rows[index], letter);
      event.preventDefault();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = rows[index + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) checkedIn(next).focus();
      event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  // One press sends once; the operation id would make a second one harmless anyway.
  form.addEventListener("submit", () => {
    const button = form.querySelector(".actionbar button");
    if (button) button.setAttribute("aria-disabled", "true");
  });

  const first = rows.length && !document.querySelector("[autofocus]") ? checkedIn(rows[0]) : null;
  if (first && window.matchMedia("(hover: hover)").matches) first.focus({ preventScroll: true });
})();
