/** A button beside each password that can be shown: what was typed by thumb can be read. */

const texts = document.querySelector("[data-show-password]");

/** Puts the button behind a field; its words say what it does next. */
function offer(field) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--quiet";
  button.setAttribute("aria-controls", field.id);
  const word = () => {
    const shown = field.type === "text";
    button.textContent = shown ? texts.dataset.hidePassword : texts.dataset.showPassword;
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => {
    field.type = field.type === "text" ? "password" : "text";
    word();
    field.focus();
  });
  word();
  field.after(button);
  // Browsers remember what was sent from a field of text.
  field.form?.addEventListener("submit", () => {
    field.type = "password";
  });
}

if (texts) {
  for (const field of document.querySelectorAll("input[data-can-be-shown]")) {
    offer(field);
  }
}
