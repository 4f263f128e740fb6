// Text copied from a spreadsheet -> rows of letters. The words come with the page.

const normalise = (text) =>
  text.normalize("NFD").replaceAll(/\p{M}/gu, "").replaceAll(/[đĐ]/g, "d").toLowerCase().split(/\s+/)
    .filter(Boolean).join(" ");

// P, K, M, x, "" for an empty cell, or null for what nobody understands.
export function readLetter(text, words) {
  const word = normalise(text);
  return word === "" ? "" : words[word] ?? null;
}

// Rows of cells as text. Spreadsheets end each row with a line end, the last one too.
export function parseCells(text) {
  const lines = text.replaceAll(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
  return lines.map((line) => line.split("\t"));
}
