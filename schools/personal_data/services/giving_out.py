"""All data of one child in one file, for the child and the family (Law 91/2025/QH15)."""

import datetime
import io
from collections.abc import Iterable
from typing import Any, cast

from django.db import transaction
from django.db.models import Field
from django.utils import timezone
from django.utils.translation import gettext as _

from core.documents.spreadsheets import WRAPPED, Spreadsheet
from core.events import words_of
from core.models import Event
from core.types import StrOrPromise, User

from ... import ethnic_groups, events
from ...models import Enrolment, Pupil, PupilErasure, PupilHold, PupilMerge, School
from ...pupils import pupil_records
from ...pupils.pupil_records import Table
from ...pupils.services.pupils import DATA_FIELDS
from ..selectors import role_words, seen_of_pupil

HEAD = WRAPPED.but(bold=True)


@transaction.atomic
def give_out(*, pupil: Pupil, school: School, by: User) -> bytes:
    """Bytes of a workbook with everything kept of a pupil; that it was made is an event."""
    events.tell_of_pupil(events.PUPIL_EXPORTED, pupil, by=by, school=school.pk)
    return _workbook(tables_of(pupil))


def tables_of(pupil: Pupil) -> list[Table]:
    """Every `Table` of what is kept of a pupil, here and in the apps above."""
    return [
        _data(pupil),
        _spells(pupil),
        *pupil_records.tables(pupil),
        _history(pupil),
        _merges(pupil),
        _requests(pupil),
        _trail(pupil),
        _events(pupil),
    ]


def _data(pupil: Pupil) -> Table:
    rows = [[str(_label(name)), _worded(pupil, name)] for name in DATA_FIELDS]
    return Table(_("Record"), [_("What"), _("Value")], rows)


def _label(name: str) -> StrOrPromise:
    return cast("Field[Any, Any]", Pupil._meta.get_field(name)).verbose_name


def _worded(row: Pupil, name: str) -> object:
    value = getattr(row, name)
    if name == "sex":
        return row.get_sex_display()
    if name == "ethnic_group":
        return ethnic_groups.names().get(value, value)
    return getattr(value, "title", None) if name == "home" else value


def _spells(pupil: Pupil) -> Table:
    spells = Enrolment.objects.filter(pupil=pupil).select_related("school", "school_class__year")
    return Table(
        _("Classes attended"),
        [
            _("School"),
            _("Class"),
            _("School year"),
            _("Came"),
            _("Left"),
            _("Came because"),
            _("Left because"),
            _("Cause of the dropout"),
        ],
        [
            [
                each.school.name,
                each.school_class.name,
                each.school_class.year.code,
                each.valid_from,
                each.valid_to,
                each.get_entry_reason_display(),
                each.get_exit_reason_display(),
                ", ".join(each.cause_names),
            ]
            for each in spells.order_by("valid_from")
        ],
    )


def _history(pupil: Pupil) -> Table:
    """Each change of the record: when, by whom, and what stood there from then on."""
    versions = pupil.history.select_related("history_user", "home").order_by("history_date")
    headings = [_("When"), _("By"), _("Why")] + [str(_label(name)) for name in DATA_FIELDS]
    return Table(
        _("Changes of the record"),
        headings,
        [
            [
                each.history_date,
                str(each.history_user or ""),
                each.history_change_reason or "",
                *(_worded(each, name) for name in DATA_FIELDS),
            ]
            for each in versions
        ],
    )


def _merges(pupil: Pupil) -> Table:
    merges = PupilMerge.objects.filter(kept_id=pupil.pk).select_related("merged_by")
    return Table(
        _("Merged records"),
        [_("When"), _("By"), _("Taken back")],
        [[each.merged_at, str(each.merged_by), each.undone_at] for each in merges],
    )


def _requests(pupil: Pupil) -> Table:
    rows = [
        [each.asked_at, _("Asked to make a record anonymous"), each.reason, str(each.asked_by)]
        for each in PupilErasure.objects.filter(pupil=pupil).select_related("asked_by")
    ]
    rows += [
        [each.placed_at, _("Record of a pupil kept on purpose"), each.reason, str(each.placed_by)]
        for each in PupilHold.objects.filter(pupil=pupil).select_related("placed_by")
    ]
    headings = [_("When"), _("What"), _("Reason"), _("By")]
    return Table(_("Requests about the record"), headings, rows)


def _trail(pupil: Pupil) -> Table:
    headings = [
        _("First"),
        _("Last"),
        _("Who"),
        _("Role"),
        _("What was opened"),
        _("Class"),
    ]
    return Table(
        _("Who saw the name"),
        headings,
        [
            [
                each.at,
                each.last_at,
                each.user_name,
                role_words(each.roles),
                each.get_kind_display(),
                each.school_class.name if each.school_class else "",
            ]
            for each in seen_of_pupil(pupil)
        ],
    )


def _events(pupil: Pupil) -> Table:
    rows = Event.objects.filter(object_type="schools.pupil", object_id=str(pupil.pk))
    return Table(
        _("Decisions about the record"),
        [_("When"), _("What"), _("By"), _("Reason")],
        [[each.at, str(words_of(each.kind)), each.actor_name, each.reason] for each in rows],
    )


def _workbook(tables: Iterable[Table]) -> bytes:
    """One sheet a table."""
    file = io.BytesIO()
    with Spreadsheet(file, title=_("All data of a pupil")) as book:
        for table in tables:
            sheet = book.sheet(table.title)
            sheet.widths(0, max(len(table.headings) - 1, 0), 22)
            sheet.freeze(1)
            sheet.print_on_a4(head=(0, 0))
            sheet.row(0, table.headings, HEAD)
            for line, row in enumerate(table.rows, start=1):
                sheet.row(line, map(_plain, row), WRAPPED)
            if not table.rows:
                sheet.text(1, 0, _("Nothing is kept here."), WRAPPED)
    return file.getvalue()


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).strftime("%d/%m/%Y %H:%M")
    if isinstance(value, datetime.date):
        return value.strftime("%d/%m/%Y")
    return str(value)
