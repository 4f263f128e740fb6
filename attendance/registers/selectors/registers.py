"""One register and its newest revision, and the names its marks belong to."""

import datetime
from collections.abc import Iterable

from django.db.models import F, QuerySet

from core.scope import Places
from core.types import StrOrPromise
from schools.models import Pupil, SchoolClass
from schools.pupils.selectors.rolls import names_apart

from ...enums import Mark
from ...models import Register, RegisterRevision


def off_roll_marks(revision: RegisterRevision | None) -> list[tuple[str, StrOrPromise]]:
    """[(name, mark in words)] of pupils off the roll of the day; one query, none without."""
    if revision is None:
        return []
    off_roll = {
        int(pk): mark for pk, mark in (revision.off_roll or {}).items() if mark[0] in Mark.values
    }
    names = pupil_names(off_roll, beside=revision.roll) if off_roll else {}
    return [(names.get(pk, str(pk)), in_words(mark)) for pk, mark in off_roll.items()]


def pupil_names(pupil_ids: Iterable[int], beside: Iterable[int] = ()) -> dict[int, str]:
    """Dict pupil id -> name, for ids already known to lie inside the reader's places; one query.

    Namesakes among them and the pupils `beside` them carry their day of birth.
    """
    return names_apart(list(Pupil.objects.filter(pk__in={*pupil_ids, *beside})))


def in_words(mark: list[str] | None) -> StrOrPromise:
    """A mark of a revision as people read it; "" for present and for none."""
    return Mark(mark[0]).label if mark and mark[0] else ""


def register_at(school_class: SchoolClass, date: datetime.date, session: str) -> Register | None:
    """The register of a class session, or None."""
    return Register.objects.filter(school_class=school_class, date=date, session=session).first()


def register_of(
    school_class: SchoolClass, date: datetime.date, session: str
) -> tuple[Register, RegisterRevision] | None:
    """(register, its newest revision) of a class session, or None; two queries."""
    register = register_at(school_class, date, session)
    if register is None:
        return None
    return register, register.revisions.select_related("sent_by").get(number=register.revision)


def registers_in(
    places: Places,
    *,
    first: datetime.date,
    last: datetime.date,
    school_id: int | None = None,
    class_id: int | None = None,
) -> QuerySet[Register]:
    """Registers of days from `first` to `last` of classes inside `places`, by day and class, each
    with its `updated_at`."""
    found = Register.objects.filter(
        school_class__in=SchoolClass.objects.within(places), date__range=(first, last)
    )
    if school_id is not None:
        found = found.filter(school_id=school_id)
    if class_id is not None:
        found = found.filter(school_class_id=class_id)
    return (
        found.select_related("school", "school_class__year")
        .annotate(updated_at=F("sent_at"))
        .order_by("date", "school_id", "school_class_id", "session", "pk")
    )
