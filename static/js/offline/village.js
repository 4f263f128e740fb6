// Views of a village of the survey without a network: its households, one of them, one person. They are
// shown in the frame by page.js, which finds the village; what is kept and sent is survey.js.
import { isOpen, needsLook } from "./outbox.js";
import { homesOf, openForm, peopleOf } from "./survey.js";
import { flush, say } from "./sync_status.js";

const $ = (id) => document.getElementById(id);
const findHome = (village, operations, number) =>
  homesOf(village, operations).find((each) => each.number === number) || { number, head: "", people: [] };
let newHead = { number: "", head: "" }; // of a household in which nobody is saved yet

const lookOf = (operation, otherwise, wordsOf) => operation
  ? { state: { sent: "taken", waiting: "waiting" }[operation.state] || "not_taken", words: wordsOf(operation) }
  : { state: "not_held", words: otherwise };

export async function showVillage({ outbox, village, makeRow, wordsOf, keptAt, hashOf }) {
  const operations = await outbox.list();
  $("village-title").textContent = say("villageOf", { village: village.title });
  $("village-at").textContent = keptAt(village.at);
  $("village-homes").replaceChildren(...homesOf(village, operations).map((home) => {
    const people = peopleOf(home, village, operations);
    const written = people.map((each) => each.operation).filter(Boolean);
    const look = written.find(needsLook) || written.find(isOpen) || written[0];
    const left = people.filter((each) => !each.asked).length;
    const words = left ? say("notAsked", { n: left }) : say("people", { n: people.length });
    return makeRow({
      title: [home.number, home.head].filter(Boolean).join(" · "), detail: look?.message || "",
      ...lookOf(look, words, wordsOf), href: hashOf("home", village.id, home.number),
    });
  }));
  const form = $("home-form");
  form.onsubmit = (event) => {
    event.preventDefault();
    const number = form.elements.number.value.trim();
    if (!number) return;
    newHead = { number, head: form.elements.head.value.trim() };
    form.reset();
    location.hash = hashOf("home", village.id, number);
  };
}

export async function showHome({ outbox, village, makeRow, wordsOf, hashOf }, number) {
  const operations = await outbox.list();
  const home = findHome(village, operations, number);
  const head = home.head || (newHead.number === number ? newHead.head : "");
  $("home-back").href = hashOf("village", village.id);
  $("home-title").textContent = say("ofHousehold", { number });
  $("home-of").textContent = [village.title, head].filter(Boolean).join(" · ");
  $("home-people").replaceChildren(...peopleOf(home, village, operations).map((each) => makeRow({
    title: each.told.full_name,
    detail: each.operation?.message || [each.told.day, each.told.month, each.told.year].filter(Boolean).join("/"),
    ...lookOf(each.operation, each.asked ? "" : say("notAskedYet"), wordsOf),
    href: hashOf("someone", village.id, number, each.slot || String(each.person)),
  })));
  $("home-add").href = hashOf("someone", village.id, number, "new");
}

export async function showSomeone({ outbox, village, hashOf }, number, which) {
  const operations = await outbox.list();
  const home = findHome(village, operations, number);
  if (!home.head && newHead.number === number) home.head = newHead.head;
  const someone = peopleOf(home, village, operations)
    .find((each) => (each.slot || String(each.person)) === which) || null;
  $("someone-back").href = hashOf("home", village.id, number);
  $("someone-title").textContent = someone?.told.full_name || say("somebodyNew");
  $("someone-of").textContent = [village.title, say("ofHousehold", { number }), home.head].filter(Boolean).join(" · ");
  const refusal = (words) => {
    $("someone-refusal").textContent = words;
    $("someone-refusal").hidden = !words;
  };
  await openForm({
    outbox, village, home, someone,
    refuse: (...why) => refusal(say(...why)),
    saved: async () => {
      location.hash = hashOf("home", village.id, number);
      await flush();
    },
  });
  refusal(someone?.operation?.message || "");
}
