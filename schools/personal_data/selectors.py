"""Reading the access trail: who saw the names of a pupil or of a school's pupils."""

import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from core import permission_holders as people

from ..models import Enrolment, NamesShown, Pupil, PupilErasure, PupilMerge, School

DAY = datetime.timedelta(days=1)


def seen_of_pupil(pupil: Pupil) -> QuerySet[NamesShown]:
    """Rows of the trail about a pupil, newest first: the record, and lists of its classes.

    A list of a class counts from the first day to the last day the pupil was in it, and after:
    who left stays on the list, struck out. Two queries when read.
    """
    ids = [pupil.pk, *PupilMerge.objects.filter(kept_id=pupil.pk).values_list("gone_id", flat=True)]
    about = Q(pupil__in=ids)
    for class_id, start in Enrolment.objects.filter(pupil=pupil).values_list(
        "school_class_id", "valid_from"
    ):
        about |= Q(pupil=None, school_class=class_id, last_at__gte=midnight(start))
    return _with_people(NamesShown.objects.filter(about))


def seen_of_school(
    school: School,
    *,
    kind: str = "",
    person: int | None = None,
    first: datetime.date | None = None,
    last: datetime.date | None = None,
) -> QuerySet[NamesShown]:
    """Rows of the trail about a school's pupils, newest first.

    Args:
        kind: a `NamesKind`, "" for all.
        person: id of a user.
        first, last: days, both included.
    """
    rows = NamesShown.objects.filter(school=school)
    if kind:
        rows = rows.filter(kind=kind)
    if person:
        rows = rows.filter(user=person)
    if first:
        rows = rows.filter(last_at__gte=midnight(first))
    if last:
        rows = rows.filter(at__lt=midnight(last + DAY))
    return _with_people(rows)


def people_of_school(school: School) -> list[tuple[int, str]]:
    """[(user id, name)] of those who saw names of a school, by name; one query."""
    rows = NamesShown.objects.filter(school=school, user__isnull=False).order_by("user_name")
    return list(dict(rows.values_list("user_id", "user_name").distinct()).items())


def counts(*, first: datetime.date, last: datetime.date) -> QuerySet[Any, Any]:
    """For the administrator: [{day, user_name, roles, kind, pages, names}], newest day first.

    Days in the time of the server; no school's pupils and no names.
    """
    rows = (
        NamesShown.objects.filter(last_at__gte=midnight(first), at__lt=midnight(last + DAY))
        .annotate(day=TruncDate("at"))
        .order_by()
        .values("day", "user_id", "user_name", "roles", "kind")
        .annotate(pages=Count("pk"), total=Sum("names"))
    )
    return rows.order_by("-day", "-total", "user_name", "kind")


def open_erasures() -> list[PupilErasure]:
    """Requests to make records anonymous that wait, oldest first; one query."""
    return list(
        PupilErasure.objects.filter(decided_at=None)
        .select_related("school", "asked_by")
        .order_by("asked_at")
    )


def erasure_of(erasure_id: int) -> PupilErasure | None:
    """A request to make a record anonymous, or None; one query."""
    return PupilErasure.objects.filter(pk=erasure_id).first()


def midnight(day: datetime.date) -> datetime.datetime:
    """The moment a day begins here."""
    return timezone.make_aware(datetime.datetime.combine(day, datetime.time.min))


def role_words(codes: str) -> str:
    """Roles of a row as people call them; a code of an older version as it is."""
    return ", ".join(str(people.role_names.get(code, code)) for code in codes.split(",") if code)


def _with_people(rows: QuerySet[NamesShown]) -> QuerySet[NamesShown]:
    return rows.select_related("school", "school_class").order_by("-last_at", "-pk")
