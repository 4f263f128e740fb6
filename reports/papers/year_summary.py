"""The yearly summary (báo cáo tổng kết): the months of a school year in one table, to a month.

Of an area or of a school; no name of a child is in it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext as _

from core.documents.official_papers import Appendix, Column, OfficialPaper
from core.formatting import format_target, number, percent
from core.levels import EducationLevel
from core.months import Month
from core.province import province
from schools.areas.selectors.tree import AreaTree, schools_in
from schools.directory.selectors.schools import commune_of
from schools.enums import AreaLevel
from schools.models import Area, School, SchoolYear

from ..indicators import INDICATORS
from ..models import Publication
from ..month_review.published import months_of_schools, publication_over_school
from ..month_review.selectors import publication_over
from ..selectors.dashboards import map_date_for
from ..selectors.figures import Figures, months_of_year_to
from ..selectors.targets import TargetTable
from .drafts import Office
from .offices import (
    addressee_of,
    lower_first,
    month_year,
    office_of,
    office_of_school,
)
from .symbols import symbol_of


def year_of_area(area: Area, month: Month) -> OfficialPaper:
    """The summary of an area's school year up to a month."""
    tree = AreaTree.on(map_date_for(area, month))
    school_ids = list(schools_in(tree.below(area.pk), on=tree.date))
    chain = [each.pk for each in tree.ancestors(area.pk)][::-1]
    return _summary(
        office_of(area, month),
        month,
        name=lower_first(area.title),
        place=area.name if area.level == AreaLevel.COMMUNE else province().name,
        to=addressee_of(area, month),
        school_ids=school_ids,
        over=partial(publication_over, area),
        chain=chain,
    )


def year_of_school(school: School, month: Month) -> OfficialPaper:
    """The summary of a school's year up to a month."""
    office = office_of_school(school, month)
    commune = commune_of(school, on=month.last)
    tree = AreaTree.on(month.last)
    chain = [] if commune is None else [each.pk for each in tree.ancestors(commune.pk)][::-1]
    return _summary(
        office,
        month,
        name=lower_first(office.name),
        place=commune.name if commune is not None else province().name,
        to=office.above,
        school_ids=[school.pk],
        over=partial(publication_over_school, school),
        chain=chain,
    )


def _summary(
    office: Office,
    month: Month,
    *,
    name: str,
    place: str,
    to: str,
    school_ids: Collection[int],
    over: Callable[[Month], Publication | None],
    chain: Sequence[int],
) -> OfficialPaper:
    months = months_of_year_to(month)
    found, published = months_of_schools(school_ids, months, over)
    by_month = [(each, sum(found[each].values(), Figures())) for each in months]
    year = sum((values for _month, values in by_month), Figures())
    subject = _subject(name, month, months)
    return OfficialPaper(
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, "report", on=timezone.localdate()),
        place=place,
        month_year=month_year(),
        kind="BÁO CÁO",
        subject=subject,
        to=(to,),
        sections=[
            (_("I. Results of the year"), _results(year)),
            (_("II. By level"), _by_level(month, found, chain)),
            (_("III. Course of the year"), [*_course(by_month), *_sources(months, published)]),
        ],
        recipients=["Như trên;", "Lưu: VT."],
        signs=office.signs,
        appendix=_appendix(by_month, year, subject),
    )


def _subject(name: str, month: Month, months: Sequence[Month]) -> str:
    year = SchoolYear.objects.filter(valid_from__lt=month.end).order_by("-valid_from").first()
    return _("Summary of the school year %(year)s, %(area)s, to month %(month)s") % {
        "year": year.code if year is not None else str(month.year),
        "area": name,
        "month": months[-1].label,
    }


