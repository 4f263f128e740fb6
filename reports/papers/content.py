"""What the month's papers say: the report of an area and the notice to a commune, from its figures.

No name of a child is read here: a paper that leaves the school holds sums alone.
"""

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.addresses import outside_address
from core.documents.official_papers import Appendix, Column
from core.formatting import format_target, number, percent, points
from core.months import Month
from core.province import province
from schools.areas.selectors.tree import AreaTree
from schools.directory.selectors.schools import commune_of
from schools.enums import AreaLevel
from schools.models import Area, School

from ..models import Flag, MonthAssessment, Publication
from ..month_review.published import tables_of_area, tables_of_school
from ..month_review.selectors import assessment_of, assessments_of, confirmation_of
from ..selectors.dashboards import map_date_for
from ..selectors.flags import SEVERITY
from ..selectors.monthly import MonthlyTables, ReportRow
from .drafts import MonthPaper
from .narratives import said_about
from .offices import (
    PEOPLES_COMMITTEE,
    addressee_of,
    lower_first,
    month_year,
    office_of,
    office_of_school,
    place_of,
    supervisor_of,
)
from .symbols import symbol_of

# Most flags that a paper names: the rest is a number, the table tells all.
FLAGS_NAMED = 12


def report(area: Area, month: Month) -> MonthPaper:
    """The month's report (báo cáo) of an area to the office above it."""
    tables, published = tables_of_area(area, month)
    is_commune = area.level == AreaLevel.COMMUNE
    office = office_of(area, month)
    return MonthPaper(
        publication=published,
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, "report", on=timezone.localdate()),
        place=place_of(area),
        month_year=month_year(),
        kind="BÁO CÁO",
        subject=_subject(area, month),
        to=(addressee_of(area, month),),
        sections=[
            (
                _("I. Results"),
                _assessed(area, month) or [*results(tables), *said_about(area, month)],
            ),
            (_("II. Where attention is needed"), _flagged(area, month)),
            (
                _("III. Registers behind these figures"),
                [*_registers(tables, published), *_code(published)],
            ),
            *_measures(area, month),
        ],
        recipients=["Như trên;", "Ban Chỉ đạo Đổi mới giáo dục và đào tạo tỉnh;", "Lưu: VT."],
        signs=office.signs,
        appendix=_appendix(tables, by_school=is_commune, area=area, month=month),
    )


def notice(commune: Area, month: Month) -> MonthPaper:
    """The notice of results (thông báo kết quả) to a commune, from the office above it."""
    tables, published = tables_of_area(commune, month)
    office = office_of(supervisor_of(commune, month), month)
    return MonthPaper(
        publication=published,
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, "notice", on=timezone.localdate()),
        place=province().name,
        month_year=month_year(),
        kind="THÔNG BÁO",
        subject=_subject(commune, month),
        sections=[
            (_("I. Results"), [*results(tables), *said_about(commune, month)]),
            (
                _("II. Where attention is needed"),
                [*_flagged(commune, month), *_code(published)],
            ),
            (
                _("III. What is asked of the commune"),
                [
                    _(
                        "The People's Committee and the education steering committee of "
                        "%(commune)s check the figures with the schools, find out why pupils "
                        "stay away, bring back those who left, and report what was done with "
                        "the report of the next month."
                    )
                    % {"commune": lower_first(commune.title)},
                ],
            ),
        ],
        recipients=[
            f"{PEOPLES_COMMITTEE} {lower_first(commune.title)};",
            f"Các trường thuộc {lower_first(commune.title)};",
            "Thành viên Ban Chỉ đạo phụ trách;",
            "Lưu: VT.",
        ],
        signs=office.signs,
        appendix=_appendix(tables, by_school=True, area=commune, month=month),
    )


def school_report(school: School, month: Month) -> MonthPaper:
    """The month's report (báo cáo) of a school to the office above it, by class."""
    tables, published = tables_of_school(school, month)
    office = office_of_school(school, month)
    commune = commune_of(school, on=month.last)
    subject = _("Enrolment, retention and attendance, %(area)s, month %(month)s") % {
        "area": lower_first(office.name),
        "month": month.label,
    }
    return MonthPaper(
        publication=published,
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, "report", on=timezone.localdate()),
        place=commune.name if commune is not None else province().name,
        month_year=month_year(),
        kind="BÁO CÁO",
        subject=subject,
        to=(office.above,),
        sections=[
            (_("I. Results"), results(tables)),
            (_("II. Where attention is needed"), _classes_below(tables)),
            (
                _("III. Registers behind these figures"),
                [
                    *_registers(tables, published),
                    *_confirmed(school, month),
                    *_code(published),
                ],
            ),
        ],
        recipients=["Như trên;", "Lưu: VT."],
        signs=office.signs,
        appendix=_table(tables, tables.schools, "class", subject),
    )


