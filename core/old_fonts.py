"""Vietnamese text that is not Unicode: old fonts (TCVN3, VNI), Windows-1258, UTF-8 misread.

An old font shows Vietnamese with the codes of other letters, so that "Lß ThÞ Mai" is Lò Thị
Mai in TCVN3. Single letters prove nothing: ß, ø and ñ are letters of other peoples' names. So
a text is held for one in an old font only where every word of it becomes a Vietnamese
syllable when it is read in that font, and some word is none as it stands. Sources: TCVN
5712:1993 (the table of TCVN3), the VNI for Windows table, Microsoft's code page 1258.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# The longest text that is looked at; names and addresses are shorter.
LONGEST = 300

_TCVN3 = dict(
    zip(
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\u00adõøö÷ùúýûüþ¡¢§£¤¥¦",
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ",
        strict=True,
    )
)
_TONES = {"ø": "\u0300", "ù": "\u0301", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_WITH_CIRCUMFLEX = {
    "â": "\u0302",
    "à": "\u0302\u0300",
    "á": "\u0302\u0301",
    "å": "\u0302\u0309",
    "ã": "\u0302\u0303",
    "ä": "\u0302\u0323",
}
_WITH_BREVE = {
    "ê": "\u0306",
    "è": "\u0306\u0300",
    "é": "\u0306\u0301",
    "ú": "\u0306\u0309",
    "ü": "\u0306\u0303",
    "ë": "\u0306\u0323",
}
_VNI_MARKS = {
    "a": _TONES | _WITH_CIRCUMFLEX | _WITH_BREVE,
    **dict.fromkeys("eo", _TONES | _WITH_CIRCUMFLEX),
    **dict.fromkeys("uyöô", _TONES),
}
_VNI_LETTERS = {
    "ö": "ư",
    "ô": "ơ",
    "ñ": "đ",
    "æ": "ỉ",
    "ó": "ĩ",
    "ò": "ị",
    "î": "ỵ",
    "ì": "ì",
    "í": "í",
}

_INITIAL = r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?"
_RHYME = (
    r"(?:[aăâeêoôơuưiy]"
    r"|a(?:[ciumnopty]|ch|ng|nh)|ă(?:[cmnpt]|ng)|â(?:[cmnptuy]|ng)"
    r"|e(?:[cmnopt]|ng|nh)|ê(?:[cmnptu]|ch|ng|nh)|i(?:[acmnptu]|ch|nh|ng|ê(?:[cmnptu]|ng))"
    r"|o(?:[acimnpt]|ng|oc|ong|a(?:[cimnopty]|ch|ng|nh)|ă(?:[cmnpt]|ng)|e(?:[mnot]|ng)?)"
    r"|ô(?:[cimnpt]|ng)|ơ(?:[imnpt]|ng|c)|u(?:[acimnptyêơ]|ng|ô(?:[cimnt]|ng)|â(?:[nty]|ng)"
    r"|ê(?:[ncuh]|ch|nh)?|y(?:[aunpt]|ch|nh|ê(?:[nt]|ng))?|ơ)|ư(?:[acimntu]|ng|ơ(?:[cimnptu]|ng))"
    r"|y(?:[mnt]|nh|ê(?:[mntu]|ng)))"
)
_SYLLABLE = re.compile(_INITIAL + _RHYME)
_TONE_MARKS = frozenset("\u0300\u0309\u0303\u0301\u0323")
_WORD = re.compile(
    r"[^\W\d_]+(?:[^\W\d_]|[^\x00-\x7f\s])*|[^\x00-\x7f\s]+(?:[^\W\d_]|[^\x00-\x7f\s])*"
)

# Signs of these fonts that stand in no name or address of any people.
_STRAY = re.compile(
    "[\u0080-\u009f\u00a1-\u00a9\u00ab-\u00ac\u00ae-\u00af\u00b1-\u00b6\u00b8-\u00b9"
    "\u00bb-\u00bf\u00d7\u00f7\u0192\u2020\u2021\u2030\ufffd]"
)
# A capital of TCVN3 within a word: NguyÔn.
_STRAY_CAPITAL = re.compile(r"(?<=[^\W\d_])[\u00c0-\u00dd]")
_MISREAD = re.compile(
    "[\u00c2-\u00df\u00e1-\u00ef][^\x00-\x7f]{1,2}|Ä[\u0080-\uffff]|Æ[\u0080-\uffff]"
)


@dataclass(frozen=True)
class OldFont:
    """What a text was written in, and what it says in Unicode, "" where that is not sure."""

    name: str
    reading: str = ""


def old_font_of(text: str) -> OldFont | None:
    """`OldFont` of a text as it was read from the file, or None when it is plain Unicode."""
    text = str(text)[:LONGEST]
    if text.isascii():
        return None
    text = unicodedata.normalize("NFC", text)
    if reading := _as_utf8(text):
        return OldFont("UTF-8", reading)
    is_strange = _STRAY.search(text) is not None or _has_stray_capital(text)
    if not is_strange and any(letter in _ONLY_UNICODE for letter in text.lower()):
        return None
    for name, read in _READERS:
        reading = read(text)
        if reading and _proves(text, reading):
            return OldFont(name, reading)
    return OldFont("") if is_strange else None


def _proves(text: str, reading: str) -> bool:
    """Whether all words become syllables in this reading, and one was none before."""
    read_words = _WORD.findall(reading)
    if not read_words or not all(map(_is_syllable, read_words)):
        return False
    words = _WORD.findall(text)
    return any(not word.isascii() and not _is_syllable(word) for word in words)


@lru_cache(maxsize=4096)
def _is_syllable(word: str) -> bool:
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = sum(letter in _TONE_MARKS for letter in decomposed)
    plain = "".join(letter for letter in decomposed if letter not in _TONE_MARKS)
    return tones <= 1 and _SYLLABLE.fullmatch(unicodedata.normalize("NFC", plain)) is not None


def _as_tcvn3(text: str) -> str:
    # Only the lower-case codes exist; a font of its own shows them as capitals.
    return "".join(_TCVN3.get(letter, letter) for letter in text)


def _as_vni(text: str) -> str:
    read, before = [], ""
    for letter in text:
        lower = letter.lower()
        if marks := _VNI_MARKS.get(before, {}).get(lower):
            read.append(marks)
            before = ""
            continue
        found = _VNI_LETTERS.get(lower, lower)
        read.append(found.upper() if letter.isupper() else found)
        before = lower
    return unicodedata.normalize("NFC", "".join(read))


def _as_windows_1258(text: str) -> str:
    try:
        read = text.encode("cp1252").decode("cp1258")
    except UnicodeError:
        return ""
    return unicodedata.normalize("NFC", read)


def _as_utf8(text: str) -> str:
    """What a text says whose UTF-8 was read as Windows-1252 or Latin-1; "" when it was not."""
    if not _MISREAD.search(text):
        return ""
    data = bytearray()
    for letter in text:
        try:
            data += letter.encode("cp1252")
        except UnicodeError:
            if ord(letter) > 255:
                return ""
            data.append(ord(letter))
    try:
        read = data.decode("utf-8")
    except UnicodeError:
        return ""
    return unicodedata.normalize("NFC", read)


def _has_stray_capital(text: str) -> bool:
    found = _STRAY_CAPITAL.search(text)
    return found is not None and text[found.start() - 1].islower()


_READERS = (
    ("VNI Windows", _as_vni),
    ("TCVN3 (ABC)", _as_tcvn3),
    ("Windows-1258", _as_windows_1258),
)
# Letters that no old font shows: whoever writes them writes Unicode.
_ONLY_UNICODE = frozenset(
    letter for letter in "ăằắẳẵặđảạầấẩẫậẻẽẹềếểễệỉĩịỏọồốổỗộơờớởỡợủũụưừứửữựỳỷỹỵ" if ord(letter) > 255
)
