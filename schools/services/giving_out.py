"""All data of one child in one file, for the child and the family (Law 91/2025/QH15)."""

import datetime
import io

import xlsxwriter
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import words_of
from core.models import Event

from .. import ethnic_groups, events, pupil_records
from ..models import Enrolment, PupilErasure, PupilHold, PupilMerge
from ..pupil_records import Table
from ..selectors.trail import role_words, seen_of_pupil
from .pupils import DATA_FIELDS


@transaction.atomic
def give_out(*, pupil, school, by):
    """Bytes of a workbook with everything kept of a pupil; that it was made is an event."""
    events.tell_of_pupil(events.PUPIL_EXPORTED, pupil, by=by, school=school.pk)
    return _workbook(tables_of(pupil))


def tables_of(pupil):
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


def _data(pupil):
    rows = [[str(_label(name)), _worded(pupil, name)] for name in DATA_FIELDS]
    return Table(_("Record"), [_("What"), _("Value")], rows)


def _label(name):
    from ..models import Pupil

    return Pupil._meta.get_field(name).verbose_name


def _worded(row, name):
    value = getattr(row, name)
    if name == "sex":
        return row.get_sex_display()
    if name == "ethnic_group":
        return ethnic_groups.names().get(value, value)
    return getattr(value, "title", None) if name == "home" else value


def _spells(pupil):
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
            _("Semi-boarder"),
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
                each.get_dropout_cause_display(),
                _("yes") if each.semi_boarder else "",
            ]
            for each in spells.order_by("valid_from")
        ],
    )


def _history(pupil):
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


def _merges(pupil):
    merges = PupilMerge.objects.filter(kept_id=pupil.pk).select_related("merged_by")
    return Table(
        _("Merged records"),
        [_("When"), _("By"), _("Taken back")],
        [[each.merged_at, str(each.merged_by), each.undone_at] for each in merges],
    )


def _requests(pupil):
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


def _trail(pupil):
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


def _events(pupil):
    rows = Event.objects.filter(object_type="schools.pupil", object_id=str(pupil.pk))
    return Table(
        _("Decisions about the record"),
        [_("When"), _("What"), _("By"), _("Reason")],
        [[each.at, str(words_of(each.kind)), each.actor_name, each.reason] for each in rows],
    )


def _workbook(tables):
    """One sheet a table; text that looks like a formula or an address stays text."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    for table in tables:
        sheet = book.add_worksheet(table.title[:31])
        sheet.set_column(0, max(len(table.headings) - 1, 0), 22)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(9)
        for column, heading in enumerate(table.headings):
            sheet.write_string(0, column, str(heading), bold)
        for line, row in enumerate(table.rows, start=1):
            for column, value in enumerate(row):
                sheet.write_string(line, column, _plain(value), plain)
        if not table.rows:
            sheet.write_string(1, 0, _("Nothing is kept here."), plain)
    book.close()
    return file.getvalue()


def _plain(value):
    if value is None:
        return ""
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).strftime("%d/%m/%Y %H:%M")
    if isinstance(value, datetime.date):
        return value.strftime("%d/%m/%Y")
    return str(value)
