"""Taking what a device wrote down without a network: line by line, each once, never over another's.

A line is one question, one class in one session, or one household. What arrives after the record
is added to it as a supplement, which says when it was written down.
"""

import datetime
import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendance.models import Register
from core.services.operations import Done, Outcome, once
from core.types import User
from core.workflow import IllegalTransition
from mobilisation.models import Household
from schools.enums import Session
from schools.models import SchoolClass
from schools.pupils.selectors.rolls import roll_counts_on

from ..models import ChecklistAnswer, FoundLine, HouseholdCheck, Part, Visit
from ..models.visits import SUPPLEMENT, VISITS
from ..selectors.findings import classes_to_count, questions_for
from ..services.findings import (
    Answered,
    Counted,
    add_supplement,
    answer_checklist,
    check_counting_day,
    count_pupils,
)
from ..services.households import Met, check_households
from ..services.lines import check_counted, check_differing, no_class_of, no_household, no_question
from .selectors import Written, written

# A device whose clock is ahead by more says no hour at all.
CLOCK_AHEAD = datetime.timedelta(minutes=5)


class Result(models.TextChoices):
    """What became of a line."""

    WRITTEN = "written", gettext_lazy("written down")
    LATE = "late", gettext_lazy("added to the record as a supplement")
    SAME = "same", gettext_lazy("stands there already")


@dataclass(frozen=True)
class Line:
    """One line as a device wrote it.

    Args:
        about: id of the question, the class or the household.
        value: code of an answer or a result, or the number of pupils in digits.
        seen: version of the line the person saw, 0 for none.
        date, session: of a head count.
        written_at: as the device says it.
    """

    part: str
    about: int
    value: str
    note: str = ""
    seen: int = 0
    date: datetime.date | None = None
    session: str = ""
    written_at: datetime.datetime | None = None


@dataclass(frozen=True)
class Taken:
    """What became of a line, and what stands in it now."""

    result: str
    line: Written


def take_line(
    *, visit: Visit, line: Line, operation_id: uuid.UUID, path: str, digest: str, by: User
) -> tuple[Taken, bool]:
    """Write down a line once, however often it is sent; returns (what became of it, is it new).

    Raises IllegalTransition: `by` is not on the team, the visit was called off; WrittenMeanwhile:
    another line than the one seen stands there; ValidationError: a question that is not asked, a
    class or household of elsewhere, a day or number that cannot be; OperationReused.
    """

    def act() -> Done[str]:
        result = _take(visit, line, by)
        return result, str(result), []

    outcome: Outcome[str] = once(
        operation_id=operation_id, by=by, path=path, digest=digest, act=act
    )
    result = outcome.answer or (outcome.operation.leads_to if outcome.operation else "")
    return Taken(str(result), written(_row_of(visit, line))), outcome.is_new


def _take(visit: Visit, line: Line, by: User) -> str:
    before = written(_row_of(visit, line))
    try:
        _write(visit, line, by)
    except IllegalTransition as refused:
        # Recorded meanwhile, perhaps a moment ago.
        is_done = Visit.objects.filter(pk=visit.pk, state=Visit.State.DONE).exists()
        if refused.code != "state" or not is_done:
            raise
        return _add_late(visit, line, by)
    after = written(_row_of(visit, line))
    return Result.SAME if before.version == after.version else Result.WRITTEN


def _write(visit: Visit, line: Line, by: User) -> None:
    about, note, seen = line.about, line.note, line.seen
    if line.part == Part.CHECKLIST:
        answer_checklist(visit=visit, answers=[Answered(about, line.value, note, seen)], by=by)
    elif line.part == Part.HOUSEHOLDS:
        household = _household(visit, line)
        met = [Met(about, line.value, note, seen)]
        check_households(visit=visit, village=household.village_key, met=met, by=by)
    else:
        school_class, date = _class(line), _day(line)
        count_pupils(
            visit=visit,
            school=school_class.school,
            date=date,
            session=line.session,
            counts=[Counted(about, int(line.value), note, seen)],
            by=by,
        )


