"""Cross-checks of the yearly forms: what must agree before they are sent, form against form and
form against the survey.

Each is stated whether it holds or not; the program of the ministry refuses forms whose checks fail,
so here they are found while there is time to mend.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.formatting import number
from core.types import StrOrPromise
from schools.models import Area

from .figures import (
    ADULT_AGES,
    ARRIVING,
    ELEVEN,
    ELSEWHERE,
    GRADUATED,
    LOWER_AGES,
    TO_FOURTEEN,
    CommuneForms,
)

SENTENCES: dict[str, StrOrPromise] = {
    "survey": gettext_lazy("The commune has a survey of the year."),
    "asked": gettext_lazy("Every family was asked this year."),
    "certain": gettext_lazy(
        "TH-02, THCS-2.1: whoever attends by the family's word is found on a roll."
    ),
    "eleven": gettext_lazy(
        "TH-02: children of 11 who finished primary school are not more than those of 11 to 14."
    ),
    "graduated": gettext_lazy(
        "THCS-M1 and THCS-2.1: as many of 15 to 18 finished lower secondary school."
    ),
    "youth": gettext_lazy("XMC-3 and THCS-2.1: as many people of 15 to 18 to be educated."),
    "contradicting": gettext_lazy(
        "THCS-M1: nobody on a roll of grades 6 to 9 is told to have finished or dropped out."
    ),
    "unplaced": gettext_lazy(
        "THCS-M1: of every pupil of grades 6 to 9 at the schools here the home is known."
    ),
    "adults": gettext_lazy("XMC-3: the survey has people of every age from 15 to 60."),
    "totals": gettext_lazy("XMC-3 and the literacy totals entered: as many people."),
    "elsewhere": gettext_lazy(
        "THCS-M1: as many go to school in another commune as come from another one."
    ),
}


@dataclass(frozen=True)
class Check:
    """A cross-check of one area: its sentence, whether it holds, and what was found."""

    code: str
    area: Area | None
    holds: bool
    found: str

    @property
    def sentence(self) -> StrOrPromise:
        """What must hold."""
        return SENTENCES[self.code]


def checks_of(form: CommuneForms, year: int) -> list[Check]:
    """Every cross-check of a commune. Without a survey there is one alone, and it fails."""
    current = form.survey_years == [year]
    years = ", ".join(map(str, form.survey_years)) or _("no survey")
    checks = [_check(form, "survey", current, years)]
    if not form.survey_years:
        return checks
    graduated = sum(children for age, children in form.lower.graduated.items() if age >= _YOUTH[0])
    youth = form.adults_between(*_YOUTH).to_educate
    absent = [age for age in ADULT_AGES if not form.adults[age].people]
    return [
        *checks,
        _none(form, "asked", form.not_asked),
        _none(form, "certain", sum(each.possible for each in form.shares.values())),
        _at_most(form, "eleven", form.shares[ELEVEN].certain, form.shares[TO_FOURTEEN].certain),
        _equal(form, "graduated", graduated, form.shares[GRADUATED].certain),
        _equal(form, "youth", youth, form.shares[GRADUATED].total),
        _none(form, "contradicting", form.contradicting),
        _none(form, "unplaced", form.unplaced),
        _check(form, "adults", not absent, _absent(absent)),
        *_totals(form),
    ]


def checks_of_province(whole: CommuneForms) -> list[Check]:
    """What holds only where everybody lives inside: who leaves a commune arrives in another."""
    lower = whole.lower
    return [_equal(whole, "elsewhere", lower.of(ELSEWHERE), lower.of(ARRIVING))]


_YOUTH = (ADULT_AGES[0], LOWER_AGES[-1])


def _totals(form: CommuneForms) -> Iterable[Check]:
    if not form.totals:
        return
    differing = []
    for (first, last), people in sorted(form.totals.items()):
        told = sum(form.adults[age].to_educate for age in range(first, last + 1) if age in _AGES)
        if told != people:
            differing.append(f"{first}–{last}: {number(told)} ≠ {number(people)}")
    yield _check(form, "totals", not differing, "; ".join(differing) or "=")


_AGES = set(ADULT_AGES)


def _absent(ages: list[int]) -> str:
    if not ages:
        return "="
    return _("nobody of %(count)s ages, from %(first)s on") % {
        "count": len(ages),
        "first": ages[0],
    }


def _none(form: CommuneForms, code: str, count: int) -> Check:
    return _check(form, code, count == 0, number(count))


def _equal(form: CommuneForms, code: str, left: int, right: int) -> Check:
    return _compared(form, code, left, right, left == right, "≠")


def _at_most(form: CommuneForms, code: str, left: int, right: int) -> Check:
    return _compared(form, code, left, right, left <= right, ">")


def _compared(
    form: CommuneForms, code: str, left: int, right: int, holds: bool, sign: str
) -> Check:
    shown = "=" if left == right else "<" if holds else sign
    return _check(form, code, holds, f"{number(left)} {shown} {number(right)}")


def _check(form: CommuneForms, code: str, holds: bool, found: str) -> Check:
    return Check(code, form.area, holds, found)
