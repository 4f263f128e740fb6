// The SHA-256 of a chosen file, worked out here: the file itself is not sent anywhere.
const MOST_BYTES = 50 * 1024 * 1024;

for (const form of document.querySelectorAll("[data-file-hash]")) {
  const chooser = form.querySelector("input[type=file]");
  const typed = form.querySelector("input[name=sha256]");
  // Only over HTTPS does a browser hand out its hashes.
  if (!window.crypto?.subtle) continue;
  chooser.closest(".field").hidden = false;
  chooser.addEventListener("change", async () => {
    const file = chooser.files[0];
    if (!file) return;
    if (file.size > MOST_BYTES) {
      chooser.setCustomValidity(form.dataset.tooLarge);
      chooser.reportValidity();
      return;
    }
    chooser.setCustomValidity("");
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    typed.value = [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    form.requestSubmit();
  });
}
