"""The practice class: invented pupils, on any day.

They are in no table. The sheet is shown by the templates and scripts of a real one; what is
marked stays in the page and its address, so that nothing can reach registers, facts, reminders,
exports or the API.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from ..enums import AbsenceReason, Mark
from ..registers.selectors.sheet import SheetRow

# In the order of their given names, as on every sheet; two are told apart by their birth dates.
_PUPILS = [
    ("Tẩn A Đồi", (2015, 3, 2), ["", "", "", "", ""]),
    ("Sùng A Gió", (2015, 5, 14), ["", "K", "", "", ""]),
    ("Lý Thị Lúa", (2015, 1, 20), ["", "", "", "", ""]),
    ("Giàng Thị Mây", (2015, 2, 8), ["", "", "P", "P", ""]),
    ("Giàng Thị Mây", (2015, 9, 27), ["", "", "", "", ""]),
    ("Vàng Thị Nắng", (2015, 7, 5), ["", "", "", "", "M"]),
    ("Hà Văn Nương", (2015, 11, 11), ["", "", "", "", ""]),
    ("Lò Văn Suối", (2015, 4, 30), ["K", "", "", "K", ""]),
]


@dataclass(frozen=True)
class InventedPupil:
    """A pupil who is nobody; `pk` is an order number and no key of any table."""

    pk: int
    full_name: str
    birth_date: datetime.date


def practice_rows(asked: Mapping[str, str] | None = None) -> list[SheetRow]:
    """The rows of the practice sheet; `asked` are the fields of its form, wrong ones left out."""
    asked = asked or {}
    names = [name for name, _born, _days in _PUPILS]
    rows = []
    for number, (name, born, days) in enumerate(_PUPILS, start=1):
        pupil = InventedPupil(number, name, datetime.date(*born))
        mark = asked.get(f"mark-{number}", "")
        reason = asked.get(f"reason-{number}", "")
        rows.append(
            SheetRow(
                pupil,  # type: ignore[arg-type]  # a sheet asks no more of a pupil than this has
                number,
                mark=mark if mark in Mark.values else "",
                reason=reason if reason in AbsenceReason.values else "",
                days=list(days),
                is_namesake=names.count(name) > 1,
            )
        )
    return rows


def practice_receipt(now: datetime.datetime) -> str:
    """What stands where a receipt would; no receipt of a register looks like it."""
    return f"TẬP-{now:%H%M}"
