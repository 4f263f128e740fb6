"""An official paper, whoever writes it: what Decree 30/2020/NĐ-CP, appendix I, has on the page.

The paper is content alone; `official.typ` and `word` lay it out as PDF and as Word. Until it is
issued its number and day stay open (article 15 of the decree): `issued` fills them in.
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from .pdf import make_pdf

TEMPLATE = Path(__file__).with_name("official.typ")
LONGEST_TEXT = 4_000
# What XML 1.0 cannot hold, and what turns the direction of the text around it.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)


@dataclass(frozen=True)
class Column:
    """A column of the appendix: its heading and its width in millimetres; text or a number."""

    heading: str
    width: int
    is_text: bool = False


@dataclass(frozen=True)
class Appendix:
    """A table on sheets of its own, across the page; its last row is the total."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    total: Sequence[str]
    note: str = ""


@dataclass(frozen=True)
class OfficialPaper:
    """What stands on a paper.

    Attributes:
        above, issuer: the office above and the one that writes.
        symbol: after the number: "BC-UBND".
        place, month_year: where, and "tháng 11 năm 2026".
        kind, subject: "BÁO CÁO" and what it is about.
        to: whom it is for ("Kính gửi"); none for a notice.
        sections: (heading, paragraphs).
        recipients: lines of "Nơi nhận", without their dashes.
        signs: lines above the signature: "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC".
        number, day, signer: "05", "09" and the name of who signs; empty while it is a draft.
        check: how whoever holds the paper can check it; empty while it is a draft.
        other_side: lines above the signature of the other side, which minutes have in the place
            of "Nơi nhận".
        authority, grounds: of a decision who decides, and the papers it rests on, which stand
            before "QUYẾT ĐỊNH:" (appendix III, form 1.2); empty for other kinds.
    """

    above: str
    issuer: str
    symbol: str
    place: str
    month_year: str
    kind: str
    subject: str
    sections: Sequence[tuple[str, Sequence[str]]]
    recipients: Sequence[str]
    signs: Sequence[str]
    to: Sequence[str] = field(default=())
    appendix: Appendix | None = None
    number: str = ""
    day: str = ""
    signer: str = ""
    check: str = ""
    other_side: Sequence[str] = ()
    authority: str = ""
    grounds: Sequence[str] = ()

    def as_data(self) -> dict[str, Any]:
        """As a template takes it: texts bounded, without what no file can hold.

        A kind of paper that knows more of itself shows what every paper has.
        """
        shown = {each.name: getattr(self, each.name) for each in fields(OfficialPaper)}
        return {"paper": _printable(asdict(OfficialPaper(**shown)))}


def issued(
    paper: OfficialPaper,
    *,
    number: int,
    symbol: str,
    on: datetime.date,
    signs: Sequence[str],
    signer: str,
    recipients: Sequence[str],
    check: str,
    note: str = "",
) -> OfficialPaper:
    """The paper as it is issued: numbered, dated and signed.

    Numbers below ten, days below ten and the months January and February are written with a 0
    (Decree 30/2020/NĐ-CP, appendix I, part II, 3 and 4).

    Args:
        signs: lines above the signature; minutes keep their own.
        check: how it is checked, in a sentence.
        note: a last paragraph of its own; "" for none.
    """
    sections = list(paper.sections)
    if note:
        sections.append(("", [note]))
    return replace(
        paper,
        number=f"{number:02d}",
        symbol=symbol,
        day=f"{on.day:02d}",
        month_year=month_and_year(on),
        # Of minutes two sides sign, each as the paper says: not in the name of the office.
        signs=tuple(paper.signs if paper.other_side else signs),
        signer=signer,
        recipients=tuple(recipients),
        check=check,
        sections=sections,
    )


def month_and_year(on: datetime.date) -> str:
    """Month and year of a day as a paper writes them: "tháng 02 năm 2026"."""
    written = f"{on.month:02d}" if on.month < 3 else str(on.month)
    return f"tháng {written} năm {on.year}"


def official_pdf(paper: OfficialPaper) -> bytes:
    """The paper as PDF."""
    return make_pdf(TEMPLATE, paper.as_data())


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            value = value[: LONGEST_TEXT - 1] + "…"
        return _UNPRINTABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value