def _classes_below(tables: MonthlyTables) -> list[str]:
    """The classes under their target, the lowest first; a few of them, and how many more."""
    below = [
        (rate, row)
        for row in tables.schools
        if (rate := _share(row["attendance"])) is not None
        and (target := _share(row["target"])) is not None
        and rate < target
    ]
    if not below:
        return [_("No class is under its target of attendance.")]
    below.sort(key=lambda pair: pair[0])
    said = [
        _("Class %(name)s: %(rate)s, the target is %(target)s; %(unexcused)s missed without leave.")
        % {
            "name": row["class"],
            "rate": percent(rate),
            "target": format_target(_share(row["target"])),
            "unexcused": number(_int(row["unexcused"])),
        }
        for rate, row in below[:FLAGS_NAMED]
    ]
    if len(below) > FLAGS_NAMED:
        said.append(
            _("%(count)s more classes are under their target; the appendix has them all.")
            % {"count": number(len(below) - FLAGS_NAMED)}
        )
    return said


def _confirmed(school: School, month: Month) -> list[str]:
    """Whether the school has confirmed its month, and what it said was missing."""
    found = confirmation_of(school, month)
    if found is None or found.confirmed_at is None:
        return [_("The school has not confirmed the month yet.")]
    said = _("The school confirmed the month on %(day)s; %(missing)s registers were missing.") % {
        "day": f"{timezone.localdate(found.confirmed_at):%d/%m/%Y}",
        "missing": number(found.missing),
    }
    return [f"{said} {found.note}".strip()]


def communes_of(area: Area, month: Month) -> list[Area]:
    """The communes that get a notice: those of the area on the map of the month."""
    if area.level == AreaLevel.COMMUNE:
        return [area]
    return AreaTree.on(map_date_for(area, month)).communes(area.pk)


def _subject(area: Area, month: Month) -> str:
    return _("Enrolment, retention and attendance, %(area)s, month %(month)s") % {
        "area": lower_first(area.title),
        "month": month.label,
    }


def results(tables: MonthlyTables) -> list[str]:
    """The figures of a month in sentences: roll, movements, retention, attendance, target."""
    row = tables.total
    said = [
        _(
            "At the end of the month %(roll)s pupils in %(classes)s classes were on the roll "
            "(%(girls)s girls, %(minority)s of ethnic minorities). Since the year began "
            "%(in)s moved in, %(out)s moved out and %(dropouts)s dropped out, %(month)s of them "
            "in this month; %(returned)s came back. Retention is %(retention)s."
        )
        % {
            "roll": number(_int(row["roll"])),
            "classes": number(_int(row["classes"])),
            "girls": number(_int(row["girls"])),
            "minority": number(_int(row["minority"])),
            "in": number(_int(row["transfers_in"])),
            "out": number(_int(row["transfers_out"])),
            "dropouts": number(_int(row["dropouts_year"])),
            "month": number(_int(row["dropouts_month"])),
            "returned": number(_int(row["returned"])),
            "retention": percent(_share(row["retention_a"])),
        }
    ]
    if row["attendance"] is None:
        return [*said, _("No register of the month has been counted.")]
    text = _(
        "Attendance was %(rate)s: of %(expected)s expected pupil-sessions %(excused)s were "
        "missed with leave and %(unexcused)s without."
    ) % {
        "rate": percent(_share(row["attendance"])),
        "expected": number(_int(row["expected"])),
        "excused": number(_int(row["excused"])),
        "unexcused": number(_int(row["unexcused"])),
    }
    if row["to_last_month"] is not None:
        text += " " + _("Against last month: %(points)s points.") % {
            "points": points(_share(row["to_last_month"]))
        }
    if row["target"] is not None:
        text += " " + _("The target is %(target)s.") % {
            "target": format_target(_share(row["target"]))
        }
    return [*said, text]


def _assessed(area: Area, month: Month) -> list[str]:
    """What the office wrote about a commune's month and sent, a paragraph each; none without."""
    found = assessment_of(area, month)
    if found is None or found.state == MonthAssessment.State.DRAFT:
        return []
    return [line.strip() for line in found.text.splitlines() if line.strip()]


def _measures(area: Area, month: Month) -> list[tuple[str, list[str]]]:
    """The section of the measures proposed: a commune's own, else those of its communes."""
    sent = assessments_of([each.pk for each in communes_of(area, month)], month)
    written = sorted(
        (each for each in sent.values() if each.state != MonthAssessment.State.DRAFT),
        key=lambda each: (each.area.name_key, each.area.code),
    )
    paragraphs = [
        line.strip() if each.area_id == area.pk else f"{each.area.title}: {line.lstrip('- ')}"
        for each in written
        for line in each.measures.splitlines()
        if line.strip()
    ]
    return [(_("IV. Measures proposed"), paragraphs)] if paragraphs else []


