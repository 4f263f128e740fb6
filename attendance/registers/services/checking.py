"""Whether a register may be written now: its day, its pupils, its time.

Everything is read here that the steps after it need of what is on record.
"""

import datetime
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from schools.directory.selectors.years import loaded_on

from ...calendar.selectors.due_sessions import is_due, why_closed
from ...models import Register, RegisterRevision
from ..refusals import (
    PeriodLocked,
    PupilNotOnRoll,
    ReasonMissing,
    SessionNotDue,
    WindowClosed,
    why_not_due,
)
from ..selectors.on_record import OnRecord
from ..selectors.windows import window_of
from ..submission import RegisterSubmission


@dataclass(frozen=True)
class Found:
    """What is on record where a submission arrives.

    `number`: of the newest revision, 0 when there is no register; the row itself moves on when
    it is written. `revisions`: by number, the newest, and the one the sheet was made from.
    `uncounted`: ids of the pupils for whom the register does not count.
    """

    roll: list[int]
    today: datetime.date
    register: Register | None = None
    number: int = 0
    revisions: dict[int, RegisterRevision] = field(default_factory=dict)
    uncounted: frozenset[int] = frozenset()

    @property
    def current(self) -> RegisterRevision | None:
        return self.revisions.get(self.number)


def check(submission: RegisterSubmission, on_record: OnRecord) -> Found:
    """What a submission meets, when it may be written; `on_record`: of its class session.

    Raises SessionNotDue, PupilNotOnRoll, PeriodLocked or WindowClosed.
    """
    school_class, date, session = submission.school_class, submission.date, submission.session
    today = timezone.localdate()
    if date > today:
        raise SessionNotDue(_("This day has not come yet."))
    is_history = _is_history(submission, today)
    state = on_record.calendar
    if not is_history and not is_due(school_class, date, session, state=state):
        raise SessionNotDue(why_not_due(why_closed(school_class, date, session)))
    roll = on_record.roll
    strangers = set(submission.marks) - set(roll)
    if strangers:
        raise PupilNotOnRoll(strangers)
    register = on_record.register
    window = window_of(
        school_class,
        date,
        today=today,
        answers_for_school=submission.answers_for_school,
        is_correction=register is not None,
        state=state,
    )
    if window.lock is not None:
        raise PeriodLocked(window.lock)
    if not window.is_open and not is_history:
        raise WindowClosed
    if register is None:
        return Found(roll, today)
    numbers = {submission.base_revision, register.revision}
    revisions = on_record.revisions
    if revisions is None:
        read = register.revisions.select_related("sent_by").filter(number__in=numbers)
        revisions = {each.number: each for each in read}
    by_number = {number: each for number, each in revisions.items() if number in numbers}
    return Found(roll, today, register, register.revision, by_number, on_record.uncounted)


def _is_history(submission: RegisterSubmission, today: datetime.date) -> bool:
    """Whether a register belongs to a year that its school loaded afterwards.

    No query for a year that is not over: none is loaded before. A loaded one has no calendar of
    its own to be held against, and no window: whoever answers for the school loads its registers
    by a program. Nobody else writes there. Raises SessionNotDue.
    """
    school_class = submission.school_class
    if school_class.year.valid_to > today:
        return False
    if loaded_on(school_class.school_id, school_class.year) is None:
        return False
    may_load = submission.loads_history and submission.answers_for_school
    studies = submission.session in school_class.session_list
    if not may_load or not studies or not school_class.year.is_valid_on(submission.date):
        raise SessionNotDue
    return True


def check_reason(submission: RegisterSubmission, found: Found) -> None:
    """Raise `ReasonMissing` when a register of an earlier day is corrected without a word.

    Who saw no register does not correct one: their sheet came late, or is merged.
    """
    is_correction = found.register is not None and submission.base_revision
    if is_correction and submission.date < found.today and not submission.correction_reason.strip():
        raise ReasonMissing
