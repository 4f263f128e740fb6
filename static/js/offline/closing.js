// On the sign-in page: the storage of a closed account is wiped, also when nobody signs in again.
import { checkIn, takeWipedCount } from "./contact.js";
import { DeviceStorage } from "./storage.js";

const told = document.getElementById("storage-closed");

function showWiped() {
  const unsent = takeWipedCount();
  if (unsent === null) return;
  told.textContent = unsent
    ? told.dataset.unsent.replace("{n}", unsent)
    : told.dataset.closed;
  told.hidden = false;
}

showWiped();
const person = DeviceStorage.lastPerson();
if (person) {
  try {
    const storage = await DeviceStorage.open(person);
    if (storage.ticket && (await checkIn(storage)) === "closed") showWiped();
    storage.database.close();
  } catch {
    // This browser keeps nothing, so there is nothing to wipe.
  }
}
