"""The rows of the list: each pupil of a school and year once, as the import would read it."""

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from core.vietnamese import format_date, title_key

from .. import ethnic_groups
from ..enums import Grade, Sex
from ..models import Enrolment, School, SchoolYear
from ..pupil_import.workbook.statuses import Terms, status_on
from ..pupils.selectors.pupils import kept_by_school

SEX_WORDS = {Sex.MALE.value: "Nam", Sex.FEMALE.value: "Nữ"}
BOTH = ", "


@dataclass(frozen=True)
class Listed:
    """The pupils of one school: rows of {column key: text}."""

    school: School
    rows: list[dict[str, str]]


def schools_listed(
    schools: QuerySet[School],
    *,
    year: SchoolYear,
    on: datetime.date,
    terms: Mapping[str, Terms],
    only: Collection[int] | None = None,
) -> Iterator[Listed]:
    """One school after the other, in the order of their names; those without pupils are left out.

    Each pupil stands once: in the school of these that had it last in the year. A school that a
    child has left tells neither address, guardian nor phone of it: the next one may have changed
    them. Records made anonymous are in no list. Two queries for each school, in the memory of
    one school.

    Args:
        on: the day whose statuses are told; what begins later is told as it is arranged.
        only: ids of those of the schools that are wanted now, None for all.
    """
    ids = schools.order_by().values("pk")
    wanted = schools if only is None else schools.filter(pk__in=only)
    for school in wanted.order_by("name_key", "pk").iterator(chunk_size=200):
        rows = _rows(school, year=year, on=on, terms=terms, among=ids)
        if rows:
            yield Listed(school, rows)


def _rows(
    school: School,
    *,
    year: SchoolYear,
    on: datetime.date,
    terms: Mapping[str, Terms],
    among: Any,
) -> list[dict[str, str]]:
    later = Enrolment.objects.filter(
        pupil=OuterRef("pupil"),
        school_class__year=year,
        school__in=among,
        valid_from__gt=OuterRef("valid_from"),
    ).exclude(school=school)
    spells = (
        Enrolment.objects.filter(
            ~Exists(later), school=school, school_class__year=year, pupil__anonymised_at=None
        )
        .select_related("pupil", "school_class")
        .order_by("pupil_id", "valid_from", "pk")
    )
    kept = kept_by_school(school)
    found = []
    for pupil_id, group in groupby(spells, key=lambda each: each.pupil_id):
        own = list(group)
        last = own[-1]
        status = status_on(on, own, terms[last.school_class.level])
        row = _row(last, school, status.name, is_kept=pupil_id in kept)
        order = (title_key(last.school_class.name), last.school_class_id, last.pupil.name_key)
        found.append((order, pupil_id, row))
    found.sort(key=lambda each: each[:2])
    return [row for _order, _pupil, row in found]


def _row(spell: Enrolment, school: School, status: str, *, is_kept: bool) -> dict[str, str]:
    pupil = spell.pupil
    row = {
        "school_code": school.code,
        "ministry_id": pupil.ministry_id or "",
        "full_name": pupil.full_name,
        "birth_date": format_date(pupil.birth_date),
        "sex": SEX_WORDS[pupil.sex],
        "ethnic_group": ethnic_groups.names().get(pupil.ethnic_group, ""),
        "status": status,
        "class_name": spell.school_class.name,
        "grade": str(Grade(spell.grade).label),
        "citizen_id": pupil.citizen_id or "",
        "record": str(pupil.pk),
    }
    if is_kept:
        row |= {"phone": pupil.guardian_phone, "residence": pupil.home_address}
        row |= guardians(pupil.guardian_name)
    return row


def guardians(name: str) -> dict[str, str]:
    """The columns in which one text of who answers for a child stands.

    Two names are the father's and the mother's, as the import joined them. Of one name it is not
    known whose it is: no parent is named whom nobody told us of.
    """
    parts = [part.strip() for part in name.split(BOTH.strip())]
    if len(parts) == 2 and all(parts) and BOTH.join(parts) == name:
        return {"father": parts[0], "mother": parts[1]}
    return {"guardian": name} if name else {}
