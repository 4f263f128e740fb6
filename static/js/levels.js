// Only the levels that the chosen place has. Without this script the server refuses the others.
const place = document.querySelector("select[data-taught]");
const taught = JSON.parse(place.dataset.taught);

function narrow() {
  for (const box of place.form.querySelectorAll("[name=levels]")) {
    const isTaught = taught[place.value].includes(box.value);
    box.closest("label").parentElement.hidden = !isTaught;
    if (!isTaught) box.checked = false;
  }
}

place.addEventListener("change", narrow);
addEventListener("pageshow", narrow);
narrow();
