"""What is kept of a workbook between preview and save: registers by pupil ids, as JSON."""

import datetime
import uuid
from dataclasses import dataclass, field

from schools.enums import Session

from ...enums import RegisterState
from ..month import SessionMarks


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
    before: dict = field(default_factory=dict)
    before_reason: str = ""
    marks: dict = field(default_factory=dict)
    not_held_reason: str = ""
    roll: list = field(default_factory=list)
    operation_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def key(self):
        return self.date, self.session

    @property
    def state(self):
        return RegisterState.NOT_HELD if self.not_held_reason else RegisterState.TAKEN

    @property
    def is_new(self):
        """Whether nothing was sent for this session before."""
        return not self.before_state

    @property
    def changes_anything(self):
        """Whether the register would read otherwise than before."""
        now = (self.state, self.not_held_reason, self.marks)
        return now != (self.before_state, self.before_reason, self.before)

    def needs_reason(self, today):
        """Whether a sent register of an earlier day is corrected."""
        return not self.is_new and self.date < today

    def changed_pupils(self):
        """[(pupil id, mark before, mark now)] where the letters differ; "" is present."""
        blank = ("", "")
        pairs = (
            (pupil, self.before.get(pupil, blank)[0], self.marks.get(pupil, blank)[0])
            for pupil in sorted({*self.before, *self.marks})
        )
        return [(pupil, before, now) for pupil, before, now in pairs if before != now]

    def look_at(self, column, before):
        """Take a month's `Column` and its marks as what was there before."""
        register = column.register
        self.base_revision = column.base_revision
        self.before_state = register.state if register else ""
        self.before_reason = register.not_held_reason if register else ""
        self.before = dict(before)

    def to_send(self):
        """As `services.month.send_month` takes it."""
        return SessionMarks(
            self.date,
            self.session,
            self.base_revision,
            self.marks,
            self.not_held_reason,
            self.operation_id,
        )

    def as_json(self):
        return {
            "date": self.date.isoformat(),
            "session": str(self.session),
            "column": self.column,
            "base_revision": self.base_revision,
            "before_state": str(self.before_state),
            "before": _pairs(self.before),
            "before_reason": self.before_reason,
            "marks": _pairs(self.marks),
            "not_held_reason": self.not_held_reason,
            "roll": self.roll,
            "operation_id": str(self.operation_id),
        }

    @classmethod
    def of_json(cls, kept):
        """The entry that `as_json` wrote."""
        return cls(
            **kept
            | {
                "date": datetime.date.fromisoformat(kept["date"]),
                "session": Session(kept["session"]),
                "before": _marks(kept["before"]),
                "marks": _marks(kept["marks"]),
                "operation_id": uuid.UUID(kept["operation_id"]),
            }
        )


def entries_of(batch):
    """The `Entry`s of a batch that is READY, by day."""
    return [Entry.of_json(kept) for kept in batch.content.get("entries", ())]


def _pairs(marks):
    return {str(pupil): [str(mark), reason] for pupil, (mark, reason) in marks.items()}


def _marks(pairs):
    return {int(pupil): (mark, reason) for pupil, (mark, reason) in pairs.items()}
