"""What the month grid sends: drafts of columns, of which only those that say something count.

A column says something when its box is ticked or a cell of it differs from the revision it was
made from. So an empty column that nobody touched stays "not taken".
"""

import datetime
import re
import uuid
from dataclasses import dataclass, field

from schools.enums import Session

from ..enums import Mark
from ..mark_parsing import read_letter
from ..services.month import SessionMarks
from .sheets import read_number, read_uuid

COLUMN = r"(\d\d)(am|pm)"
BASE = re.compile(rf"base-{COLUMN}")
CELL = re.compile(rf"mark-(\d{{1,18}})-{COLUMN}")
OFFERED = re.compile(rf"offered-(\d{{1,18}})-{COLUMN}")


def code_of(key):
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

    key: tuple
    base_revision: int
    is_ticked: bool
    cells: dict = field(default_factory=dict)
    wrong: set = field(default_factory=set)
    offered: dict = field(default_factory=dict)
    is_shut: bool = False

    @property
    def code(self):
        return code_of(self.key)

    @property
    def letters(self):
        """Dict pupil id -> P, K or M."""
        return {pk: letter for pk, letter in self.cells.items() if letter in Mark.values}

    def differs(self, seen):
        """Whether it says something; `seen` is pupil id -> (mark, reason) of its base."""
        if self.is_ticked or self.wrong:
            return True
        if not self.base_revision:
            return any(self.cells.values())
        shown = {pk: letter if letter in Mark.values else "" for pk, letter in self.cells.items()}
        return any(letter != seen.get(pk, ("", ""))[0] for pk, letter in shown.items())

    def marks(self, seen):
        """Dict pupil id -> (mark, reason): a mark that was there before keeps its reason."""
        return {
            pk: seen[pk] if pk in seen and seen[pk][0] == letter else (letter, "")
            for pk, letter in self.letters.items()
        }

    def set_aside(self, marks):
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
    drafts: dict
    correction_reason: str = ""
    step: str = ""

    @property
    def has_wrong(self):
        return any(draft.wrong for draft in self.drafts.values())

    @property
    def bases(self):
        """Dict column key -> number of the revision it was made from."""
        return {key: draft.base_revision for key, draft in self.drafts.items()}

    def keep_what_is_said(self, seen):
        """Forget the columns that say nothing; `seen` is column key -> marks of its base."""
        self.drafts = {
            key: draft for key, draft in self.drafts.items() if draft.differs(seen.get(key, {}))
        }

    def needs_reason(self, today):
        """Whether a register that was seen is corrected after its day."""
        return any(draft.base_revision and key[0] < today for key, draft in self.drafts.items())

    def sent(self, seen):
        """`SessionMarks` of all drafts; the same form makes the same operations."""
        sent = []
        for key, draft in self.drafts.items():
            marks = draft.marks(seen.get(key, {}))
            sent.append(
                SessionMarks(
                    date=key[0],
                    session=key[1],
                    base_revision=draft.base_revision,
                    marks=marks,
                    set_aside=draft.set_aside(marks),
                    # With the base: a draft that was settled after a refusal is another operation.
                    operation_id=uuid.uuid5(self.form_id, f"{draft.code} {draft.base_revision}"),
                )
            )
        return sent


def read_month(data, month):
    """`MonthForm` from POST data; what does not fit the month is no field of ours."""
    ticked = set(data.getlist("send"))
    drafts = {}
    for name, value in data.items():
        match = BASE.fullmatch(name)
        key = match and _key(month, *match.groups())
        if key:
            code = code_of(key)
            drafts[key] = Draft(key, read_number(value), code in ticked)
    for name, value in data.items():
        match = CELL.fullmatch(name)
        key = match and _key(month, *match.groups()[1:])
        if key in drafts:
            _put(drafts[key], int(match[1]), value)
    for name in data:
        match = OFFERED.fullmatch(name)
        key = match and _key(month, *match.groups()[1:])
        if key in drafts:
            versions = [tuple(each.split(":", 1)) for each in data.getlist(name) if ":" in each]
            drafts[key].offered[int(match[1])] = versions
    return MonthForm(
        form_id=read_uuid(data.get("form_id")),
        drafts=dict(sorted(drafts.items())),
        correction_reason=data.get("correction_reason", "").strip()[:200],
        step=data.get("step", ""),
    )


def _put(draft, pupil_id, text):
    try:
        draft.cells[pupil_id] = read_letter(text)
    except ValueError:
        draft.cells[pupil_id] = text.strip()[:20]
        draft.wrong.add(pupil_id)


def _key(month, day, session):
    try:
        return datetime.date(month.year, month.number, int(day)), Session(session)
    except ValueError:
        return None
