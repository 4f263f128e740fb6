"""The report of the visits among those that can be asked for: month or quarter, Word or PDF."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from core.months import Month
from core.permissions import Permission
from reports.papers.report_types import in_both, of_area

from .content import months_of, visit_report

# After the figures, which are asked for most.
PLACE = 1


def _end_of_quarter(month: Month) -> Month:
    return months_of(month, quarter=True)[-1]


VISIT_REPORTS = (
    *in_both(
        "visits",
        (_("Inspections of the month (Word)"), _("Inspections of the month (PDF)")),
        of_area("visits", visit_report),
        stem="bao-cao-kiem-tra",
        permission=Permission.VIEW_PLANS,
        place=PLACE,
    ),
    *in_both(
        "visits_quarter",
        (_("Inspections of the quarter (Word)"), _("Inspections of the quarter (PDF)")),
        of_area("visits_quarter", partial(visit_report, quarter=True), last=_end_of_quarter),
        stem="bao-cao-kiem-tra-quy",
        permission=Permission.VIEW_PLANS,
        place=PLACE,
    ),
)
