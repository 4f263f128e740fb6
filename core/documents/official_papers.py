"""An official paper, whoever writes it: what Decree 30/2020/NĐ-CP, appendix I, has on the page.

The paper is content alone; `official.typ` and `word` lay it out as PDF and as Word. Its number and
day stay open: the clerk gives both when the paper is signed (article 15 of the decree).
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
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
        place, month_year: where, and "tháng 11 năm 2026"; the day is left open.
        kind, subject: "BÁO CÁO" and what it is about.
        to: whom it is for ("Kính gửi"); none for a notice.
        sections: (heading, paragraphs).
        recipients: lines of "Nơi nhận", without their dashes.
        signs: lines above the signature: "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC".
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

    def as_data(self) -> dict[str, Any]:
        """As a template takes it: texts bounded, without what no file can hold."""
        return {"paper": _printable(asdict(self))}


def official_pdf(paper: OfficialPaper) -> bytes:
    """The paper as PDF."""
    return make_pdf(TEMPLATE, paper.as_data())


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNPRINTABLE.sub("\ufffd", value[:LONGEST_TEXT])
    if isinstance(value, dict):
        return {key: _printable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(each) for each in value]
    return value
