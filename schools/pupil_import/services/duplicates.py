"""Rows of one workbook that tell of the same pupil: all of them are refused, none is chosen."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ...models import School
from ..resources import PupilResource
from ..workbook.cells import person_key
from ..workbook.refusals import Refused
from .reading import SourceRow

NUMBERS = ("ministry_id", "citizen_id", "record")
# (sheet, row number) -> (column key, `Refused`) of a row.
Repeats = defaultdict[tuple[str, int], list[tuple[str, Refused]]]


@dataclass(frozen=True)
class ReadRow:
    """A row with its school, what its cells say of who it is, and the result of reading it."""

    row: SourceRow
    school: School
    result: Any
    numbers: dict[str, str | int | None]
    # The name with its tones and the date of birth; None where one of them cannot be read.
    person: tuple[str, Any] | None

    @classmethod
    def of(cls, row: SourceRow, school: School, result: Any, resource: PupilResource) -> "ReadRow":
        """The row as the resource of its school reads it."""
        name = resource.cell(row.cells, "full_name")
        born = resource.cell(row.cells, "birth_date")
        return cls(
            row=row,
            school=school,
            result=result,
            numbers={key: resource.cell(row.cells, key) for key in NUMBERS},
            person=person_key(name, born) if name and born else None,
        )


def find_repeats(read: Sequence[ReadRow]) -> Repeats:
    """The refusals of rows that tell of a pupil whom another row tells of, by place.

    Two rows of the same name and date of birth in one school are two children only when both
    carry a number of one kind and the numbers differ. In two schools they may well be two;
    that is asked, as of a pupil on record elsewhere (`change_set.find_alike`).
    """
    refusals: Repeats = defaultdict(list)
    by_number: defaultdict[Any, list[ReadRow]] = defaultdict(list)
    by_person: defaultdict[Any, list[ReadRow]] = defaultdict(list)
    by_record: defaultdict[Any, list[ReadRow]] = defaultdict(list)
    for each in read:
        for key, number in each.numbers.items():
            if number:
                by_number[key, number].append(each)
        if each.person:
            by_person[each.school.pk, each.person].append(each)
        if each.result.instance is not None and each.result.instance.pk:
            by_record[each.result.instance.pk].append(each)
    for (key, _number), group in by_number.items():
        _refuse(refusals, group, key, "number_twice")
    for group in by_person.values():
        if not are_told_apart(group):
            _refuse(refusals, group, "full_name", "pupil_twice")
    for group in by_record.values():
        _refuse(refusals, group, "full_name", "same_record")
    return refusals


def are_told_apart(group: Sequence[ReadRow]) -> bool:
    """Whether each of some rows has a number of one kind that no other of them has."""
    return any(len({each.numbers[key] for each in group} - {None}) == len(group) for key in NUMBERS)


def said(rows: Iterable[SourceRow]) -> str:
    """Where rows stand, "3, 7"; with their sheets where these are several."""
    rows = list(rows)
    one_sheet = len({row.sheet for row in rows}) == 1
    return ", ".join(str(row.number) if one_sheet else f"{row.sheet} {row.number}" for row in rows)


def _refuse(refusals: Repeats, group: Sequence[ReadRow], key: str, code: str) -> None:
    """Refuse every row of a group of several, unless a reason was found before."""
    places = [each.row.place for each in group]
    if len(group) < 2 or (code != "number_twice" and any(refusals.get(at) for at in places)):
        return
    in_several = len({each.school.pk for each in group}) > 1
    rows = said(each.row for each in group)
    for place in places:
        refusals[place].append((key, Refused(f"{code}_at" if in_several else code, rows=rows)))
