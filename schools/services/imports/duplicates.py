"""Rows of one workbook that tell of the same pupil: all of them are refused, none is chosen."""

from collections import defaultdict

from ...pupil_workbook.cells import person_key
from ...pupil_workbook.refusals import Refused

NUMBERS = ("ministry_id", "citizen_id")


def find_repeats(rows, resource, result):
    """Dict place -> list of (column key, `Refused`) for repeated rows.

    Args:
        rows: the `SourceRow`s; resource: the `PupilResource` that read them; result: its
            import result, row by row.

    Two rows of the same name and date of birth are two children only when both carry a
    number of one kind and the numbers differ.
    """
    refusals = defaultdict(list)
    by_number, by_person, by_record = _grouped(rows, resource, result)
    numbers = {row.place: _numbers(row, resource) for row in rows}
    for (key, _number), group in by_number.items():
        _refuse(refusals, group, key, "number_twice")
    for group in by_person.values():
        if not _are_told_apart(group, numbers):
            _refuse(refusals, group, "full_name", "pupil_twice")
    for group in by_record.values():
        _refuse(refusals, group, "full_name", "same_record")
    return refusals


def _grouped(rows, resource, result):
    by_number, by_person, by_record = defaultdict(list), defaultdict(list), defaultdict(list)
    for row, row_result in zip(rows, result.rows, strict=True):
        for key, number in _numbers(row, resource).items():
            if number:
                by_number[key, number].append(row)
        name = resource.cell(row.cells, "full_name")
        birth_date = resource.cell(row.cells, "birth_date")
        if name and birth_date:
            by_person[person_key(name, birth_date)].append(row)
        if row_result.instance is not None and row_result.instance.pk:
            by_record[row_result.instance.pk].append(row)
    return by_number, by_person, by_record


def _numbers(row, resource):
    return {key: resource.cell(row.cells, key) for key in NUMBERS}


def _are_told_apart(group, numbers):
    return any(
        len({numbers[row.place][key] for row in group} - {None}) == len(group) for key in NUMBERS
    )


def _refuse(refusals, group, key, code):
    """Refuse every row of a group of several, unless a reason was found before."""
    if len(group) < 2 or (code != "number_twice" and any(refusals.get(r.place) for r in group)):
        return
    one_sheet = len({row.sheet for row in group}) == 1
    said = ", ".join(str(row.number) if one_sheet else f"{row.sheet} {row.number}" for row in group)
    for row in group:
        refusals[row.place].append((key, Refused(code, rows=said)))
