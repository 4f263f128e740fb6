"""What the month grid sends: drafts of columns, of which only those that say something count.

A column says something when its box is ticked or a cell of it differs from the revision it was
made from. So an empty column that nobody touched stays "not taken".
"""

import datetime
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.http import QueryDict

from core.months import Month
from core.types import User
from schools.enums import Session
from schools.models import SchoolClass

from ..enums import Mark
from ..mark_parsing import MarkAndReason, read_mark
from ..registers.forms import read_number, read_uuid
from ..registers.submission import RegisterSubmission
from .selectors import ColumnKey, MarksSeen

COLUMN = r"(\d\d)(am|pm)"
BASE = re.compile(rf"base-{COLUMN}")
CELL = re.compile(rf"mark-(\d{{1,18}})-{COLUMN}")
OFFERED = re.compile(rf"offered-(\d{{1,18}})-{COLUMN}")


def code_of(key: ColumnKey) -> str:
    """A column of the month in names of fields: (2026-10-02, am) -> "02am"."""
    date, session = key
    return f"{date:%d}{session.value}"


@dataclass
class Draft:
    """A column as it was filled in.

    Attributes:
        cells: pupil id -> "P", "K", "M", `PRESENT`, "" or a text nobody understands.
        wrong: ids of the pupils with such a text.
        offered: pupil id -> the two (mark, reason) that were compared.
        is_shut: it can no longer be sent; kept to be seen.
    """

    key: ColumnKey
    base_revision: int
    is_ticked: bool
    cells: dict[int, str] = field(default_factory=dict)
    wrong: set[int] = field(default_factory=set)
    offered: dict[int, list[MarkAndReason]] = field(default_factory=dict)
    is_shut: bool = False

    @property
    def code(self) -> str:
        return code_of(self.key)

    @property
    def given(self) -> dict[int, str]:
        """Dict pupil id -> P, K or M."""
        return {pk: mark for pk, mark in self.cells.items() if mark in Mark.values}

    def differs(self, seen: Mapping[int, MarkAndReason]) -> bool:
        """Whether it says something; `seen` is pupil id -> (mark, reason) of its base."""
        if self.is_ticked or self.wrong:
            return True
        if not self.base_revision:
            return any(self.cells.values())
        shown = {pk: mark if mark in Mark.values else "" for pk, mark in self.cells.items()}
        return any(mark != seen.get(pk, ("", ""))[0] for pk, mark in shown.items())

    def marks(self, seen: Mapping[int, MarkAndReason]) -> dict[int, MarkAndReason]:
        """Dict pupil id -> (mark, reason): a mark that was there before keeps its reason."""
        return {
            pk: seen[pk] if pk in seen and seen[pk][0] == mark else (mark, "")
            for pk, mark in self.given.items()
        }

    def set_aside(self, marks: Mapping[int, MarkAndReason]) -> dict[int, MarkAndReason]:
        """Of the versions compared for a pupil, the one that was not chosen."""
        return {
            pk: version
            for pk, versions in self.offered.items()
            for version in versions
            if version != marks.get(pk, ("", ""))
        }


@dataclass
class MonthForm:
    """The whole grid as it was sent. `form_id` makes the operation id of every column."""

    form_id: uuid.UUID
    drafts: dict[ColumnKey, Draft]
    correction_reason: str = ""
    step: str = ""

    @property
    def has_wrong(self) -> bool:
        return any(draft.wrong for draft in self.drafts.values())

    @property
    def bases(self) -> dict[ColumnKey, int]:
        """Dict column key -> number of the revision it was made from."""
        return {key: draft.base_revision for key, draft in self.drafts.items()}

    def keep_what_is_said(self, seen: MarksSeen) -> None:
        """Forget the columns that say nothing; `seen` is column key -> marks of its base."""
        self.drafts = {
            key: draft for key, draft in self.drafts.items() if draft.differs(seen.get(key, {}))
        }

    def needs_reason(self, today: datetime.date) -> bool:
        """Whether a register that was seen is corrected after its day."""
        return any(draft.base_revision and key[0] < today for key, draft in self.drafts.items())

    def submissions(
        self,
        seen: MarksSeen,
        *,
        school_class: SchoolClass,
        by: User,
        device: str = "",
        answers_for_school: bool = False,
    ) -> list[RegisterSubmission]:
        """`RegisterSubmission`s of all drafts; the same form makes the same operations."""
        found = []
        for key, draft in self.drafts.items():
            marks = draft.marks(seen.get(key, {}))
            found.append(
                RegisterSubmission(
                    school_class=school_class,
                    date=key[0],
                    session=key[1],
                    base_revision=draft.base_revision,
                    marks=marks,
                    set_aside=draft.set_aside(marks),
                    # With the base: a draft that was settled after a refusal is another operation.
                    operation_id=uuid.uuid5(self.form_id, f"{draft.code} {draft.base_revision}"),
                    correction_reason=self.correction_reason,
                    by=by,
                    device=device,
                    answers_for_school=answers_for_school,
                )
            )
        return found


def read_month(data: QueryDict, month: Month) -> MonthForm:
    """`MonthForm` from POST data; what does not fit the month is no field of ours."""
    ticked = set(data.getlist("send"))
    drafts: dict[ColumnKey, Draft] = {}
    for name in data:
        if match := BASE.fullmatch(name):
            key = _key(month, match[1], match[2])
            if key:
                drafts[key] = Draft(key, read_number(str(data[name])), code_of(key) in ticked)
    for name in data:
        if match := CELL.fullmatch(name):
            key = _key(month, match[2], match[3])
            if key in drafts:
                _put(drafts[key], int(match[1]), str(data[name]))
    for name in data:
        if match := OFFERED.fullmatch(name):
            key = _key(month, match[2], match[3])
            if key in drafts:
                said = (each.partition(":") for each in data.getlist(name))
                versions = [(mark, reason) for mark, colon, reason in said if colon]
                drafts[key].offered[int(match[1])] = versions
    return MonthForm(
        form_id=read_uuid(data.get("form_id")),
        drafts=dict(sorted(drafts.items())),
        correction_reason=data.get("correction_reason", "").strip()[:200],
        step=data.get("step", ""),
    )


def _put(draft: Draft, pupil_id: int, text: str) -> None:
    try:
        draft.cells[pupil_id] = read_mark(text)
    except ValueError:
        draft.cells[pupil_id] = text.strip()[:20]
        draft.wrong.add(pupil_id)


def _key(month: Month, day: str, session: str) -> ColumnKey | None:
    try:
        return datetime.date(month.year, month.number, int(day)), Session(session)
    except ValueError:
        return None
