"""Hostile values: what nobody types and an attacker sends. All drawn from one seed."""

MEGABYTE = 1024 * 1024
SEED = 20261128


def _megabyte(piece, head=""):
    return head + piece * ((MEGABYTE - len(head)) // len(piece))


# A megabyte of each kind of text that some function of Unicode, a number or a pattern dislikes.
WORST = {
    "alternating marks": _megabyte("\u0301\u0327", "a"),
    "one mark": _megabyte("\u0301", "a"),
    "marks in short rows": _megabyte("a" + "\u0301\u0327" * 15),
    "marks hidden by zero width": _megabyte("\u0301\u200b\u0327\u200b", "a"),
    "half-width voice marks": _megabyte("\uff9e\u0301"),
    "tibetan vowels": _megabyte("\u0f73\u0f71"),
    "hangul jamo": _megabyte("\u1100\u1161\u11a8"),
    "ligatures of 18": _megabyte("\ufdfa"),
    "vietnamese": _megabyte("ế"),
    "cyrillic": _megabyte("Хоа "),
    "digits": _megabyte("9"),
    "spaces": _megabyte(" "),
    "spaces and a letter": _megabyte(" a"),
    "NUL": _megabyte("\x00"),
    "half characters": _megabyte("\ud800"),
    "right to left": _megabyte("\u202e\u0627"),
    "zero width": _megabyte("\u200b"),
    "brackets": _megabyte("(["),
    "signs of a date": _megabyte("1/"),
}

TEXTS = [
    "a" + "\u0301\u0327" * 2_000,
    "a" + "\u0301\u0327" * 14,
    "\u0301",
    "\ufdfa" * 500,
    "ﬀ½" * 120,
    "9" * 5_000,
    "x" * 256,
    "x" * 9_999,
    "x" * 20_000,
    "a\x00b",
    "\x00",
    "\u202eabc\u202c",
    "\u200b" * 40,
    "\ufeff",
    "\ufffe\uffff",
    "\U000e0001",
    "İıŞ",
    "' OR 1=1 --",
    "%",
    "%s%d%(a)s{0}{a.b}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "a\r\nSet-Cookie: b=c",
    "=cmd|' /C calc'!A0",
    "null",
    "[]",
    "{}",
    " ",
    "",
]
NUMBERS = [
    "0",
    "-1",
    "1",
    "32768",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "9" * 30,
    "9" * 5_000,
    "1e400",
    "-1e400",
    "1e-400",
    "1E5",
    "NaN",
    "sNaN",
    "Infinity",
    "-Infinity",
    "0.1",
    "१२",
    "²",
    "1_000",
    "0x10",
    "+5",
    "1,5",
    "٣",
]
DATES = [
    "0001-01-01",
    "0001-12-31",
    "9999-12-31",
    "9999-01-01",
    "10000-01-01",
    "1899-12-31",
    "1900-01-01",
    "2100-12-31",
    "2200-12-31",
    "2026-02-30",
    "2026-13-01",
    "2026-W42-1",
    "20261012",
    "01/01/0001",
    "31/12/9999",
    "0000-00-00",
    "-2026-10-12",
    "२०२६-१०-१२",
]
MONTHS = ["0001-01", "0000-01", "1900-01", "2200-12", "2200-11", "9999-12", "2026-00", "2026-13"]
OTHERS = [
    "00000000-0000-0000-0000-000000000000",
    "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "on",
    "am",
    "area:1",
    "area:" + "9" * 30,
    "school:-1",
    "school:" + "9" * 5_000,
    ":",
    "K:sick",
    "K:" + "x" * 400,
    "P:P:P",
]
VALUES = TEXTS + NUMBERS + DATES + MONTHS + OTHERS

PATH_VALUES = {
    "int": ["0", "2147483648", "9223372036854775807", "9223372036854775808", "9" * 40, "9" * 3_000],
    "day": ["0001-01-01", "9999-12-31", "1900-01-01", "2200-12-31", "2026-02-30", "२०२६-१०-१२"],
    "month": [*MONTHS, "२०२६-१०"],
    "session": ["am", "pm", "xx"],
    "uuid": [OTHERS[0], OTHERS[1], "x" * 36],
}
