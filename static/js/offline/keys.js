// What seals a storage: keys that no script can take out of the browser (docs/adr/0039).
const CIPHER = "AES-GCM";
const USES = ["encrypt", "decrypt"];

// Only over HTTPS (or on this computer itself) has a browser what it takes.
export const canSeal = Boolean(globalThis.crypto && crypto.subtle);

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const utf8 = (text) => new TextEncoder().encode(text);

export const newDevice = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0")).join("");

// The key of a secret of the server's: the same again from the same secret.
export async function keyFrom(secret) {
  const base = await crypto.subtle.importKey("raw", bytesOf(secret), "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8("vault") };
  return crypto.subtle.deriveKey(how, base, { name: CIPHER, length: 256 }, false, USES);
}

// Until the server has been heard: a key of this device's own.
export const ownKey = () => crypto.subtle.generateKey({ name: CIPHER, length: 256 }, false, USES);

// `place` binds what is sealed to where it lies.
export async function sealBytes(key, place, bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: CIPHER, iv, additionalData: utf8(place) };
  return { iv, box: await crypto.subtle.encrypt(how, key, bytes) };
}

// Throws when the key is another.
export const unsealBytes = (key, place, { iv, box }) =>
  crypto.subtle.decrypt({ name: CIPHER, iv, additionalData: utf8(place) }, key, box);

export const seal = (key, place, value) => sealBytes(key, place, utf8(JSON.stringify(value)));

export const unseal = async (key, place, sealed) =>
  JSON.parse(new TextDecoder().decode(await unsealBytes(key, place, sealed)));
