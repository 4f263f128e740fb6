"""The yearly forms of universal education as one workbook: TH-02, THCS-2.1, THCS-M1, XMC-3.

Each is a sheet of its own on A4 across, to be printed and signed; their cross-checks are another.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.documents.spreadsheets import (
    FRAMED,
    FRAMED_HEAD,
    FRAMED_TEXT,
    NOTE,
    PLAIN,
    TITLE,
    Sheet,
    Spreadsheet,
)
from core.permissions import Permission
from mobilisation.standards.counting import Tally
from mobilisation.standards.judging import Verdict
from mobilisation.yearly_forms.figures import (
    ADULT_AGES,
    ARRIVING,
    ELEVEN,
    ELSEWHERE,
    GOING_ON,
    GRADUATED,
    HERE,
    INTO_SIX,
    LOWER_AGES,
    LOWER_GRADES,
    SIX,
    TO_FOURTEEN,
    Adults,
    CommuneForms,
    share_of,
)
from mobilisation.yearly_forms.selectors import YearlyForms, yearly_forms

from ..report_types import Progress, ReportOrder, ReportType

# The law's own words, in Vietnamese as on every official paper (decree 30/2020/NĐ-CP).
NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
COMMITTEE = "BAN CHỈ ĐẠO PHỔ CẬP GIÁO DỤC, XÓA MÙ CHỮ"
SIGNS = (f"TM. {COMMITTEE}", "TRƯỞNG BAN")
WRITER = "NGƯỜI LẬP BIỂU"
CENTRED = PLAIN.but(align="center")
BOLD = CENTRED.but(bold=True)
CENTRED_NOTE = NOTE.but(align="center")
WRAPPED_PLAIN = PLAIN.but(text_wrap=True, valign="top")
HEADING = TITLE.but(align="center")
WRAPPED_TEXT = FRAMED_TEXT.but(text_wrap=True)
HEAD_FROM = 6
# Kinds of cells: text, a whole number, a share of 0 to 1, and one to be filled in by hand.
TEXT, NUMBER, SHARE, BY_HAND = "text", "number", "share", "by_hand"
DASH = "dash"
Cell = str | int | float | None
# {whether it is the total: {kind of cell: style}}; the forms round to two decimals.
STYLES = {
    is_total: {
        TEXT: FRAMED_TEXT.but(bold=is_total),
        NUMBER: FRAMED.but(num_format="#,##0", bold=is_total),
        SHARE: FRAMED.but(num_format="0.00%", bold=is_total),
        DASH: FRAMED_TEXT.but(align="right", bold=is_total),
    }
    for is_total in (False, True)
}


@dataclass(frozen=True)
class Column:
    """A column: its group (or ""), its heading, what stands in it, its width in characters."""

    group: str
    heading: str
    kind: str = NUMBER
    width: int = 8


@dataclass(frozen=True)
class Form:
    """One form: rows below a head of two lines; the last one is the total where `sums`."""

    code: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    sums: bool = True
    note: str = ""


def render(order: ReportOrder, path: Path, progress: Progress) -> int:
    """Write the forms of the order's area with the rolls of its month; returns the number of rows.

    Raises ValidationError when no school year runs in the month.
    """
    if order.area is None or order.month is None:
        raise ValueError("the yearly forms are of an area and a month")
    progress(0, 1)
    found = yearly_forms(order.area, order.month, today=timezone.localdate())
    if found is None:
        raise ValidationError(
            _("No school year runs in %(month)s. Choose another month; that of the law is 9.")
            % {"month": order.month.label}
        )
    rows = write(path, found, made_by=order.by_name)
    progress(1, 1)
    return rows


def write(path: Path, found: YearlyForms, *, made_by: str = "") -> int:
    """Write the workbook; returns the number of rows of its forms and checks."""
    title = _("Yearly forms of universal education, %(area)s, %(year)s") % {
        "area": found.area.title,
        "year": found.year,
    }
    forms = [_th_02(found), _thcs_2_1(found), _thcs_m1(found), _xmc_3(found)]
    with Spreadsheet(os.fspath(path), title=title, row_by_row=False) as book:
        for form in forms:
            _write_form(book.sheet(form.code), form, found)
        _write_checks(book.sheet(_("Cross-checks")), found)
        _write_about(book.sheet(_("About")), title, found, made_by)
    return sum(len(form.rows) for form in forms) + len(found.checks)


# --- The forms -----------------------------------------------------------------------


def _th_02(found: YearlyForms) -> Form:
    disabled = _("Disabled children of 6 to 14")
    columns = [
        Column("", _("No."), NUMBER, 5),
        Column("", _("Commune"), TEXT, 18),
        Column("", _("Number of schools")),
        Column(_("Pupils of 6 to 14"), _("Number")),
        Column(_("Pupils of 6 to 14"), _("disabled")),
        *_number_and_share(_("6 in grade 1")),
        *_number_and_share(_("11, finished primary school")),
        *_number_and_share(_("11 to 14, finished primary school")),
        Column(disabled, _("Number")),
        Column(disabled, _("able to learn")),
        Column(disabled, _("at school")),
        Column(disabled, "%", SHARE),
        Column("", _("Teaching staff"), BY_HAND, 9),
        Column("", _("Facilities"), BY_HAND, 9),
        Column("", _("Level reached"), TEXT, 11),
    ]

    def cells(form: CommuneForms) -> list[Cell]:
        return [
            form.primary_schools,
            form.pupils,
            form.disabled_pupils,
            *_certain(form.shares[SIX]),
            *_certain(form.shares[ELEVEN]),
            *_certain(form.shares[TO_FOURTEEN]),
            form.disabled,
            form.disabled_able,
            form.disabled_pupils,
            form.disabled_pupils / form.disabled_able if form.disabled_able else None,
            "",
            "",
        ]

    return Form(
        "TH-02",
        _("RESULTS OF UNIVERSAL PRIMARY EDUCATION"),
        columns,
        _by_commune(found, cells, lambda form: [_reached(form, found)]),
        note=_("Staff and facilities are in no list of this system: fill them in by hand."),
    )


def _thcs_2_1(found: YearlyForms) -> Form:
    groups = [
        (SIX, _("Children of 6"), _("in grade 1")),
        (INTO_SIX, _("Finished primary school this year"), _("in grade 6")),
        (TO_FOURTEEN, _("Children of 11 to 14"), _("finished primary school")),
        (GRADUATED, _("Young people of 15 to 18"), _("finished lower secondary school")),
        (GOING_ON, _("Of 15 to 18, going on"), _("upper secondary, GDTX, vocational")),
    ]
    columns = [Column("", _("No."), NUMBER, 5), Column("", _("Commune"), TEXT, 20)]
    for _code, group, done in groups:
        columns += [
            Column(group, _("Number"), NUMBER, 9),
            Column(group, done, NUMBER, 11),
            Column(group, "%", SHARE, 9),
        ]

    def cells(form: CommuneForms) -> list[Cell]:
        tallies = [form.shares[code] for code, _group, _done in groups]
        return [cell for each in tallies for cell in (each.total, *_certain(each))]

    return Form(
        "THCS-2.1",
        _("RESULTS OF UNIVERSAL LOWER SECONDARY EDUCATION"),
        columns,
        _by_commune(found, cells, lambda form: []),
    )


def _thcs_m1(found: YearlyForms) -> Form:
    lower = found.whole.lower
    places = {
        HERE: _("living here, at a school here"),
        ELSEWHERE: _("living here, at a school elsewhere"),
        ARRIVING: _("coming from elsewhere"),
    }
    rows: list[list[Cell]] = []
    for grade in LOWER_GRADES:
        for where, name in places.items():
            counts = [lower.learning(grade, where, age) for age in LOWER_AGES]
            rows.append([_("Grade %(grade)s") % {"grade": int(grade)}, name, *counts, sum(counts)])
    for name, of_age in (
        (_("Finished lower secondary school"), lower.graduated),
        (_("Going on"), lower.going_on),
        (_("Dropped out"), lower.dropped_out),
    ):
        counts = [of_age[age] for age in LOWER_AGES]
        rows.append([name, "", *counts, sum(counts)])
    ages = _("Age")
    return Form(
        "THCS-M1",
        _("CHILDREN OF 11 TO 18 BY AGE AND GRADE"),
        [
            Column("", _("Grade or state"), TEXT, 26),
            Column("", _("Where they learn"), TEXT, 34),
            *(Column(ages, str(age), NUMBER, 9) for age in LOWER_AGES),
            Column("", _("Total"), NUMBER, 10),
        ],
        rows,
        sums=False,
    )


def _xmc_3(found: YearlyForms) -> Form:
    first, second = _("Literate at level 1"), _("Literate at level 2")

    def cells(people: Adults) -> list[Cell]:
        below = people.to_educate
        return [
            people.people,
            below,
            people.level_1,
            people.level_1 / below if below else None,
            people.level_2,
            people.level_2 / below if below else None,
        ]

    ages = [[str(age), *cells(found.whole.adults[age])] for age in ADULT_AGES]
    total = found.whole.adults_between(ADULT_AGES[0], ADULT_AGES[-1])
    return Form(
        "XMC-3",
        _("LITERACY OF PEOPLE OF 15 TO 60 BY AGE"),
        [
            Column("", _("Age"), TEXT, 14),
            Column("", _("All people surveyed"), NUMBER, 12),
            Column("", _("To be educated (PPC)"), NUMBER, 14),
            Column(first, _("Number"), NUMBER, 12),
            Column(first, "%", SHARE, 12),
            Column(second, _("Number"), NUMBER, 12),
            Column(second, "%", SHARE, 12),
        ],
        [*ages, [_("Total"), *cells(total)]],
    )


def _number_and_share(group: str) -> list[Column]:
    return [Column(group, _("Number")), Column(group, "%", SHARE, 9)]


def _certain(tally: Tally) -> list[Cell]:
    return [tally.certain, share_of(tally)]


def _by_commune(
    found: YearlyForms,
    cells: Callable[[CommuneForms], list[Cell]],
    last: Callable[[CommuneForms], list[Cell]],
) -> list[list[Cell]]:
    rows = []
    for number, form in enumerate(found.communes, start=1):
        name = form.area.title if form.area is not None else ""
        told: list[Cell] = [*cells(form), *last(form)]
        # A commune without a survey has no numbers; noughts would say that nobody lives there.
        if not form.survey_years:
            told = ["" if cell == "" else None for cell in told]
        rows.append([number, name, *told])
    blank: list[Cell] = ["" for _each in last(found.whole)]
    return [*rows, ["", _("Total"), *cells(found.whole), *blank]]


def _reached(form: CommuneForms, found: YearlyForms) -> str:
    if form.reached:
        return found.standards[form.reached]
    if not found.standards:
        return "—"
    return _("Not met") if form.verdict == Verdict.NOT_MET else _("Not known")


# --- The sheets ----------------------------------------------------------------------


def _write_form(page: Sheet, form: Form, found: YearlyForms) -> None:
    width = len(form.columns)
    half = width // 2
    page.print_on_a4(head=(HEAD_FROM, HEAD_FROM + 1))
    for index, column in enumerate(form.columns):
        page.widths(index, index, column.width)
    page.merged_across(0, (0, half - 1), COMMITTEE, CENTRED)
    page.merged_across(0, (half, width - 1), NATION, BOLD)
    page.merged_across(1, (0, half - 1), found.area.title.upper(), BOLD)
    page.merged_across(1, (half, width - 1), MOTTO, BOLD)
    page.merged_across(3, (0, width - 1), f"{form.code}: {form.title}", HEADING)
    page.merged_across(4, (0, width - 1), _of(found), CENTRED_NOTE)
    _write_head(page, form)
    line = HEAD_FROM + 2
    for index, row in enumerate(form.rows):
        is_total = form.sums and index == len(form.rows) - 1
        _write_row(page, line, row, form.columns, is_total=is_total)
        line += 1
    page.freeze(HEAD_FROM + 2, 2)
    if form.note:
        page.text(line, 0, form.note, NOTE)
        line += 1
    line += 1
    day = _("%(place)s, day ..... month ..... year %(year)s") % {
        "place": found.area.name,
        "year": timezone.localdate().year,
    }
    page.merged_across(line, (half, width - 1), day, CENTRED_NOTE)
    page.merged_across(line + 1, (0, half - 1), WRITER, BOLD)
    for offset, words in enumerate(SIGNS, start=1):
        page.merged_across(line + offset, (half, width - 1), words, BOLD)


def _write_head(page: Sheet, form: Form) -> None:
    groups = [column.group for column in form.columns]
    page.height(HEAD_FROM, 34)
    page.height(HEAD_FROM + 1, 50)
    index = 0
    while index < len(groups):
        last = index
        while groups[index] and last + 1 < len(groups) and groups[last + 1] == groups[index]:
            last += 1
        if groups[index]:
            page.merged_across(HEAD_FROM, (index, last), groups[index], FRAMED_HEAD)
            headings = [column.heading for column in form.columns[index : last + 1]]
            page.row(HEAD_FROM + 1, headings, FRAMED_HEAD, first=index)
        else:
            rows = (HEAD_FROM, HEAD_FROM + 1)
            page.merged_down(rows, index, form.columns[index].heading, FRAMED_HEAD)
        index = last + 1


def _write_row(
    page: Sheet, line: int, row: Sequence[Cell], columns: Sequence[Column], *, is_total: bool
) -> None:
    styles = STYLES[is_total]
    for index, (value, column) in enumerate(zip(row, columns, strict=True)):
        if value is None:
            page.text(line, index, "—", styles[DASH])
        elif isinstance(value, str):
            page.text(line, index, value, styles[TEXT])
        else:
            is_share = column.kind == SHARE
            # Two decimals of a percent, in the cell as on paper.
            shown = round(value, 4) if is_share else value
            page.number(line, index, shown, styles[SHARE if is_share else NUMBER])


def _write_checks(page: Sheet, found: YearlyForms) -> None:
    page.print_on_a4(head=(3, 3))
    for index, width in enumerate((24, 84, 34, 12)):
        page.widths(index, index, width)
    page.text(0, 0, _("Cross-checks of the forms"), TITLE)
    page.text(1, 0, _of(found), NOTE)
    page.row(3, [_("Commune"), _("What must hold"), _("Figures found"), _("Result")], FRAMED_HEAD)
    # Those that fail come first: they are what there is to do.
    checks = sorted(found.checks, key=lambda check: check.holds)
    for line, check in enumerate(checks, start=4):
        result = _("holds") if check.holds else _("fails")
        name = check.area.title if check.area is not None else ""
        page.row(line, [name, check.sentence, check.found, result], WRAPPED_TEXT)
    page.freeze(4)


def _write_about(page: Sheet, title: str, found: YearlyForms, made_by: str) -> None:
    page.print_on_a4(head=(0, 0))
    page.widths(0, 0, 28)
    page.widths(1, 1, 100)
    page.text(0, 0, title, TITLE)
    unsurveyed = [each.area.title for each in found.communes if each.area and not each.survey_years]
    lines = [
        (_("Rolls of"), found.day.strftime("%d/%m/%Y")),
        (_("Ages"), _("%(year)s less the year of birth") % {"year": found.year}),
        (_("Communes without a survey"), ", ".join(unsurveyed) or "—"),
        (_("Cross-checks that fail"), str(len(found.failing))),
        (_("Made by"), made_by or "—"),
        *explained(),
    ]
    for line, pair in enumerate(lines, start=2):
        page.row(line, pair, WRAPPED_PLAIN)


def explained() -> Iterable[tuple[str, str]]:
    """How the columns are read where the forms do not say it; (form, sentence)."""
    return [
        (
            _("All forms"),
            _(
                "Who is to be educated (PPC) is counted where they live; above a line stands only "
                "who is on a roll by a confirmed match, or has finished by the survey. Rates are "
                "rounded to two decimals; nobody below the line gives a dash."
            ),
        ),
        (
            "TH-02",
            _(
                "Pupils of 6 to 14: children to be educated who are on a roll of any grade; of the "
                "disabled, at school means the same. Schools: those that teach primary classes."
            ),
        ),
        (
            "THCS-2.1",
            _(
                "Who went to a vocational school is in no list here and stands above no line: add "
                "them by hand."
            ),
        ),
        (
            "THCS-M1",
            _(
                "Coming from elsewhere: pupils at the schools here whose family was surveyed in "
                "another commune, or whose record names another home. Going on: on a roll of "
                "grades 10 to 12. Dropped out: told so by the survey, and on no roll."
            ),
        ),
        (
            "XMC-3",
            _(
                "Of the form the ages are known to us; the columns are what decree 20/2014/NĐ-CP "
                "counts. Totals that the commune entered are in no age, so they are not in it."
            ),
        ),
    ]


def _of(found: YearlyForms) -> str:
    return _("Year %(year)s, rolls of %(day)s") % {
        "year": found.year,
        "day": found.day.strftime("%d/%m/%Y"),
    }


YEARLY_FORMS = ReportType(
    code="yearly_forms",
    name=gettext_lazy("Yearly forms of universal education (TH-02, THCS-2.1, THCS-M1, XMC-3)"),
    permission=Permission.EXPORT_FIGURES,
    file_stem="bieu-pho-cap",
    extension="xlsx",
    render=render,
)
