"""What the report of the visits says: no name of a child, only what the visits wrote down."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.documents.official_papers import Appendix, Column, OfficialPaper
from core.formatting import number, percent
from core.months import Month
from core.province import province
from reports.papers.offices import lower_first, month_year, office_of, place_of
from reports.papers.symbols import symbol_of
from schools.models import Area

from ..models import Visit
from .selectors import Tally, VisitsOfPeriod, visits_of_period

# Of a visit's result a report says so much; the minutes have the whole.
RESULT_SHOWN = 600
REASON_SHOWN = 120
VISITS_NAMED = 40
QUARTERS = ("I", "II", "III", "IV")


def months_of(month: Month, *, quarter: bool) -> list[Month]:
    """The month alone, or the months of its quarter."""
    if not quarter:
        return [month]
    first = month.plus(-((month.number - 1) % 3))
    return [first, first.plus(1), first.plus(2)]


def visit_report(area: Area, month: Month, *, quarter: bool = False) -> OfficialPaper:
    """The report (báo cáo) of what the visits of a month or quarter found in an area."""
    months = months_of(month, quarter=quarter)
    found = visits_of_period(area, months)
    office = office_of(area, months[-1])
    return OfficialPaper(
        above=office.above,
        issuer=office.name,
        symbol=symbol_of(office, "report", on=timezone.localdate()),
        place=place_of(area),
        month_year=month_year(),
        kind="BÁO CÁO",
        subject=_subject(area, months),
        to=(f"Ban Chỉ đạo Đổi mới giáo dục và đào tạo tỉnh {province().name}",),
        sections=[
            (_("I. Visits made"), _made(found)),
            (_("II. What was found"), [*_results(found), *_faults(found), *_counted(found)]),
            (_("III. Recommendations and what came of them"), _recommendations(found)),
        ],
        recipients=["Như trên;", "Các xã, phường được kiểm tra;", "Lưu: VT."],
        signs=office.signs,
        appendix=_appendix(found, area, months) if found.made else None,
    )


def _subject(area: Area, months: Sequence[Month]) -> str:
    words = {"area": lower_first(area.title)}
    last = months[-1]
    if len(months) == 1:
        return _("Results of inspections, %(area)s, month %(month)s") % {
            **words,
            "month": last.label,
        }
    return _("Results of inspections, %(area)s, quarter %(quarter)s of %(year)s") % {
        **words,
        "quarter": QUARTERS[(last.number - 1) // 3],
        "year": last.year,
    }


def _made(found: VisitsOfPeriod) -> list[str]:
    if not any((found.made, found.later, found.waiting, found.cancelled)):
        return [_("No approved plan had a visit in this time.")]
    said = [
        _(
            "%(made)s visits were made. Of those planned for this time %(waiting)s were not made "
            "and %(cancelled)s were called off."
        )
        % {
            "made": number(len(found.made)),
            "waiting": number(len(found.waiting)),
            "cancelled": number(len(found.cancelled)),
        }
    ]
    if found.later:
        said.append(_("Made later: %(names)s.") % {"names": _made_later(found.later)})
    if found.waiting:
        said.append(_("Not made: %(names)s.") % {"names": _names(found.waiting)})
    if found.cancelled:
        said.append(_("Called off: %(names)s.") % {"names": _called_off(found.cancelled)})
    return said


def _names(visits: Sequence[Visit]) -> str:
    named = ", ".join(lower_first(each.commune.title) for each in visits[:VISITS_NAMED])
    return named + (", …" if len(visits) > VISITS_NAMED else "")


def _made_later(visits: Sequence[Visit]) -> str:
    """Each with the day on which it was made, in whose report its results stand."""
    named = ", ".join(
        f"{lower_first(each.commune.title)} ({each.visited_on:%d/%m/%Y})"
        for each in visits[:VISITS_NAMED]
    )
    return named + (", …" if len(visits) > VISITS_NAMED else "")


def _called_off(visits: Sequence[Visit]) -> str:
    """Each with its reason and the new day, as far as they are known."""
    named = []
    for each in visits[:VISITS_NAMED]:
        known = [_shortened(each.called_off_because.rstrip(" ."), REASON_SHOWN)]
        if each.put_off_to is not None:
            known.append(_("put off to %(day)s") % {"day": f"{each.put_off_to:%d/%m/%Y}"})
        said = ", ".join(filter(None, known))
        name = lower_first(each.commune.title)
        named.append(f"{name} ({said})" if said else name)
    return "; ".join(named) + ("; …" if len(visits) > VISITS_NAMED else "")


def _results(found: VisitsOfPeriod) -> list[str]:
    if not found.made:
        return [_("Nothing was inspected.")]
    said = [
        f"{each.visit.commune.title} ({each.visit.visited_on:%d/%m/%Y}): "
        f"{_shortened(each.visit.result, RESULT_SHOWN)}"
        for each in found.made[:VISITS_NAMED]
    ]
    if len(found.made) > VISITS_NAMED:
        said.append(_("The other visits are in the appendix."))
    return said


def _shortened(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _faults(found: VisitsOfPeriod) -> list[str]:
    if not found.faults:
        return []
    lines = "; ".join(f"{lower_first(text)} ({number(count)})" for text, count in found.faults)
    return [
        _("Answered most often with no or partly, with the number of visits: %(questions)s.")
        % {"questions": lines}
    ]


def _counted(found: VisitsOfPeriod) -> list[str]:
    counted = found.counted
    if not counted.classes:
        return []
    text = ngettext(
        "In %(classes)s class %(counted)s pupils were counted where the register of the session "
        "had %(registered)s present.",
        "In %(classes)s classes %(counted)s pupils were counted where the registers of the "
        "sessions had %(registered)s present.",
        counted.classes,
    ) % {
        "classes": number(counted.classes),
        "counted": number(counted.counted),
        "registered": number(counted.registered),
    }
    if counted.registered:
        text += " " + _("That is %(share)s of them.") % {
            "share": percent(counted.counted / counted.registered)
        }
    return [text]


def _recommendations(found: VisitsOfPeriod) -> list[str]:
    said = [
        _("These visits left %(given)s recommendations: %(came)s.")
        % {"given": number(found.recommendations.given), "came": _came(found.recommendations)}
    ]
    if found.recommendations.serious:
        said.append(
            _("Of these %(serious)s are for something serious.")
            % {"serious": number(found.recommendations.serious)}
        )
    if found.older.given:
        said.append(
            _("Of earlier visits %(given)s recommendations are not carried out yet: %(came)s.")
            % {"given": number(found.older.given), "came": _came(found.older)}
        )
    return said


def _came(tally: Tally) -> str:
    words = {
        "done": number(tally.done),
        "answered": number(tally.answered),
        "overdue": number(tally.overdue),
    }
    return (
        _("%(done)s carried out, %(answered)s answered and to be confirmed, %(overdue)s overdue")
        % words
    )


def _appendix(found: VisitsOfPeriod, area: Area, months: Sequence[Month]) -> Appendix:
    columns = [
        Column(_("No."), 10),
        Column(_("Commune"), 45, is_text=True),
        Column(pgettext("of a visit", "Day"), 22),
        Column(_("In charge"), 45, is_text=True),
        Column(_("Recommendations"), 22),
        Column(_("Carried out"), 22),
        Column(_("Overdue"), 20),
        Column(_("Classes counted"), 22),
        Column(pgettext("column", "Pupils counted"), 22),
        Column(_("Present by the registers"), 25),
    ]
    rows = [
        [
            str(place),
            each.visit.commune.title,
            f"{each.visit.visited_on:%d/%m/%Y}",
            each.visit.member.full_name if each.visit.member else "—",
            *_cells(each.recommendations, each.counted.classes, each.counted.counted),
            number(each.counted.registered),
        ]
        for place, each in enumerate(found.made, start=1)
    ]
    counted = found.counted
    return Appendix(
        title=_subject(area, months),
        columns=columns,
        rows=rows,
        total=[
            "",
            _("Total"),
            "",
            "",
            *_cells(found.recommendations, counted.classes, counted.counted),
            number(counted.registered),
        ],
        note=_("Overdue: open past its day on %(day)s.") % {"day": f"{found.on:%d/%m/%Y}"},
    )


def _cells(tally: Tally, classes: int, counted: int) -> list[str]:
    return [number(each) for each in (tally.given, tally.done, tally.overdue, classes, counted)]
