"""What is stored of a workbook between preview and save: registers by pupil ids, as JSON."""

import datetime
import uuid
from dataclasses import dataclass, field
from typing import Any, Self

from schools.enums import Session

from ...enums import RegisterState
from ...models import MonthBatch
from ...month_sheet.selectors import Column, ColumnKey
from ...registers.submission import (
    MarkAndReason,
    Marks,
    RegisterSubmission,
    marks_as_json,
    marks_from_json,
)


@dataclass
class Entry:
    """One register that the workbook would write.

    Attributes:
        column: letter of its column in the file.
        base_revision, before_state ("" when not taken), before, before_reason: the register
            at the preview; `before` and `marks` are pupil id -> (mark, reason).
        roll: ids of the pupils that the file answers for, ascending.
        not_held_reason: set when the session was not held; no marks then.
    """

    date: datetime.date
    session: Session
    column: str
    base_revision: int = 0
    before_state: str = ""
    before: dict[int, MarkAndReason] = field(default_factory=dict)
    before_reason: str = ""
    marks: dict[int, MarkAndReason] = field(default_factory=dict)
    not_held_reason: str = ""
    roll: list[int] = field(default_factory=list)
    operation_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def key(self) -> ColumnKey:
        return self.date, self.session

    @property
    def state(self) -> RegisterState:
        return RegisterState.NOT_HELD if self.not_held_reason else RegisterState.TAKEN

    @property
    def is_new(self) -> bool:
        """Whether nothing was sent for this session before."""
        return not self.before_state

    @property
    def changes_anything(self) -> bool:
        """Whether the register would read otherwise than before."""
        now = (self.state, self.not_held_reason, self.marks)
        return now != (self.before_state, self.before_reason, self.before)

    def needs_reason(self, today: datetime.date) -> bool:
        """Whether a sent register of an earlier day is corrected."""
        return not self.is_new and self.date < today

    def changed_pupils(self) -> list[tuple[int, str, str]]:
        """[(pupil id, mark before, mark now)] where the marks differ; "" is present."""
        blank = ("", "")
        pairs = (
            (pupil, self.before.get(pupil, blank)[0], self.marks.get(pupil, blank)[0])
            for pupil in sorted({*self.before, *self.marks})
        )
        return [(pupil, before, now) for pupil, before, now in pairs if before != now]

    def look_at(self, column: Column, before: Marks) -> None:
        """Take a month's `Column` and its marks as what was there before."""
        register = column.register
        self.base_revision = column.base_revision
        self.before_state = register.state if register else ""
        self.before_reason = register.not_held_reason if register else ""
        self.before = dict(before)

    def submission(self, **sender: Any) -> RegisterSubmission:
        """As `month_sheet.services.send_month` takes it; `sender`: class, person and device."""
        return RegisterSubmission(
            date=self.date,
            session=self.session,
            base_revision=self.base_revision,
            marks=self.marks,
            state=self.state,
            not_held_reason=self.not_held_reason,
            operation_id=self.operation_id,
            **sender,
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "date": self.date.isoformat(),
            "session": str(self.session),
            "column": self.column,
            "base_revision": self.base_revision,
            "before_state": str(self.before_state),
            "before": marks_as_json(self.before),
            "before_reason": self.before_reason,
            "marks": marks_as_json(self.marks),
            "not_held_reason": self.not_held_reason,
            "roll": self.roll,
            "operation_id": str(self.operation_id),
        }

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> Self:
        """The entry that `as_json` wrote."""
        return cls(
            **kept
            | {
                "date": datetime.date.fromisoformat(kept["date"]),
                "session": Session(kept["session"]),
                "before": marks_from_json(kept["before"]),
                "marks": marks_from_json(kept["marks"]),
                "operation_id": uuid.UUID(kept["operation_id"]),
            }
        )


def entries_of(batch: MonthBatch) -> list[Entry]:
    """The `Entry`s of a batch that is READY, by day."""
    return [Entry.of_json(kept) for kept in batch.content.get("entries", ())]
