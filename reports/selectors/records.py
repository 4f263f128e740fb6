"""Reading what the facts of a month are counted from, for a chunk of schools at a time."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from attendance.enums import Mark, RegisterState
from attendance.models import Absence, Register
from attendance.selectors.calendar import due_sessions
from schools.models import Enrolment, Placement, SchoolClass

from ..counting import CAME, LEFT, ClassRecords, Spell, cut

COLUMN_OF = {Mark.EXCUSED: "excused", Mark.UNEXCUSED: "unexcused", Mark.LATE: "late"}


@dataclass
class MonthRecords:
    """Classes of some schools in one month, their commune, and the records of each."""

    classes: list
    commune_of: dict
    by_class: dict


def communes_in_month(school_ids, month):
    """Dict school id -> commune id in a month: where it lay on the first day, or, when it was
    placed later, on its first day with a place. One query."""
    communes = {}
    for school_id, commune_id in (
        Placement.objects.during(month.first, month.end)
        .filter(school_id__in=school_ids)
        .order_by("valid_from")
        .values_list("school_id", "commune_id")
    ):
        communes.setdefault(school_id, commune_id)
    return communes


def classes_in_month(school_ids, month):
    """Classes whose school year has a day in the month, with their year. A queryset."""
    return (
        SchoolClass.objects.filter(
            school_id__in=school_ids,
            year__valid_from__lt=month.end,
            year__valid_to__gt=month.first,
        )
        .select_related("year")
        .order_by("pk")
    )


def month_records(*, school_ids, month, class_ids=None, counted_to):
    """Everything counted from for the classes of some schools in a month.

    Args:
        class_ids: only these classes; None = all.
        counted_to: day of counting; later days are not read.
    Queries: 5, and those of the calendar, whatever the number of schools. Classes of a
    school that lies in no commune in the month are left out.
    """
    commune_of = communes_in_month(school_ids, month)
    wanted = classes_in_month(list(commune_of), month)
    if class_ids is not None:
        wanted = wanted.filter(pk__in=class_ids)
    classes = list(wanted)
    by_id = {school_class.pk: school_class for school_class in classes}
    records = {pk: ClassRecords() for pk in by_id}
    if classes:
        _read_due(records, classes, month)
        _read_spells(records, by_id, month)
        _read_registers(records, month, counted_to)
        _read_marks(records, month, counted_to)
    return MonthRecords(classes, commune_of, records)


def _read_due(records, classes, month):
    due = due_sessions(classes, month.first, month.end)
    for school_class in classes:
        records[school_class.pk].due = {
            (date, session)
            for date, session in due.get(school_class.pk, ())
            if school_class.year.is_valid_on(date)
        }


def _read_spells(records, by_id, month):
    rows = (
        Enrolment.objects.filter(school_class_id__in=by_id, valid_from__lt=month.end)
        .filter(Q(valid_to=None) | Q(valid_to__gte=month.first))
        .order_by()
        .values_list(
            "school_class_id",
            "pupil_id",
            "grade",
            "sex",
            "ethnic_group",
            "valid_from",
            "valid_to",
            "entry_reason",
            "exit_reason",
        )
    )
    for class_id, pupil, grade, sex, ethnic_group, start, end, entry, exit_reason in rows:
        year = by_id[class_id].year
        within_year = cut(start, end, year.valid_from, year.valid_to)
        if within_year is None:
            continue
        start, end, over = within_year
        records[class_id].spells.append(
            Spell(
                pupil=pupil,
                cell=(grade, sex, ethnic_group),
                start=start,
                end=end,
                came=CAME[entry],
                left="left_completed" if over else LEFT[exit_reason],
            )
        )


def _read_registers(records, month, counted_to):
    rows = (
        Register.objects.filter(
            school_class_id__in=records,
            date__gte=month.first,
            date__lt=month.end,
            date__lte=counted_to,
        )
        .order_by()
        .values_list("pk", "school_class_id", "date", "session", "state", "first_sent_at")
    )
    for pk, class_id, date, session, state, first_sent_at in rows:
        record = records[class_id]
        if (date, session) not in record.due:
            continue
        record.registered.add((date, session))
        if state == RegisterState.NOT_HELD:
            record.not_held += 1
            continue
        record.taken[pk] = date
        record.sent_late += timezone.localdate(first_sent_at) > date


def _read_marks(records, month, counted_to):
    marks = defaultdict(list)
    rows = (
        Absence.objects.filter(
            register__school_class_id__in=records,
            register__date__gte=month.first,
            register__date__lt=month.end,
            register__date__lte=counted_to,
        )
        .order_by()
        .values_list("register__school_class_id", "register_id", "pupil_id", "mark")
    )
    for class_id, register_id, pupil_id, mark in rows:
        marks[class_id].append((register_id, pupil_id, COLUMN_OF[mark]))
    for class_id, found in marks.items():
        records[class_id].marks = found
