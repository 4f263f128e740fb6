// The households of a village, kept by this device as the page has them, so that they are entered
// and corrected where there is no signal (offline/survey.js).
import { keepRound, keepScripts, say } from "./offline/sync_status.js";
import { villageId } from "./offline/survey.js";

const told = document.getElementById("village-kept");
const link = document.getElementById("village-write");

async function keep() {
  const kept = JSON.parse(document.getElementById("village-list").textContent);
  const id = villageId(kept.area, kept.key);
  const isKept = (await keepRound({ ...kept, id, kind: "survey", title: kept.village, children: [] }))
    && (await keepScripts());
  told.textContent = isKept ? say("villageKept", { n: kept.homes.length }) : say("villageNotKept");
  told.hidden = false;
  link.href = `/attendance/pocket/#village/${encodeURIComponent(id)}`;
  link.hidden = !isKept;
}

keep().catch(() => {
  told.textContent = say("villageNotKept");
  told.hidden = false;
});
