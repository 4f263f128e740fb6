"""The preview of a change set, as kept with the batch: counts, and the first rows of each kind."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from core.services.workbook_imports import CHANGED, NEW, REFUSED, UNCHANGED

from ...enums import ExitReason
from ..workbook.refusals import in_words
from .change_set import ChangeSet, Outcome, SchoolChanges, header_of
from .duplicates import said
from .reading import Source

SHOWN = 50
# Of a file of many schools: rows of a kind of each of them, fewer the more schools there are, so
# that a preview stays some megabytes.
SHOWN_OF_SCHOOLS = 2_000
FEWEST_SHOWN = 10


def preview_of(change_set: ChangeSet) -> dict[str, Any]:
    """JSON-able dict for the page; only the first SHOWN rows, so that a page stays light.

    Keys: digest; sheets [[name, rows]]; other_sheets; unused_columns; rows_left_out, left_out
    [[sheet, row, text]]; hidden_rows, hidden [[sheet, row, name]]; hidden_columns [[sheet,
    heading]]; others_on_roll; new_classes [[name, grades]]; the keys of `_rows_of`; schools: of
    a file of many, for each {id, code, name, new, changed, unchanged, refused, others_on_roll,
    new_classes (how many), rows (what `_rows_of` shows of it)}. The file itself then shows of
    its rows only what is refused or asked.
    """
    source, schools = change_set.source, change_set.schools
    rows_of = Counter(row.sheet for row in source.rows)
    rows = _rows_of(source, change_set.outcomes, schools, SHOWN)
    if change_set.of_many:
        rows |= {"new": [], "changed": []}
    each_shows = max(FEWEST_SHOWN, min(SHOWN, SHOWN_OF_SCHOOLS // max(len(schools), 1)))
    return {
        "digest": change_set.digest,
        "sheets": [[name, rows_of[name]] for name in source.tables],
        "other_sheets": source.other_sheets,
        "unused_columns": source.unused_columns,
        "rows_left_out": len(source.left_out),
        "left_out": source.left_out[:SHOWN],
        "hidden_rows": len(source.hidden),
        "hidden": source.hidden[:SHOWN],
        "hidden_columns": source.hidden_columns[:SHOWN],
        "others_on_roll": sum(each.others_on_roll for each in schools),
        "new_classes": [] if change_set.of_many else _new_classes(schools),
        **rows,
        "schools": [_school(source, each, each_shows) for each in schools]
        if change_set.of_many
        else [],
    }


def _school(source: Source, changes: SchoolChanges, shown: int) -> dict[str, Any]:
    counts = Counter(outcome.kind for outcome in changes.outcomes)
    return {
        "id": changes.school.pk,
        "code": changes.school.code,
        "name": changes.school.name,
        **{kind: counts[kind] for kind in (NEW, CHANGED, UNCHANGED, REFUSED)},
        "others_on_roll": changes.others_on_roll,
        "new_classes": len(changes.new_classes),
        "rows": {
            "new_classes": _new_classes([changes]),
            **_rows_of(source, changes.outcomes, [changes], shown),
        },
    }


def _new_classes(schools: Sequence[SchoolChanges]) -> list[list[str]]:
    return [
        [new_class.name, ", ".join(str(grade.label) for grade in new_class.grade_list)]
        for changes in schools
        for new_class in changes.new_classes
    ]


def _rows_of(
    source: Source,
    outcomes: Sequence[Outcome],
    schools: Sequence[SchoolChanges],
    most: int,
) -> dict[str, Any]:
    """The first rows of each kind.

    Keys: young, youngest [[sheet, row, name, age]]; moves {class, enrolled, out, dropout};
    new [[sheet, row, name, class]]; changed [{sheet, row, name, changes}];
    refused [{school, sheet, row, letter, header, value, code, params}]; refusals;
    alike [{school, sheet, row, name, own, elsewhere, rows}] of new rows whose name and birth
    date are on record, `own` among the school's pupils: how many there and at other schools, and
    where they stand in rows of other schools of the file; alike_count.
    """
    of_kind = {
        kind: [outcome for outcome in outcomes if outcome.kind == kind]
        for kind in (NEW, CHANGED, REFUSED)
    }
    new, changed = of_kind[NEW], of_kind[CHANGED]
    young = [
        [*outcome.row.place, _name(outcome), outcome.unusual_age]
        for outcome in outcomes
        if outcome.kind in (NEW, CHANGED) and outcome.unusual_age is not None
    ]
    return {
        "young": len(young),
        "youngest": young[:most],
        "moves": _moves(changed),
        "new": [[*each.row.place, _name(each), _class_name(each)] for each in new[:most]],
        "changed": [
            {
                "sheet": outcome.row.sheet,
                "row": outcome.row.number,
                "name": _name(outcome),
                "changes": outcome.changes,
            }
            for outcome in changed[:most]
        ],
        "refused": _first_refusals(source, of_kind[REFUSED], most),
        "refusals": sum(len(outcome.refusals) for outcome in of_kind[REFUSED]),
        **_alike(new, schools, most),
    }


def _name(outcome: Outcome) -> str:
    return outcome.pupil.full_name if outcome.pupil else ""


def _class_name(outcome: Outcome) -> str:
    begin = outcome.roll.begin if outcome.roll else None
    return begin.school_class.name if begin else ""


def _alike(new: Sequence[Outcome], schools: Sequence[SchoolChanges], most: int) -> dict[str, Any]:
    asked = [outcome for outcome in new if outcome.alike or outcome.alike_rows]
    pupils_of = {each.school: each.resource.loader.of_school for each in schools}
    shown = []
    for outcome in asked[:most]:
        assert outcome.school is not None, "a new row has its school"
        own = sum(pupil.pk in pupils_of[outcome.school] for pupil in outcome.alike)
        shown.append(
            {
                "school": outcome.school.pk,
                "sheet": outcome.row.sheet,
                "row": outcome.row.number,
                "name": _name(outcome),
                "own": own,
                "elsewhere": len(outcome.alike) - own,
                "rows": said(each.row for each in outcome.alike_rows),
            }
        )
    return {"alike": shown, "alike_count": len(asked)}


def _first_refusals(source: Source, refused: Sequence[Outcome], most: int) -> list[dict[str, Any]]:
    """Refusals in the order of the file, cell by cell."""
    refusals: list[dict[str, Any]] = []
    for outcome in refused:
        for key, code, params in outcome.refusals:
            letter, header = source.column(outcome.row.sheet, key)
            refusals.append(
                {
                    "school": outcome.school.pk if outcome.school else None,
                    "sheet": outcome.row.sheet,
                    "row": outcome.row.number,
                    "letter": letter,
                    "header": header,
                    "value": outcome.row.text(key),
                    "code": code,
                    "params": params,
                }
            )
        if len(refusals) >= most:
            break
    return refusals[:most]


def in_reader_words(preview: Mapping[str, Any]) -> dict[str, Any]:
    """A kept preview with refusals and column names in the language of the reader."""
    worded = dict(preview)
    worded["refused"] = []
    for refusal in preview.get("refused", ()):
        problem, remedy = in_words(refusal["code"], refusal["params"])
        worded["refused"].append(refusal | {"problem": problem, "remedy": remedy})
    worded["changed"] = [
        row | {"changes": [(header_of(key), old, new) for key, old, new in row["changes"]]}
        for row in preview.get("changed", ())
    ]
    return worded


def _moves(changed: Sequence[Outcome]) -> dict[str, int]:
    moves: Counter[str] = Counter()
    for outcome in changed:
        if outcome.roll is None:
            continue
        reasons = {ending.reason for ending in outcome.roll.endings}
        if any(key == "class_name" for key, _old, _new in outcome.changes):
            moved = ExitReason.CLASS_CHANGE in reasons or outcome.roll.correction
            moves["class" if moved else "enrolled"] += 1
        elif ExitReason.TRANSFER_OUT in reasons:
            moves["out"] += 1
        elif ExitReason.DROPOUT in reasons:
            moves["dropout"] += 1
    return dict(moves)
