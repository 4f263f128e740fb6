"""An assessment drafted from the figures, for the officer who writes it: true, and short."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import rules
from core.formatting import number
from core.months import Month
from schools.models import Area

from ..absence_analysis.presenter import why
from ..absence_analysis.selectors import Analysis, analysis
from ..models import Flag
from ..papers.content import results
from ..papers.narratives import said_about
from ..selectors.dashboards import Dashboard, area_dashboard
from ..selectors.monthly import monthly_tables


def draft_of(commune: Area, month: Month) -> tuple[str, str]:
    """(assessment, measures) of a commune's month as sentences to be edited; no child's name.

    A fixed number of queries whatever the number of schools.
    """
    table = rules.table(on=month.first)
    tables = monthly_tables(area=commune, month=month)
    board = area_dashboard(area=commune, month=month, level="", rules=table)
    compared = month.plus(-1)
    found = analysis(month=month, compared=compared, school_ids=board.school_ids)
    said = [*results(tables)]
    if sentence := why(board, found, table, compared).sentence:
        said.append(sentence)
    said += said_about(commune, month)
    flags = Flag.objects.filter(month=month.first, commune=commune)
    said += [flag.reason for flag in flags.exclude(state=Flag.State.WITHDRAWN)]
    measures = [*_measures(board, found, _whole(tables.total["dropouts_month"]))]
    return "\n".join(said), "\n".join(f"- {measure}" for measure in measures)


def _measures(board: Dashboard, found: Analysis, dropouts: int) -> Iterator[str]:
    missing = board.coverage.denominator - board.coverage.numerator
    if missing > 0:
        yield ngettext(
            "The schools send the %(count)s register that is missing.",
            "The schools send the %(count)s registers that are missing.",
            missing,
        ) % {"count": number(missing)}
    if dropouts:
        yield ngettext(
            "Bring back the %(count)s pupil who dropped out in the month.",
            "Bring back the %(count)s pupils who dropped out in the month.",
            dropouts,
        ) % {"count": number(dropouts)}
    total = found.total
    if total.very_often_pupils:
        yield ngettext(
            "Visit the family of the %(count)s pupil who missed a fifth of the sessions or more.",
            "Visit the families of the %(count)s pupils who missed a fifth of the sessions or "
            "more.",
            total.very_often_pupils,
        ) % {"count": number(total.very_often_pupils)}
    if total.unexcused:
        yield _("Teachers ask after every absence without leave and write down its reason.")


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
