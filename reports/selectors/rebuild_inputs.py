"""What a rebuild needs to know of each class before the database counts: its place and calendar."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from attendance import session_bitmask
from attendance.calendar.selectors.due_sessions import due_bits
from attendance.models import Register
from core.months import Month
from schools.models import Enrolment, Placement, SchoolClass

ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClassToRebuild:
    """A class with facts in a month.

    `due` are its sessions by the calendar and `owed` those of them that count although no
    register came: past, and with pupils that day; both as bits (`attendance.session_bitmask`).
    """

    class_id: int
    school_id: int
    commune_id: int
    level: str
    year_from: datetime.date
    year_to: datetime.date
    due: int
    owed: int


def chosen_classes(
    *, communes: Mapping[int, int], month: Month, class_ids: Collection[int] | None = None
) -> list[ClassToRebuild]:
    """Classes of some schools that have facts in a month: list of `ClassToRebuild`.

    A class has facts when it has pupils in the month or a register on a session due. A
    session is owed when the calendar holds it, it is past, and the class has pupils that day:
    a class opened in the middle of the year owes no registers before, one that was dissolved
    none after.

    Args:
        communes: dict school id -> commune id in the month; their classes are looked at.
        class_ids: only these; None = all of the schools.
    Queries: 2 and those of the calendar, whatever the number of schools; 1 more when a class
    has nobody on its roll for the whole month, and 1 when one has nobody at all.
    """
    today = timezone.localdate()
    if month.first > today:
        return []
    rows = classes_in_month(list(communes), month)
    if class_ids is not None:
        rows = rows.filter(pk__in=class_ids)
    classes = list(rows)
    due = due_bits(classes, month) if classes else {}
    past = session_bitmask.days(month.first, min(today, month.end))
    peopled = _peopled(classes, month)
    registered = _registered([each for each in classes if each.pk not in peopled], month, today)
    return [
        ClassToRebuild(
            each.pk,
            each.school_id,
            communes[each.school_id],
            each.level,
            each.year.valid_from,
            each.year.last_day + ONE_DAY,
            due[each.pk],
            due[each.pk] & past & peopled.get(each.pk, 0),
        )
        for each in classes
        if each.pk in peopled or due[each.pk] & registered.get(each.pk, 0)
    ]


def communes_in_month(school_ids: Collection[int], month: Month) -> dict[int, int]:
    """Dict school id -> commune id in a month: where it lay on the first day, or, when it was
    placed later, on its first day with a place. One query."""
    communes: dict[int, int] = {}
    for school_id, commune_id in (
        Placement.objects.during(month.first, month.end)
        .filter(school_id__in=school_ids)
        .order_by("valid_from")
        .values_list("school_id", "commune_id")
    ):
        communes.setdefault(school_id, commune_id)
    return communes


def classes_in_month(school_ids: Collection[int], month: Month) -> QuerySet[SchoolClass]:
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


def _peopled(classes: Sequence[SchoolClass], month: Month) -> dict[int, int]:
    """Dict class id -> bits of the days with pupils, for classes with a spell in the month."""
    by_id = {each.pk: each for each in classes}
    spells = _spells(by_id, month)
    whole = Q(valid_from__lte=month.first) | Q(valid_from__lte=F("school_class__year__valid_from"))
    whole &= (
        Q(valid_to=None)
        | Q(valid_to__gte=month.end)
        | Q(valid_to__gte=F("school_class__year__valid_to"))
    )
    found, with_gaps = {}, []
    for class_id, steady in spells.values_list("school_class_id").annotate(
        steady=Count("pk", filter=whole)
    ):
        found[class_id] = session_bitmask.days(month.first, month.end) if steady else 0
        if not steady:
            with_gaps.append(class_id)
    if with_gaps:
        for class_id, start, end in _spells(with_gaps, month).values_list(
            "school_class_id", "valid_from", "valid_to"
        ):
            found[class_id] |= session_bitmask.days(
                max(start, month.first), min(end or month.end, month.end)
            )
    return found


def _spells(class_ids: Iterable[int], month: Month) -> QuerySet[Enrolment]:
    """Spells that, cut to the school year, touch the month; the day of leaving included."""
    return Enrolment.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=month.first),
        Q(valid_to=None) | Q(valid_to__gt=F("school_class__year__valid_from")),
        school_class_id__in=list(class_ids),
        valid_from__lt=month.end,
        school_class__year__valid_to__gt=F("valid_from"),
    ).order_by()


def _registered(
    classes: Sequence[SchoolClass], month: Month, today: datetime.date
) -> Mapping[int, int]:
    """Dict class id -> bits of the sessions with a register."""
    found: defaultdict[int, int] = defaultdict(int)
    if classes:
        for class_id, date, session in Register.objects.filter(
            school_class__in=classes, date__gte=month.first, date__lt=month.end, date__lte=today
        ).values_list("school_class_id", "date", "session"):
            found[class_id] |= session_bitmask.bit(date, session)
    return found
