"""The questions of a visit: dated rows, begun from a file."""

import datetime
import tomllib
import uuid
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.first_rows import write_first_rows
from core.services.saving import save_checked
from core.services.versions import next_version, standing
from core.types import User

from .. import events
from ..models import ChecklistItem
from ..services.province import province_of_criteria

ONE_DAY = datetime.timedelta(days=1)
FIRST = Path(__file__).parent.parent / "data" / "checklist.toml"


def write_first_questions(sender: Any = None, using: str = "default", **_options: Any) -> None:
    """Write the questions of the file while there are none (after migrating)."""
    with FIRST.open("rb") as file:
        told = tomllib.load(file)
    questions = [
        (section["name"], code, text)
        for section in told["section"]
        for code, text in section["questions"]
    ]
    rows = [
        ChecklistItem(
            code=code, section=section, text=text, place=place, valid_from=told["valid_from"]
        )
        for place, (section, code, text) in enumerate(questions, start=1)
    ]
    write_first_rows(ChecklistItem, rows, using)


def questions_to_show(on: datetime.date) -> list[ChecklistItem]:
    """Questions asked on a day and those to come, each with its versions in order; one query."""
    return list(
        ChecklistItem.objects.exclude(valid_to__lte=on).order_by("place", "valid_from", "pk")
    )


def question_on(code: str, on: datetime.date) -> ChecklistItem | None:
    """The newest version of a question that has not ended by a day, also one to come."""
    return (
        ChecklistItem.objects.filter(code=code)
        .exclude(valid_to__lte=on)
        .order_by("-valid_from")
        .first()
    )


@transaction.atomic
def add_question(*, section: str, text: str, valid_from: datetime.date, by: User) -> ChecklistItem:
    """A question asked from a day on, the last of its section; returns it.

    Raises PermissionDenied: `by` does not decide this for the province; ValidationError: a day
    before tomorrow, no section or words, or too long.
    """
    province_id = province_of_criteria(by)
    _check_day(valid_from, "valid_from")
    section = section.strip()
    made = save_checked(
        ChecklistItem(
            code=f"q{uuid.uuid4().hex[:12]}",
            section=section,
            text=text.strip(),
            place=_last_place(section),
            valid_from=valid_from,
        )
    )
    record(
        events.QUESTION_ADDED,
        by=by,
        about=made,
        area=province_id,
        changes={
            "text": (None, made.text),
            "section": (None, made.section),
            "valid_from": (None, valid_from),
        },
    )
    return made


@transaction.atomic
def change_question(
    *, question: ChecklistItem, section: str, text: str, valid_from: datetime.date, by: User
) -> ChecklistItem:
    """Other words or another section from a day on; returns the new version.

    Visits made before keep the question they answered. Raises PermissionDenied: `by` does not
    decide this for the province; ValidationError: a day before tomorrow or not after the version
    before it began, or somebody changed it meanwhile.
    """
    province_id = province_of_criteria(by)
    before = _standing(question)
    _check_day(valid_from, "valid_from", after=before.valid_from)
    section = section.strip()
    place = before.place if section == before.section else _last_place(section)
    made = next_version(before, on=valid_from, section=section, text=text.strip(), place=place)
    record(
        events.QUESTION_CHANGED,
        by=by,
        about=made,
        area=province_id,
        changes={
            "text": (before.text, made.text),
            "section": (before.section, made.section),
            "valid_from": (before.valid_from, valid_from),
        },
    )
    return made


@transaction.atomic
def end_question(*, question: ChecklistItem, on: datetime.date, by: User) -> None:
    """Ask a question no longer from a day on; what was answered stays.

    Raises PermissionDenied: `by` does not decide this for the province; ValidationError: a day
    before tomorrow, or somebody changed it meanwhile.
    """
    province_id = province_of_criteria(by)
    last = _standing(question)
    _check_day(on, "on", after=last.valid_from)
    last.valid_to = on
    save_checked(last)
    record(
        events.QUESTION_ENDED,
        by=by,
        about=last,
        area=province_id,
        changes={"valid_to": (None, on)},
    )


def _standing(question: ChecklistItem) -> ChecklistItem:
    return standing(
        question, refusal=_("Somebody changed this question meanwhile. Look at it again.")
    )


def _check_day(day: datetime.date, field: str, *, after: datetime.date | None = None) -> None:
    """Whoever visits today goes on with the checklist they began."""
    earliest = timezone.localdate() + ONE_DAY
    if after is not None:
        earliest = max(earliest, after + ONE_DAY)
    if day < earliest:
        raise ValidationError(
            {
                field: _("The checklist changes from %(day)s at the earliest.")
                % {"day": earliest.strftime("%d/%m/%Y")}
            }
        )


def _last_place(section: str) -> int:
    """Where a question goes that is the last of its section; of equal places the newer is last."""
    rows = ChecklistItem.objects.filter(valid_to=None)
    own = rows.filter(section=section).aggregate(last=Max("place"))["last"]
    if own is not None:
        return int(own)
    return int(rows.aggregate(last=Max("place"))["last"] or 0) + 1