def _row_of(visit: Visit, line: Line) -> FoundLine | None:
    if line.part == Part.CHECKLIST:
        return visit.answers.filter(item=line.about).select_related("answered_by").first()
    if line.part == Part.HOUSEHOLDS:
        checks = visit.household_checks.filter(household=line.about)
        return checks.select_related("checked_by").first()
    counts = visit.counts.filter(school_class=line.about, date=_day(line), session=line.session)
    return counts.select_related("counted_by").first()


def _household(visit: Visit, line: Line) -> Household:
    found = Household.objects.filter(pk=line.about, commune=visit.commune_id).first()
    if found is None:
        raise no_household()
    return found


def _class(line: Line) -> SchoolClass:
    found = SchoolClass.objects.filter(pk=line.about).select_related("school").first()
    if found is None:
        raise ValidationError(_("This class is no longer there. Open the page again."))
    return found


def _day(line: Line) -> datetime.date:
    if line.date is None:
        raise ValidationError(_("Say on which day the pupils were counted."))
    return line.date


# --- After the record -----------------------------------------------------------------------


def _add_late(visit: Visit, line: Line, by: User) -> str:
    """Add a line to a recorded visit; what the record says already is not said again."""
    row = _row_of(visit, line)
    note = line.note.strip()
    if row is not None and (written(row).value, written(row).note) == (line.value, note):
        return Result.SAME
    with VISITS.change(SUPPLEMENT, visit, by=by) as step:
        text = f"{_when(line)} {_what(step.row, line)}{f'. {note}' if note else ''}"
        school = _class(line).school if line.part == Part.COUNTS else None
        add_supplement(step, text, by, part=line.part, school=school)
    return Result.LATE


def _when(line: Line) -> str:
    at = line.written_at
    if at is None or at > timezone.now() + CLOCK_AHEAD:
        return _("Written down on the spot, received after the record.")
    local = timezone.localtime(at)
    return _("Written down on the spot at %(time)s on %(day)s, received after the record.") % {
        "time": local.strftime("%H:%M"),
        "day": local.strftime("%d/%m/%Y"),
    }


def _what(visit: Visit, line: Line) -> str:
    if line.part == Part.CHECKLIST:
        item = questions_for(visit).filter(pk=line.about).first()
        if item is None:
            raise no_question()
        return f"{item.text}: {ChecklistAnswer.Answer(line.value).label}"
    if line.part == Part.HOUSEHOLDS:
        household = _household(visit, line)
        check_differing(household, line.value, line.note.strip())
        place = f"{household.village} · {household.form_number}"
        return f"{place}: {HouseholdCheck.Result(line.value).label}"
    return _what_was_counted(visit, line)


def _what_was_counted(visit: Visit, line: Line) -> str:
    school_class, date = _class(line), _day(line)
    check_counting_day(visit, date)
    if not classes_to_count(visit, school_class.school, date).filter(pk=line.about).exists():
        raise no_class_of(school_class.school)
    check_counted(school_class, int(line.value))
    register = Register.objects.filter(
        school_class=school_class, date=date, session=line.session, state="taken"
    ).first()
    told = {
        "school": school_class.school.name,
        "class": school_class.name,
        "session": str(Session(line.session).label).lower(),
        "day": date.strftime("%d/%m/%Y"),
        "counted": line.value,
        "roll": roll_counts_on([school_class.pk], date).get(school_class.pk, 0),
        "present": register.present if register else 0,
    }
    if register is None:
        return (
            _(
                "%(school)s, %(class)s, %(session)s of %(day)s: counted %(counted)s, on the roll "
                "%(roll)s, no register"
            )
            % told
        )
    return (
        _(
            "%(school)s, %(class)s, %(session)s of %(day)s: counted %(counted)s, on the roll "
            "%(roll)s, present by the register %(present)s"
        )
        % told
    )
