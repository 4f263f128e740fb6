// The page of an inspection: kept by this device with all that is written down on the spot, so that it
// opens where there is no signal (offline/inspection.js).
import { draftsOf, fetchVisit } from "./offline/findings.js";
import { keepScripts, readyToKeep, say } from "./offline/sync_status.js";

const told = document.getElementById("visit-kept");

async function keep() {
  const outbox = await readyToKeep();
  if (!outbox) return;
  const { visit: id, state } = told.dataset;
  // A recorded visit is kept for those only who have something typed for it.
  if (state === "done" && !(await draftsOf(outbox, id)).length) return;
  if (!(await fetchVisit(outbox, id))) return;
  const isReady = await keepScripts();
  told.querySelector("[data-words]").textContent = isReady ? say("visitKept") : told.dataset.unready;
  told.hidden = false;
}

keep().catch(() => {});
