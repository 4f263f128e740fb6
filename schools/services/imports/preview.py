"""The preview of a plan, as kept with the batch: counts, and the first rows of each kind."""

from collections import Counter

from ...enums import ExitReason
from ...pupil_workbook.refusals import in_words
from .change_set import CHANGED, NEW, REFUSED, header_of

SHOWN = 50


def preview_of(plan):
    """JSON-able dict for the page; only the first SHOWN rows, so that a page stays light.

    Keys: digest; sheets [[name, rows]]; other_sheets; unused_columns; rows_left_out, left_out
    [[sheet, row, text]]; hidden_rows, hidden [[sheet, row, name]]; hidden_columns [[sheet,
    heading]]; young, youngest [[sheet, row, name, age]]; others_on_roll;
    new_classes [[name, grades]]; moves {class, enrolled, out, dropout};
    new [[sheet, row, name, class]]; changed [{sheet, row, name, changes}];
    refused [{sheet, row, letter, header, value, code, params}];
    alike [{sheet, row, name, own, elsewhere}] of new rows whose name and birth date are on
    record, `own` among the school's pupils: how many there and at other schools; alike_count.
    """
    rows_of = Counter(row.sheet for row in plan.source.rows)
    young = [
        [*outcome.row.place, outcome.pupil.full_name, outcome.unusual_age]
        for outcome in plan.outcomes
        if outcome.kind in (NEW, CHANGED) and outcome.unusual_age is not None
    ]
    new, changed = plan.of_kind(NEW), plan.of_kind(CHANGED)
    return {
        "digest": plan.digest,
        "sheets": [[name, rows_of[name]] for name in plan.source.tables],
        "other_sheets": plan.source.other_sheets,
        "unused_columns": plan.source.unused_columns,
        "rows_left_out": len(plan.source.left_out),
        "left_out": plan.source.left_out[:SHOWN],
        "hidden_rows": len(plan.source.hidden),
        "hidden": plan.source.hidden[:SHOWN],
        "hidden_columns": plan.source.hidden_columns[:SHOWN],
        "young": len(young),
        "youngest": young[:SHOWN],
        "others_on_roll": plan.others_on_roll,
        "new_classes": [
            [new_class.name, ", ".join(str(grade.label) for grade in new_class.grade_list)]
            for new_class in plan.new_classes
        ],
        "moves": _moves(changed),
        "new": [
            [*outcome.row.place, outcome.pupil.full_name, outcome.roll.begin.school_class.name]
            for outcome in new[:SHOWN]
        ],
        "changed": [
            {
                "sheet": outcome.row.sheet,
                "row": outcome.row.number,
                "name": outcome.pupil.full_name,
                "changes": outcome.changes,
            }
            for outcome in changed[:SHOWN]
        ],
        "refused": first_refusals(plan)[:SHOWN],
        **_alike(new, plan.resource.loader.of_school),
        "refusals": sum(len(outcome.refusals) for outcome in plan.of_kind(REFUSED)),
    }


def _alike(new, of_school):
    asked = [outcome for outcome in new if outcome.alike]
    shown = []
    for outcome in asked[:SHOWN]:
        own = sum(pupil.pk in of_school for pupil in outcome.alike)
        shown.append(
            {
                "sheet": outcome.row.sheet,
                "row": outcome.row.number,
                "name": outcome.pupil.full_name,
                "own": own,
                "elsewhere": len(outcome.alike) - own,
            }
        )
    return {"alike": shown, "alike_count": len(asked)}


def first_refusals(plan):
    """Refusals in the order of the file, cell by cell."""
    refusals = []
    for outcome in plan.of_kind(REFUSED):
        for key, code, params in outcome.refusals:
            letter, header = plan.source.column(outcome.row.sheet, key)
            refusals.append(
                {
                    "sheet": outcome.row.sheet,
                    "row": outcome.row.number,
                    "letter": letter,
                    "header": header,
                    "value": outcome.row.text(key),
                    "code": code,
                    "params": params,
                }
            )
        if len(refusals) >= SHOWN:
            break
    return refusals


def kept_refusal(refusal):
    """A refusal of the whole file as JSON, to be put into words when it is read."""
    return {"code": refusal.code, "params": {k: str(v) for k, v in (refusal.params or {}).items()}}


def in_reader_words(preview):
    """A kept preview with refusals and column names in the language of the reader."""
    worded = dict(preview)
    if preview.get("problem"):
        worded["problem"], worded["remedy"] = in_words(**preview["problem"])
    worded["refused"] = []
    for refusal in preview.get("refused", ()):
        problem, remedy = in_words(refusal["code"], refusal["params"])
        worded["refused"].append(refusal | {"problem": problem, "remedy": remedy})
    worded["changed"] = [
        row | {"changes": [(header_of(key), old, new) for key, old, new in row["changes"]]}
        for row in preview.get("changed", ())
    ]
    return worded


def _moves(changed):
    moves = Counter()
    for outcome in changed:
        reasons = {ending.reason for ending in outcome.roll.endings}
        if any(key == "class_name" for key, _old, _new in outcome.changes):
            moved = ExitReason.CLASS_CHANGE in reasons or outcome.roll.correction
            moves["class" if moved else "enrolled"] += 1
        elif ExitReason.TRANSFER_OUT in reasons:
            moves["out"] += 1
        elif ExitReason.DROPOUT in reasons:
            moves["dropout"] += 1
    return dict(moves)
