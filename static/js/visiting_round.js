// The list for a round of visits: kept by this device as the page shows it, so that it opens where
// there is no signal (offline/rounds.js).
import { keepRound, keepScripts, say } from "./offline/sync_status.js";
import { roundId } from "./offline/rounds.js";

const told = document.getElementById("round-kept");
const paper = document.getElementById("round");
const textOf = (row, part) =>
  row.querySelector(`[data-part=${part}]`).textContent.replaceAll(/\s+/g, " ").trim().replace(/^—$/, "");

async function keep() {
  const { list, village, title } = paper.dataset;
  const children = [...paper.querySelectorAll("[data-case]")].map((row) => ({
    caseId: Number(row.dataset.case),
    ...Object.fromEntries(
      ["name", "born", "village", "home", "last"].map((part) => [part, textOf(row, part)]),
    ),
  }));
  const id = roundId(list, village);
  const isKept = (await keepRound({ id, title, children, who: paper.dataset.who })) && (await keepScripts());
  if (!children.length) return;
  told.textContent = isKept ? say("roundKept", { n: children.length }) : say("roundNotKept");
  told.hidden = false;
  const link = document.getElementById("round-write");
  link.href = `/attendance/pocket/#round/${id}`;
  link.hidden = !isKept;
}

keep().catch(() => {
  told.textContent = say("roundNotKept");
  told.hidden = false;
});
