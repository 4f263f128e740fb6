"""The picker of a period, for `components/_period.html`: every choice is an address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.months import Month

from .school_years.periods import Period, Versus


@dataclass(frozen=True)
class Choice:
    """One link of the picker; `title` says in full what a short label means."""

    label: str
    url: str
    current: bool = False
    title: str = ""


@dataclass(frozen=True)
class YearChoices:
    """A school year with its months; the one of the month shown is open."""

    code: str
    months: Sequence[Choice]
    is_open: bool


@dataclass(frozen=True)
class PeriodPicker:
    """What the component shows."""

    month: Month
    years: Sequence[YearChoices]
    before: Choice | None
    after: Choice | None
    versus: Sequence[Choice]


def with_query(request: HttpRequest, **changes: object) -> str:
    """The current address with other query parameters, at its first page."""
    query = request.GET.copy()
    query.pop("page", None)
    for key, value in changes.items():
        query[key] = str(value)
    return f"{request.path}?{query.urlencode()}"


def without_query(request: HttpRequest, name: str) -> str:
    """The current address without a query parameter, at its first page."""
    query = request.GET.copy()
    for each in (name, "page"):
        query.pop(each, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def picker(
    request: HttpRequest,
    period: Period,
    *,
    address: Callable[[Month], str] | None = None,
    compares: bool = False,
) -> PeriodPicker:
    """The picker of a page.

    Args:
        address: function month -> address; by default the current one with another `month`.
        compares: also choose what the month is compared with.
    """
    lead = address or (lambda month: with_query(request, month=month))

    def step(month: Month | None) -> Choice | None:
        return Choice(month.label, lead(month)) if month is not None else None

    return PeriodPicker(
        month=period.month,
        years=[
            YearChoices(
                year.code,
                [
                    Choice(
                        f"T{month.number}",
                        lead(month),
                        month == period.month,
                        _("Month %(month)s") % {"month": month.label},
                    )
                    for month in year.months
                ],
                year is period.year,
            )
            for year in period.years
        ],
        before=step(period.before),
        after=step(period.after),
        versus=_versus(request, period) if compares else [],
    )


def _versus(request: HttpRequest, period: Period) -> list[Choice]:
    words = {
        Versus.MONTH: _("The month before"),
        Versus.YEAR: _("Same month last year"),
    }
    return [
        Choice(
            period.compared(versus).label,
            with_query(request, versus=versus),
            versus == period.versus,
            word,
        )
        for versus, word in words.items()
    ]
