"""Taking a file of schools in, comparing it, and saving it as a whole."""

import datetime
from collections.abc import Collection
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import lock_in_place, one_at_a_time, save_checked
from core.types import User
from core.workbooks import WorkbookRefused

from ... import events
from ...directory.services.schools import add_site
from ...enums import SchoolKind
from ...models import SchoolList
from ...school_records.services.changes import MAIN_SITE, change_school, open_new_school
from ...school_records.services.decisions import Decision
from ..refusals import Refused, in_words
from ..workbook import read_schools
from .change_set import ChangeSet, Outcome, compare, from_json, to_json

KEPT_FOR = datetime.timedelta(days=1)
UPLOADS_PER_HOUR = 30


@transaction.atomic
def receive_list(*, file: BinaryIO, name: str, starts_on: datetime.date, by: User) -> SchoolList:
    """Read a file of schools and keep its rows to be looked at; no school is written.

    Lists nobody saved within a day are dropped on the way. Raises ValidationError: no sound
    workbook, columns missing, or more than UPLOADS_PER_HOUR by one person.
    """
    one_at_a_time(by)
    now = timezone.now()
    SchoolList.objects.filter(saved_at=None, made_at__lt=now - KEPT_FOR).delete()
    lately = SchoolList.objects.filter(made_by=by, made_at__gt=now - datetime.timedelta(hours=1))
    if lately.count() >= UPLOADS_PER_HOUR:
        raise ValidationError(
            _("You have uploaded %(limit)s files within an hour. Wait a while, then go on.")
            % {"limit": UPLOADS_PER_HOUR}
        )
    try:
        rows = read_schools(file, name=name)
    except WorkbookRefused as error:
        raise ValidationError({"file": str(error)}, code=error.code) from error
    except Refused as error:
        words = " ".join(in_words(str(error.code), dict(error.params or {})))
        raise ValidationError({"file": words}, code=error.code) from error
    school_list = SchoolList(
        file_name=name[-200:], starts_on=starts_on, rows=to_json(rows), made_by=by
    )
    return save_checked(school_list)


def change_set_of(school_list: SchoolList, *, areas: Collection[int] | None) -> ChangeSet:
    """What a list would change as the schools are now."""
    return compare(from_json(school_list.rows), on=school_list.starts_on, areas=areas)


@transaction.atomic
def save_list(
    *, school_list: SchoolList, seen: str, areas: Collection[int] | None, by: User
) -> SchoolList:
    """Save every school of a list, or none.

    `seen` is the digest of the change set that was shown. Raises ValidationError: saved
    already, a row to be mended, or another change set by now.
    """
    lock_in_place(school_list)
    if school_list.saved_at is not None:
        raise ValidationError(_("This list is saved already."), code="saved")
    changes = change_set_of(school_list, areas=areas)
    if changes.refused:
        raise ValidationError(_("Rows of the list are to be mended first."), code="refused")
    if changes.digest != seen:
        raise ValidationError(
            _("The schools have changed meanwhile. Look it over again, then save."), code="changed"
        )
    write(changes, on=school_list.starts_on, by=by)
    school_list.saved_at = timezone.now()
    school_list.created_count, school_list.changed_count = len(changes.new), len(changes.changed)
    # What was written stands in the schools and their events.
    school_list.rows = []
    save_checked(school_list)
    record(
        events.SCHOOLS_IMPORTED,
        by=by,
        about=school_list,
        name=school_list.file_name,
        changes={
            "created": (None, len(changes.new)),
            "changed": (None, len(changes.changed)),
        },
    )
    return school_list


@transaction.atomic
def write(changes: ChangeSet, *, on: datetime.date, by: User | None) -> None:
    """Open the new schools and change the others. Raises ValidationError with the row."""
    for outcome in changes.outcomes:
        try:
            if outcome in changes.new:
                _open(outcome, on, by)
            elif outcome.changes:
                _change(outcome, on, by)
        except ValidationError as error:
            raise ValidationError(
                _("Row %(row)s: %(problem)s")
                % {"row": outcome.row.number, "problem": " ".join(error.messages)}
            ) from error


def _open(outcome: Outcome, on: datetime.date, by: User | None) -> None:
    assert outcome.commune is not None  # what is wrong is refused before anything is written
    values = outcome.row.values
    open_new_school(
        code=values["code"],
        name=values["name"],
        levels=values["levels"].split(","),
        kind=values.get("kind") or SchoolKind.REGULAR,
        commune=outcome.commune,
        main_site=values.get("main_site") or MAIN_SITE,
        sites=outcome.sites,
        decision=Decision(on),
        by=by,
    )


def _change(outcome: Outcome, on: datetime.date, by: User | None) -> None:
    school, values = outcome.school, outcome.row.values
    assert school is not None  # a change is of a school that is there
    on = max(on, school.valid_from)
    if len(outcome.changes) > bool(outcome.sites):
        change_school(
            school=school,
            code=school.code,
            name=values["name"],
            levels=values["levels"].split(","),
            kind=values.get("kind") or "",
            decision=Decision(on),
            by=by,
        )
    for site in outcome.sites:
        add_site(school=school, name=site, start=on, by=by)
