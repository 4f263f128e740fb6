"""Decrees as files: lines written as an office writes them."""

import csv
import datetime
import io

from schools.models import Reorganisation
from schools.reorganisations.decree_files import COLUMNS, HEADERS, read_decree
from schools.reorganisations.followers import words
from schools.reorganisations.services import CARRIED, WRITTEN

KEYS = [column.key for column in COLUMNS]
# A decree that is in force from 1 October 2026.
USUAL = {"number": "12/NQ-HĐND", "decided_on": "15/09/2026", "effective_on": "01/10/2026"}


def decree_file(lines, *, separator=",", **head):
    """A CSV of lines, dicts by the keys of the columns; the head stands in the first line."""
    file = io.StringIO()
    rows = csv.writer(file, delimiter=separator)
    rows.writerow([HEADERS[key] for key in KEYS])
    for number, line in enumerate(lines):
        line = (USUAL | head | line) if number == 0 else line
        rows.writerow([line.get(key, "") for key in KEYS])
    return file.getvalue().encode("utf-8-sig")


def decree(lines, **head):
    return read_decree(decree_file(lines, **head), name="nq.csv", carriers=words())


def line(old, new="", **more):
    return {"old": old, "new": new} | more


def make_decree_row(number):
    """A decree that was applied and changed nothing."""
    nothing = {model._meta.label_lower: {"begun": {}, "changed": {}} for model in WRITTEN}
    return Reorganisation.objects.create(
        number=number,
        decided_on=datetime.date(2026, 9, 1),
        effective_on=datetime.date(2026, 10, 1),
        lines=[],
        wrote=nothing | {CARRIED: {}},
    )
