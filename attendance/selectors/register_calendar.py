"""What closing and opening days did to one register, after it was sent."""

from dataclasses import dataclass

from django.db.models import Q

from ..enums import RegistersChoice
from ..models import Closure
from .calendar import places_of


@dataclass(frozen=True)
class CalendarStep:
    """A closure entered or taken back over a register: `row` as it was, who, when.

    `is_kept`: the writer let this class hold school all the same.
    """

    row: object
    at: object
    by: object
    is_taken_back: bool
    is_kept: bool


def calendar_steps(register):
    """`CalendarStep`s of a register since it was first sent, oldest first; five queries."""
    school_class = register.school_class
    written = (
        Closure.history.filter(
            _at(places_of(school_class, register.date)),
            Q(level="") | Q(level=school_class.level),
            Q(session="") | Q(session=register.session),
            history_type__in="+-",
            history_date__gte=register.first_sent_at,
            valid_from__lte=register.date,
            valid_to__gt=register.date,
        )
        .select_related("area", "school", "site__school", "history_user", "made_by")
        .order_by("history_date", "history_id")
    )
    written = list(written)
    kept = {row.made_with_id for row in written if row.made_with_id}
    gone = {row.id for row in written if row.history_type == "-"}
    return [
        CalendarStep(
            row,
            row.history_date,
            row.history_user or row.made_by,
            is_taken_back=row.history_type == "-",
            is_kept=row.registers_choice == RegistersChoice.HELD and row.id in kept,
        )
        for row in written
        # What was made along is told by its closure, unless it was taken back alone.
        if row.made_with_id is None or (row.history_type == "-" and row.made_with_id not in gone)
    ]


def _at(keys):
    """Rows of one of the places, given as keys (`attendance.calendar.key_of`)."""
    condition = Q(area=None, school=None, site=None)
    for kind, pk in filter(None, keys):
        condition |= Q(**{kind: pk})
    return condition
