// On the sign-in page: the vault of a closed account is wiped, also when nobody signs in again.
import { checkIn, takeWipedCount } from "./contact.js";
import { Vault } from "./vault.js";

const told = document.getElementById("vault-closed");

function showWiped() {
  const unsent = takeWipedCount();
  if (unsent === null) return;
  told.textContent = unsent
    ? told.dataset.unsent.replace("{n}", unsent)
    : told.dataset.closed;
  told.hidden = false;
}

showWiped();
const person = Vault.lastPerson();
if (person) {
  try {
    const vault = await Vault.open(person);
    if (vault.ticket && (await checkIn(vault)) === "closed") showWiped();
    vault.database.close();
  } catch {
    // This browser keeps nothing, so there is nothing to wipe.
  }
}