def _results(year: Figures) -> list[str]:
    if not year:
        return [_("Nothing was counted in this school year yet.")]
    attendance = INDICATORS["attendance"].compute(year)
    said = [
        _(
            "The year began with %(start)s pupils; %(in)s moved in, %(out)s moved out, "
            "%(dropouts)s dropped out and %(returned)s came back. At the end of the period "
            "%(roll)s were on the roll. Retention is %(retention)s."
        )
        % {
            "start": number(year.came_start),
            "in": number(year.came_in),
            "out": number(year.left_out),
            "dropouts": number(year.left_dropout),
            "returned": number(year.came_return),
            "roll": number(year.roll_end),
            "retention": percent(INDICATORS["retention_a"].compute(year).value),
        }
    ]
    if attendance.value is not None:
        said.append(
            _(
                "Attendance was %(rate)s: of %(expected)s expected pupil-sessions %(excused)s were "
                "missed with leave and %(unexcused)s without."
            )
            % {
                "rate": percent(attendance.value),
                "expected": number(year.expected),
                "excused": number(year.excused),
                "unexcused": number(year.unexcused),
            }
        )
    return said


def _by_level(
    month: Month, found: Mapping[Month, Mapping[str, Figures]], chain: Sequence[int]
) -> list[str]:
    targets = TargetTable.on(month.last)
    said = []
    for level in EducationLevel:
        values = sum((each.get(level.value, Figures()) for each in found.values()), Figures())
        rate = INDICATORS["attendance"].compute(values)
        if rate.value is None:
            continue
        text = _("%(level)s: attendance %(rate)s, retention %(retention)s.") % {
            "level": level.label,
            "rate": percent(rate.value),
            "retention": percent(INDICATORS["retention_a"].compute(values).value),
        }
        target = targets.share("attendance", level, chain)
        if target is not None:
            text += " " + _("The target is %(target)s.") % {"target": format_target(target)}
        said.append(text)
    return said or [_("No register of the year has been counted.")]


def _course(by_month: Sequence[tuple[Month, Figures]]) -> list[str]:
    rates = [
        (rate.value, month)
        for month, values in by_month
        if (rate := INDICATORS["attendance"].compute(values)).value is not None
    ]
    if len(rates) < 2:
        return [_("There are not two months with registers to compare yet.")]
    low, high = min(rates), max(rates)
    return [
        _(
            "Attendance was lowest in %(low)s (%(low_rate)s) and highest in %(high)s "
            "(%(high_rate)s)."
        )
        % {
            "low": low[1].label,
            "low_rate": percent(low[0]),
            "high": high[1].label,
            "high_rate": percent(high[0]),
        }
    ]


def _sources(months: Sequence[Month], published: Mapping[Month, Publication]) -> list[str]:
    """Which months are as they were published, under which code; none when none is."""
    if not published:
        return []
    said = _("As published: %(months)s.") % {
        "months": "; ".join(
            _("month %(month)s (%(run)s, code %(code)s)")
            % {"month": month.label, "run": each.run_id, "code": each.code}
            for month, each in published.items()
        )
    }
    if len(published) < len(months):
        said += " " + _("The other months are counted when this summary is made.")
    return [said]


def _appendix(by_month: Sequence[tuple[Month, Figures]], year: Figures, title: str) -> Appendix:
    columns = [
        Column(_("Month"), 20, is_text=True),
        Column(_("Number of classes"), 16),
        Column(_("Moved in"), 16),
        Column(_("Moved out"), 16),
        Column(_("Dropped out"), 16),
        Column(_("Came back"), 16),
        Column(_("Roll at month end"), 18),
        Column(_("Registers due"), 18),
        Column(_("Registers taken"), 18),
        Column(_("Expected pupil-sessions"), 20),
        Column(_("Absent, excused"), 18),
        Column(_("Absent, unexcused"), 18),
        Column(_("Attendance rate"), 20),
    ]
    return Appendix(
        title=title,
        columns=columns,
        rows=[[month.label, *_cells(values)] for month, values in by_month],
        total=[_("Whole year"), *_cells(year)],
        note=_("Classes and roll of the whole year are those of its last month."),
    )


def _cells(values: Figures) -> list[str]:
    whole = (
        *(values.classes, values.came_in, values.left_out, values.left_dropout),
        *(values.came_return, values.roll_end, values.due, values.taken),
        *(values.expected, values.excused, values.unexcused),
    )
    return [*map(number, whole), percent(INDICATORS["attendance"].compute(values).value)]