def _code(published: Publication | None) -> list[str]:
    """Which publication the figures are of, and where whoever holds the paper checks it."""
    if published is None:
        return []
    said = {
        "day": f"{timezone.localdate(published.published_at):%d/%m/%Y}",
        "run": published.run_id,
        "code": published.code,
        "address": outside_address(reverse("verify")),
    }
    if not said["address"]:
        return [
            _("The figures are those published on %(day)s as publication %(run)s, code %(code)s.")
            % said
        ]
    return [
        _(
            "The figures are those published on %(day)s as publication %(run)s, code %(code)s. "
            "Whoever holds this paper can check them at %(address)s."
        )
        % said
    ]


def _registers(tables: MonthlyTables, published: Publication | None) -> list[str]:
    row = tables.total
    text = _("%(taken)s of %(due)s registers were sent (%(coverage)s).") % {
        "taken": number(_int(row["taken"])),
        "due": number(_int(row["due"])),
        "coverage": percent(_share(row["coverage"])),
    }
    # The moment of the figures, not that of the paper: made again, it says the same.
    if published is None and tables.counted_at is not None:
        counted = timezone.localtime(tables.counted_at).strftime("%H:%M %d/%m/%Y")
        text += " " + _("The figures are those of the registers counted at %(now)s.") % {
            "now": counted
        }
    return [text]


def _flagged(area: Area, month: Month) -> list[str]:
    flags = (
        Flag.objects.filter(
            month=month.first, commune__in=[each.pk for each in communes_of(area, month)]
        )
        .exclude(state=Flag.State.WITHDRAWN)
        .select_related("commune")
    )
    found = sorted(
        flags,
        key=lambda flag: (SEVERITY.index(Flag.Rule(flag.rule)), flag.commune.name_key, flag.pk),
    )
    if not found:
        return [_("No commune was flagged in this month.")]
    said = [flag.reason for flag in found[:FLAGS_NAMED]]
    if len(found) > FLAGS_NAMED:
        said.append(
            _("%(count)s more flags are on the page of flags.")
            % {"count": number(len(found) - FLAGS_NAMED)}
        )
    return said


def _appendix(tables: MonthlyTables, *, by_school: bool, area: Area, month: Month) -> Appendix:
    rows = tables.schools if by_school else tables.communes
    return _table(tables, rows, "school" if by_school else "commune", _subject(area, month))


def _table(tables: MonthlyTables, rows: Sequence[ReportRow], name: str, title: str) -> Appendix:
    """The table of a month by what `name` says: "commune", "school" or "class"."""
    headings = {"commune": _("Commune"), "school": _("School"), "class": _("Class")}
    columns = [
        Column(_("No."), 8),
        Column(headings[name], 38, is_text=True),
        Column(_("Level"), 17, is_text=True),
        Column(_("Number of classes"), 11),
        Column(_("Roll at year start"), 14),
        Column(_("Moved in (year)"), 13),
        Column(_("Moved out (year)"), 13),
        Column(_("Dropped out (year)"), 13),
        Column(_("Other comings less goings (year)"), 16),
        Column(_("Roll at month end"), 14),
        Column(_("Dropped out (month)"), 13),
        Column(_("of these girls"), 13),
        Column(_("of these ethnic minority"), 13),
        Column(_("Retention A"), 14),
        Column(_("Registers sent"), 14),
        Column(_("Expected pupil-sessions"), 17),
        Column(_("Absent, excused"), 13),
        Column(_("Absent, unexcused"), 13),
        Column(_("Attendance rate"), 14),
        Column(_("To last month (points)"), 13),
    ]
    return Appendix(
        title=title,
        columns=columns,
        rows=[
            [str(index), str(row[name]), str(row["level"]), *_cells(row)]
            for index, row in enumerate(rows, start=1)
        ],
        total=["", _("Total"), "", *_cells(tables.total)],
        note=_(
            "Roll at year start + moved in − moved out − dropped out + other comings less goings "
            "= roll at month end."
        ),
    )


def other_comings(row: ReportRow) -> int:
    """Pupils who came less those who went otherwise than by moving or dropping out, in the year.

    With it the columns add up: roll at year start + moved in − moved out − dropped out + this =
    roll at month end.
    """
    came = ("started_late", "returned", "changed_level")
    went = ("completed", "left_otherwise")
    return sum(_int(row[key]) for key in came) - sum(_int(row[key]) for key in went)


def _cells(row: ReportRow) -> list[str]:
    whole = [number(_int(row[key])) for key in ("classes", "year_start", "transfers_in")]
    whole += [number(_int(row[key])) for key in ("transfers_out", "dropouts_year")]
    whole.append(number(other_comings(row)))
    people = ("roll", "dropouts_month", "girls", "minority")
    whole += [number(_int(row[key])) for key in people]
    return [
        *whole,
        percent(_share(row["retention_a"])),
        percent(_share(row["coverage"])),
        *(number(_int(row[key])) for key in ("expected", "excused", "unexcused")),
        percent(_share(row["attendance"])),
        points(_share(row["to_last_month"])),
    ]


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _share(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
