"""Writing down what a visit finds, by everybody who is there; two halves become one whole."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import Register
from core.services.saving import save_checked
from core.types import User
from core.workflow import Step
from schools.models import School
from schools.pupils.selectors.rolls import roll_counts_on

from ..models import ChecklistAnswer, ChecklistItem, HeadCount, Supplement, Visit
from ..models.visits import SUPPLEMENT, VISITS, WRITE_DOWN
from ..selectors.findings import classes_to_count, questions_for
from .lines import check_counted, check_seen, no_class_of, no_question


@dataclass(frozen=True)
class Answered:
    """One question answered. `seen` is the version of the answer the person saw, 0 for none."""

    item_id: int
    answer: str
    note: str = ""
    seen: int = 0


@dataclass(frozen=True)
class Counted:
    """Pupils counted in one class. `seen` is the version of the count the person saw."""

    class_id: int
    counted: int
    note: str = ""
    seen: int = 0


def answer_checklist(*, visit: Visit, answers: Iterable[Answered], by: User) -> int:
    """Write down answers to the questions of the day; returns how many changed.

    Questions that are not among `answers` stay as they are, so that two who share the list do
    not undo each other. Raises IllegalTransition: the visit is over, `by` is not on the team;
    WrittenMeanwhile: one of them has another answer than the one seen; nothing is written then.
    """
    with VISITS.change(WRITE_DOWN, visit, by=by) as step:
        visit = step.row
        items = {item.pk: item for item in questions_for(visit)}
        present = {row.item_id: row for row in visit.answers.select_related("answered_by")}
        changed = 0
        for told in answers:
            item = items.get(told.item_id)
            if item is None:
                raise no_question()
            changed += _answer(visit, item, present.get(item.pk), told, by)
        step.changes = {"answers": (len(present), visit.answers.count())}
    return changed


def _answer(
    visit: Visit, item: ChecklistItem, row: ChecklistAnswer | None, told: Answered, by: User
) -> int:
    note = told.note.strip()
    if row is not None and (row.answer, row.note) == (told.answer, note):
        return 0
    check_seen(item.text, row, told.seen)
    row = row or ChecklistAnswer(visit=visit, item=item, version=0)
    row.answer, row.note = told.answer, note
    row.version += 1
    row.answered_by, row.answered_at = by, timezone.now()
    save_checked(row)
    return 1


def count_pupils(
    *,
    visit: Visit,
    school: School,
    date: datetime.date,
    session: str,
    counts: Sequence[Counted],
    by: User,
) -> list[HeadCount]:
    """Write down pupils counted in classes of a school in one session; returns the rows.

    Each is put beside the roll of the day and what the register says at this moment. Raises
    IllegalTransition as `answer_checklist`; ValidationError: a day outside the visit's time, a
    class of another school, a number that cannot be; WrittenMeanwhile.
    """
    with VISITS.change(WRITE_DOWN, visit, by=by) as step:
        visit = step.row
        check_counting_day(visit, date)
        classes = {each.pk: each for each in classes_to_count(visit, school, date)}
        registers = {
            register.school_class_id: register.present
            for register in Register.objects.filter(
                school_class__in=classes, date=date, session=session, state="taken"
            )
        }
        rolls = roll_counts_on(list(classes), date)
        present = {
            row.school_class_id: row
            for row in visit.counts.filter(date=date, session=session).select_related(
                "counted_by", "school_class"
            )
        }
        rows = []
        for told in counts:
            school_class = classes.get(told.class_id)
            if school_class is None:
                raise no_class_of(school)
            row = present.get(school_class.pk)
            note = told.note.strip()
            if row is not None and (row.counted, row.note) == (told.counted, note):
                continue
            check_seen(school_class.name, row, told.seen)
            check_counted(school_class, told.counted)
            row = row or HeadCount(
                visit=visit,
                school=school,
                school_class=school_class,
                date=date,
                session=session,
                version=0,
            )
            row.counted, row.note = told.counted, note
            row.roll = rolls.get(school_class.pk, 0)
            row.registered = registers.get(school_class.pk)
            row.version += 1
            row.counted_by, row.counted_at = by, timezone.now()
            rows.append(save_checked(row))
        step.changes = {
            "counts": (None, [f"{row.school_class.name}: {row.counted}" for row in rows])
        }
    return rows


def check_counting_day(visit: Visit, date: datetime.date) -> None:
    """Raise ValidationError for a day outside the time of a visit."""
    if not visit.plan.month <= date <= timezone.localdate():
        raise ValidationError(
            _("Pupils are counted on a day from %(first)s to today.")
            % {"first": visit.plan.month.strftime("%d/%m/%Y")}
        )


def supplement_visit(*, visit: Visit, text: str, by: User) -> Supplement:
    """Add to a recorded visit; returns the supplement. The record itself stays.

    Raises IllegalTransition: it is not recorded, `by` was not on the team; ValidationError: empty.
    """
    with VISITS.change(SUPPLEMENT, visit, by=by) as step:
        text = text.strip()
        if not text:
            raise ValidationError({"text": _("Write what is to be added.")})
        return add_supplement(step, text, by)


def add_supplement(
    step: Step[Visit], text: str, by: User, *, part: str = "", school: School | None = None
) -> Supplement:
    """A supplement within the step `SUPPLEMENT` that is under way; returns it.

    `part` and `school` are those of a line that came late (`Supplement`).
    """
    made = Supplement(visit=step.row, text=text, part=part, school=school)
    made.made_by, made.made_at = by, timezone.now()
    step.changes = {"supplement": (None, text)}
    return save_checked(made)
