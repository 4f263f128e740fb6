// The server says what becomes of a storage: it gives the key, or has everything wiped.
import { call } from "./outbox.js";

const CLOSED = ["account_closed", "device_closed"];
const TOLD = "vault-closed";

// "given": the key is here for some days more. "closed": wiped, and `takeWipedCount` tells how many
// registers went along. "no_role": the class lists went. "": nothing was heard, nothing changes;
// a session that merely ended is that too.
export async function checkIn(storage) {
  const { status, body } = await call(`/api/v1/vault/?device=${storage.device}`, {
    headers: { "x-vault-ticket": storage.ticket },
  });
  const code = body?.code;
  if (status === 200 && body && body.secrets && body.username === storage.person) {
    await storage.acceptKeys(body);
    return "given";
  }
  if (status === 410 && CLOSED.includes(code)) {
    const unsent = await storage.countOpen();
    await storage.wipe();
    sessionStorage.clear(); // what was typed in this tab belongs to that account too
    sessionStorage.setItem(TOLD, unsent);
    return "closed";
  }
  if (status === 403 && code === "no_role") {
    await storage.forgetClasses();
    return "no_role";
  }
  return "";
}

// How many unsent registers were wiped by a page before this one; null: nothing was wiped.
export function takeWipedCount() {
  const told = sessionStorage.getItem(TOLD);
  sessionStorage.removeItem(TOLD);
  return told === null ? null : Number(told);
}
