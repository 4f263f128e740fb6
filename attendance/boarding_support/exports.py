"""The list for rice and money as a workbook: for signing, with the days that prove each month."""

import io

from django.utils.translation import gettext as _

from core.documents.spreadsheets import (
    FRAMED,
    FRAMED_HEAD,
    FRAMED_TEXT,
    NOTE,
    PLAIN,
    TITLE,
    Spreadsheet,
)
from schools import ethnic_groups

from .counting import Verdict, day_numbers
from .selectors import SupportList

MONEY = FRAMED.but(num_format="#,##0")
TOTAL = FRAMED.but(bold=True)
TOTAL_MONEY = MONEY.but(bold=True)


def words() -> dict[Verdict, str]:
    """What is said of a month, by verdict."""
    return {
        Verdict.COUNTS: _("Supported"),
        Verdict.OVER: _("Over the months of a year"),
        Verdict.OPEN: _("Not known yet: registers are missing"),
        Verdict.NOT_STUDIED: _("Too few days studied"),
    }


def workbook_of(found: SupportList) -> bytes:
    """Bytes of the workbook of a list; a row for each semi-boarder, totals of what is given."""
    target = io.BytesIO()
    title = _("Semi-boarders supported in %(month)s") % {"month": found.month.label}
    said, groups = words(), ethnic_groups.names()
    with Spreadsheet(target, title=title) as book:
        sheet = book.sheet(_("Month %(month)s") % {"month": found.month.label.replace("/", "-")})
        sheet.widths(0, 0, 6)
        sheet.widths(1, 1, 28)
        sheet.widths(2, 4, 11)
        sheet.widths(5, 5, 26)
        sheet.widths(6, 9, 13)
        sheet.widths(10, 10, 30)
        sheet.text(0, 0, found.school.name, PLAIN)
        sheet.text(1, 0, title, TITLE)
        if found.support is not None:
            sheet.text(2, 0, f"{found.support.name}. {found.support.source}", NOTE)
        head = [
            _("No."),
            _("Full name"),
            _("Class"),
            _("Ethnic group"),
            _("Days studied"),
            _("Which days"),
            _("Rice (kg)"),
            _("Meals (đồng)"),
            _("Lodging (đồng)"),
            _("Money in all (đồng)"),
            _("Remark"),
        ]
        sheet.row(4, head, FRAMED_HEAD)
        row = 5
        for number, line in enumerate(found.lines, 1):
            sheet.number(row, 0, number, FRAMED)
            sheet.text(row, 1, line.spell.pupil.full_name, FRAMED_TEXT)
            sheet.text(row, 2, line.spell.school_class.name, FRAMED_TEXT)
            sheet.text(row, 3, groups.get(line.spell.ethnic_group, ""), FRAMED_TEXT)
            sheet.number(row, 4, len(line.month.days.studied), FRAMED)
            sheet.text(row, 5, day_numbers(line.month.days.studied), FRAMED_TEXT)
            sheet.number(row, 6, line.rice_kg, MONEY)
            sheet.number(row, 7, line.meals, MONEY)
            sheet.number(row, 8, line.lodging, MONEY)
            sheet.number(row, 9, line.money, MONEY)
            sheet.text(row, 10, said[line.month.verdict], FRAMED_TEXT)
            row += 1
        sheet.text(row, 0, "", TOTAL)
        sheet.text(row, 1, _("Total: %(count)s supported") % {"count": len(found.paid)}, TOTAL)
        for column in range(2, 6):
            sheet.text(row, column, "", TOTAL)
        sheet.number(row, 6, found.rice_kg, TOTAL_MONEY)
        sheet.number(row, 7, found.meals, TOTAL_MONEY)
        sheet.number(row, 8, found.lodging, TOTAL_MONEY)
        sheet.number(row, 9, found.money, TOTAL_MONEY)
        sheet.text(row, 10, "", TOTAL)
        sheet.text(
            row + 2,
            0,
            _("A month counts from %(days)s days studied on; a day counts by a register sent.")
            % {"days": found.least_days},
            NOTE,
        )
        sheet.print_on_a4(head=(4, 4))
    return target.getvalue()
