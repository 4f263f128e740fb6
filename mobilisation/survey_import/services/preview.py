"""What a change set shows before it is saved, as JSON."""

from typing import Any

from core.services.list_previews import in_reader_words, refused_row
from core.services.workbook_imports import CHANGED, NEW, REFUSED

from ..workbook.columns import header_of
from ..workbook.refusals import words
from .change_set import ChangeSet, Outcome

SHOWN = 200


def preview_of(change_set: ChangeSet) -> dict[str, Any]:
    """The first `SHOWN` of each kind, with counts and the digest."""
    source = change_set.source
    refusals = [
        (outcome, refusal)
        for outcome in change_set.of_kind(REFUSED)
        for refusal in outcome.refusals
    ]
    return {
        "digest": change_set.digest,
        "sheets": [
            [name, sum(line.sheet == name for line in source.lines)] for name in source.tables
        ],
        "other_sheets": source.other_sheets[:SHOWN],
        "unused_columns": source.unused_columns[:SHOWN],
        "left_out": source.left_out[:SHOWN],
        "too_old": source.too_old,
        "opens_round": not change_set.is_open,
        "writes": change_set.writes,
        "not_in_file": change_set.not_in_file,
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
        "year": outcome.line.values.get("year"),
        "village": outcome.line.values.get("village", ""),
    }


def worded(preview: dict[str, Any]) -> dict[str, Any]:
    """A stored preview in the language of the reader."""
    return in_reader_words(preview, header_of=header_of, words=words)
