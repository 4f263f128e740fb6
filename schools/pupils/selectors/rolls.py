"""Who is on the roll: the one answer used by entry, facts and exports alike."""

import datetime
from collections import Counter
from collections.abc import Collection, Iterable

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from ...enums import ExitReason, Grade
from ...models import Enrolment, Pupil, School, SchoolClass, SchoolYear


def roll_on(school_class: SchoolClass, date: datetime.date) -> list[Enrolment]:
    """Spells of the class valid on a day, with their pupils, in the order of the names.

    One query. The pupil's name order is tên, họ, đệm (`Pupil.name_key`).
    """
    return list(
        Enrolment.objects.on(date)
        .filter(school_class=school_class)
        .select_related("pupil")
        .order_by("pupil__name_key", "pupil_id")
    )


def roll_ids_on(
    school_class: SchoolClass | OuterRef, date: datetime.date
) -> QuerySet[Enrolment, int]:
    """Ids of the pupils on the roll of the class that day, in no order.

    Not asked yet: one query when it is read, none of its own inside another one (`OuterRef`).
    """
    return (
        Enrolment.objects.on(date)
        .filter(school_class=school_class)
        .order_by()
        .values_list("pupil_id", flat=True)
    )


def rolls_during(
    class_ids: Collection[int], start: datetime.date, end: datetime.date
) -> dict[int, list[Enrolment]]:
    """Dict class id -> its spells valid on some day of [start, end), without pupils; one query."""
    found: dict[int, list[Enrolment]] = {pk: [] for pk in class_ids}
    for spell in (
        Enrolment.objects.during(start, end)
        .filter(school_class__in=class_ids)
        .order_by()
        .only("pupil_id", "school_class_id", "valid_from", "valid_to")
    ):
        found[spell.school_class_id].append(spell)
    return found


def roll_counts_on(class_ids: Collection[int], date: datetime.date) -> dict[int, int]:
    """Dict class id -> number of pupils on the roll that day; one query."""
    return dict(
        Enrolment.objects.on(date)
        .filter(school_class_id__in=class_ids)
        .order_by()
        .values_list("school_class_id")
        .annotate(Count("pk"))
    )


def pupils_without_class(school: School, *, on: datetime.date) -> int:
    """Number of pupils of a school's last year who are on no roll since: not put up, not gone.

    Those of its highest grade have finished there. Counted in the school year of `on`, not in
    the summer. Two queries.
    """
    years = list(SchoolYear.objects.filter(valid_from__lte=on).order_by("-valid_from")[:2])
    if len(years) < 2 or not years[0].is_valid_on(on):
        return 0
    this_year, last_year = years
    highest = max(grade for grade in Grade if grade.education_level in school.education_levels)
    later = Enrolment.objects.filter(
        pupil=OuterRef("pupil"), school_class__year__valid_from__gte=this_year.valid_from
    )
    return (
        Enrolment.objects.filter(school=school, school_class__year=last_year)
        .filter(Q(valid_to=None) | Q(exit_reason=ExitReason.COMPLETED))
        .exclude(grade=highest)
        .filter(~Exists(later))
        .order_by()
        .values("pupil_id")
        .distinct()
        .count()
    )


def namesakes(pupils: Iterable[Pupil]) -> set[int]:
    """Ids of those whose whole name another of them bears; they need more to be told apart."""
    bearers = Counter(pupil.full_name for pupil in pupils)
    return {pupil.pk for pupil in pupils if bearers[pupil.full_name] > 1}


def names_apart(pupils: Collection[Pupil]) -> dict[int, str]:
    """Dict pupil id -> name; namesakes with their day of birth."""
    alike = namesakes(pupils)
    return {
        pupil.pk: _("%(name)s, born %(day)s")
        % {"name": pupil.full_name, "day": pupil.birth_date.strftime("%d/%m/%Y")}
        if pupil.pk in alike
        else pupil.full_name
        for pupil in pupils
    }
