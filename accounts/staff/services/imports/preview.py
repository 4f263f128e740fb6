"""What a change set shows before it is saved, as JSON."""

from typing import Any

from core.services.list_previews import in_reader_words, refused_row
from core.services.workbook_imports import CHANGED, NEW, REFUSED

from ...workbook.columns import header_of
from ...workbook.refusals import words
from .change_set import ChangeSet, Outcome

SHOWN = 200


def preview_of(change_set: ChangeSet) -> dict[str, Any]:
    """The first `SHOWN` of each kind, with counts and the digest."""
    recognised = change_set.recognised
    refusals = [
        (outcome, refusal)
        for outcome in change_set.of_kind(REFUSED)
        for refusal in outcome.refusals
    ]
    return {
        "digest": change_set.digest,
        "sheets": [
            [name, sum(line.sheet == name for line in change_set.source.lines)]
            for name in change_set.source.tables
        ],
        "other_sheets": change_set.source.other_sheets[:SHOWN],
        "unused_columns": change_set.source.unused_columns[:SHOWN],
        "left_out": change_set.source.left_out[:SHOWN],
        "recognised_count": len(recognised),
        "recognised": [_row(each) for each in recognised[:SHOWN]],
        "new": [_row(each) for each in change_set.of_kind(NEW)[:SHOWN]],
        "changed": [
            _row(each) | {"changes": each.changes} for each in change_set.of_kind(CHANGED)[:SHOWN]
        ],
        "refusals": len(refusals),
        "refused": [
            refused_row(
                outcome.line,
                refusal,
                table=change_set.source.tables[outcome.line.sheet],
                header_of=header_of,
            )
            for outcome, refusal in refusals[:SHOWN]
        ],
    }


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "sheet": outcome.line.sheet,
        "row": outcome.line.number,
        "name": outcome.line.name,
        "school": outcome.school.name if outcome.school else "",
        "post": next((new for key, _old, new in outcome.changes if key == "post"), ""),
        "class_name": outcome.names_class.name if outcome.names_class else "",
        # Whose homeroom class it was.
        "replaces": next((old for key, old, _new in outcome.changes if key == "homeroom"), ""),
    }


def worded(preview: dict[str, Any]) -> dict[str, Any]:
    """A stored preview in the language of the reader."""
    return in_reader_words(preview, header_of=header_of, words=words)
