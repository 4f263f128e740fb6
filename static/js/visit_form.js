// The checklist, counts and households of an inspection: saved into the outbox of this device and sent
// from there, also when the signal goes meanwhile (offline/findings.js). Where the device keeps nothing,
// the form posts itself as ever.
import { attach, entriesOf, fetchVisit, openOf } from "./offline/findings.js";
import { flush, keepScripts, readyToKeep, say } from "./offline/sync_status.js";

const form = document.querySelector("form[data-part]");

// What drafts.js kept before this began is in the outbox's own drafts now.
function forgetDrafts() {
  const path = location.pathname + location.search;
  const [person] = form.elements.form_origin.value.split(":");
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(`draft:${person}:`) && key.includes(` ${path} `)) localStorage.removeItem(key);
  }
}

async function start() {
  const outbox = form && !("posted" in document.body.dataset) && (await readyToKeep());
  if (!outbox) return;
  const { visit, part, of, date, session, back } = form.dataset;
  const kit = await fetchVisit(outbox, visit);
  if (!kit) return;
  keepScripts().catch(() => {}); // so that it opens here again without a signal
  const entries = entriesOf(kit, { part, of, date, session })
    .filter(({ id }) => form.elements[`note_${id}`]);
  form.dataset.outbox = ""; // drafts.js leaves it alone from here on
  const shown = attach(form, { outbox, kit, part, entries });
  await shown.ready;
  forgetDrafts();
  form.addEventListener("decided", () => flush());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector(".actionbar button");
    if (button.disabled) return;
    button.disabled = true;
    try {
      const left = await shown.save();
      const ended = await flush();
      if (left || ended !== "sent" || (await openOf(outbox, visit)).length) return;
      if (back) location.assign(back);
      else location.reload(); // with what the registers say
    } catch {
      document.getElementById("offline-warning").textContent = say("notKept");
      document.getElementById("offline-warning").hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}

start().catch(() => {});
