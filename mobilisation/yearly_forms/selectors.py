"""Filling the yearly forms from the surveys, the confirmed matches and the rolls.

Counted anew whenever it is asked, as the rates and the standards are (decision 65), by their rules:
children to be educated (PPC) of the commune where they live, above a line only by a record.
"""

import datetime
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import ExtractYear

from core.levels import EducationLevel
from core.months import Month
from core.validity import valid_on
from schools.areas.selectors.history import AreaHistory
from schools.areas.selectors.tree import schools_in
from schools.enums import AreaLevel, Grade
from schools.models import Area, Enrolment, School

from ..enums import GONE
from ..models import SurveyEntry
from ..rates.selectors import count as count_rates
from ..rates.selectors import day_of, living_in, rounds_counted
from ..standards.counting import Tally, conditions, entries_of, gather
from ..standards.judging import Verdict
from ..standards.rule_sets import Kind, Measure
from ..standards.selectors import standards_of
from .checks import Check, checks_of, checks_of_province
from .figures import (
    ADULT_AGES,
    ARRIVING,
    ELSEWHERE,
    HERE,
    INTO_SIX,
    LOWER_AGES,
    LOWER_GRADES,
    MEASURES,
    CommuneForms,
)

# From the highest down, as the sets of rules name them.
PRIMARY_STANDARDS = ("TH3", "TH2", "TH1")
SCHOOL_AGES = (6, 14)
LITERACY = {
    level: Measure(Kind.LITERATE, (ADULT_AGES[0], ADULT_AGES[-1]), level=level) for level in (1, 2)
}
Rounds = Mapping[int, tuple[int, int]]
Forms = Mapping[int, CommuneForms]


@dataclass(frozen=True)
class YearlyForms:
    """The forms of an area.

    Attributes:
        day: day of the rolls counted; the ages are those of `year`.
        communes: of the area on that day, by name; `whole` is their sum.
        checks: cross-checks, those of communes first.
        standards: {code of a standard: its short name} of the column of the level reached.
    """

    area: Area
    year: int
    day: datetime.date
    communes: Sequence[CommuneForms]
    whole: CommuneForms
    checks: Sequence[Check]
    standards: Mapping[str, str]

    @property
    def failing(self) -> list[Check]:
        """Checks that do not hold."""
        return [each for each in self.checks if not each.holds]


def yearly_forms(area: Area, month: Month, *, today: datetime.date) -> YearlyForms | None:
    """The forms of an area with the rolls of a month's end, in a fixed number of queries; None
    when no school year runs in the month. September is the month of the law (30/9)."""
    counted_on = day_of(month, today=today)
    if counted_on is None:
        return None
    day, year = counted_on
    found = standards_of(area, year, day=day)
    # An area that ended before is read on its last day.
    day = found.day
    ids = [each.pk for each in found.communes]
    forms = {
        each.pk: CommuneForms(
            area=each,
            survey_years=list(found.facts.surveyed.get(each.pk, ())),
            not_asked=found.facts.not_asked[each.pk],
        )
        for each in found.communes
    }
    for (pk, first, last), row in found.facts.totals.items():
        forms[pk].totals[first, last] = row.people
    facts = gather(ids, MEASURES.values(), day=day, year=year)
    rates = count_rates(found.communes, day=day, year=year)
    for pk, form in forms.items():
        form.shares = {code: facts.tallies[pk][measure] for code, measure in MEASURES.items()}
        went_on = rates.by_commune[pk]["mobilised_into_6"]
        form.shares[INTO_SIX] = Tally(total=went_on.to_educate, certain=went_on.on_roll)
    names: dict[str, str] = {}
    for evaluation in found.evaluations:
        for code in PRIMARY_STANDARDS:
            if code not in evaluation.rule_set.standards:
                continue
            names[code] = evaluation.rule_set.standards[code].short
            for pk, results in evaluation.communes.items():
                verdict = results[code].verdict
                if verdict == Verdict.MET and not forms[pk].reached:
                    forms[pk].reached = code
                forms[pk].verdict = verdict  # The last asked is the lowest one.
    history = AreaHistory(day)
    rounds = rounds_counted(ids, year, history)
    places = schools_in(set(ids), on=day) if ids else {}
    _count_schools(forms, places, day)
    _count_disabled(forms, rounds, day, year)
    _count_lower(forms, rounds, places, day, year)
    _count_arriving(forms, rounds, places, history, day, year)
    _count_adults(forms, rounds, day, year)
    whole = CommuneForms.together(area, forms.values())
    checks = [check for each in forms.values() for check in checks_of(each, year)]
    if area.level == AreaLevel.PROVINCE:
        checks += checks_of_province(whole)
    return YearlyForms(area, year, day, list(forms.values()), whole, checks, names)


def _count_schools(forms: Forms, places: Mapping[int, int], day: datetime.date) -> None:
    schools = School.objects.on(day).filter(pk__in=list(places)).values_list("pk", "levels")
    for pk, levels in schools:
        if EducationLevel.PRIMARY in levels.split(","):
            forms[places[pk]].primary_schools += 1


def _count_disabled(forms: Forms, rounds: Rounds, day: datetime.date, year: int) -> None:
    first, last = SCHOOL_AGES
    of_ages = Q(person__birth_year__range=(year - last, year - first))
    disabled = (
        SurveyEntry.objects.filter(of_ages, survey_round__in=list(rounds), has_disability=True)
        .exclude(presence__in=GONE)
        .order_by()
        .values("survey_round")
        .annotate(all=Count("pk"), able=Count("pk", filter=Q(can_learn=True)))
    )
    for row in disabled:
        form = forms[rounds[row["survey_round"]][0]]
        form.disabled += row["all"]
        form.disabled_able += row["able"]
    on_roll = Q(spell_grade__isnull=False)
    pupils = (
        entries_of(rounds, day)
        .filter(of_ages, on_roll)
        .order_by()
        .values("survey_round")
        .annotate(all=Count("pk"), disabled=Count("pk", filter=Q(has_disability=True)))
    )
    for counts in pupils:
        form = forms[rounds[counts["survey_round"]][0]]
        form.pupils += counts["all"]
        form.disabled_pupils += counts["disabled"]


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0))


def _count_lower(
    forms: Forms, rounds: Rounds, places: Mapping[int, int], day: datetime.date, year: int
) -> None:
    _below, graduated, _possible = conditions(
        Measure(Kind.FINISHED, (LOWER_AGES[0], LOWER_AGES[-1]), grade=Grade.G9), day, year
    )
    told_done = Q(completed_grade__gte=Grade.G9) | Q(
        finished_level__in=[EducationLevel.LOWER_SECONDARY, EducationLevel.UPPER_SECONDARY]
    )
    rows = (
        living_in(rounds, day)
        .filter(_born(year))
        .annotate(
            spell_grade=F("spell__grade"),
            has_graduated=_flag(graduated),
            told_done=_flag(told_done),
            has_dropped=_flag(Q(dropped_grade__isnull=False)),
        )
        .order_by()
        .values(
            *("survey_round", "person__birth_year", "spell_grade", "has_graduated", "told_done"),
            *("has_dropped", "can_learn"),
            school=F("spell__school"),
        )
        .annotate(children=Count("pk"))
    )
    for row in rows:
        commune = rounds[row["survey_round"]][0]
        form, age = forms[commune], year - row["person__birth_year"]
        children, grade = row["children"], row["spell_grade"]
        lower = form.lower
        if grade in LOWER_GRADES:
            where = HERE if places.get(row["school"]) == commune else ELSEWHERE
            lower.in_grade[grade, where, age] += children
            if row["told_done"] or row["has_dropped"]:
                form.contradicting += children
        if not row["can_learn"]:
            continue
        if row["has_graduated"]:
            lower.graduated[age] += children
        if grade is not None and grade > Grade.G9:
            lower.going_on[age] += children
        if row["has_dropped"] and grade is None:
            lower.dropped_out[age] += children


def _count_arriving(
    forms: Forms,
    rounds: Rounds,
    places: Mapping[int, int],
    history: AreaHistory,
    day: datetime.date,
    year: int,
) -> None:
    """Pupils at the schools here who live elsewhere: matched with a person who does not live
    here, or with nobody and on record as living in another commune. By the age of the roll."""
    lives_here = _living_at_their_school(forms, rounds, places, day)
    here = {pk: history.before({pk}) | {pk} for pk in forms}
    pupils = (
        Enrolment.objects.filter(
            valid_on(day), school__in=list(places), grade__in=[int(each) for each in LOWER_GRADES]
        )
        .order_by()
        .values("school", "grade", "pupil__home", born=ExtractYear("pupil__birth_date"))
        .annotate(children=Count("pk"), matched=Count("pupil__survey_match"))
    )
    for row in pupils:
        commune, age = places[row["school"]], year - row["born"]
        if age not in LOWER_AGES:
            continue
        unmatched = row["children"] - row["matched"]
        home = row["pupil__home"]
        arrived = row["matched"]
        if home is not None and home not in here[commune]:
            arrived += unmatched
        else:
            forms[commune].unplaced += unmatched
        forms[commune].lower.in_grade[row["grade"], ARRIVING, age] += arrived
    for (commune, grade, born), children in lives_here.items():
        if year - born in LOWER_AGES:
            forms[commune].lower.in_grade[grade, ARRIVING, year - born] -= children


def _living_at_their_school(
    forms: Forms, rounds: Rounds, places: Mapping[int, int], day: datetime.date
) -> Counter[tuple[int, int, int]]:
    """{(commune, grade, year of birth by the roll): pupils of its schools who live in it}."""
    rounds_of, schools_of = defaultdict(list), defaultdict(list)
    for round_id, (commune, _year) in rounds.items():
        rounds_of[commune].append(round_id)
    for school, commune in places.items():
        schools_of[commune].append(school)
    at_home = Q(pk__in=[])
    for commune in forms:
        if rounds_of[commune] and schools_of[commune]:
            at_home |= Q(survey_round__in=rounds_of[commune], at_school__in=schools_of[commune])
    rows = (
        living_in(rounds, day)
        .annotate(at_school=F("spell__school"), in_grade=F("spell__grade"))
        .filter(at_home, in_grade__in=[int(each) for each in LOWER_GRADES])
        .order_by()
        .values("in_grade", "at_school", born=ExtractYear("person__match__pupil__birth_date"))
        .annotate(pupils=Count("person__match__pupil", distinct=True))
    )
    found: Counter[tuple[int, int, int]] = Counter()
    for row in rows:
        found[places[row["at_school"]], row["in_grade"], row["born"]] += row["pupils"]
    return found


def _count_adults(forms: Forms, rounds: Rounds, day: datetime.date, year: int) -> None:
    born = Q(person__birth_year__range=(year - ADULT_AGES[-1], year - ADULT_AGES[0]))
    people = (
        SurveyEntry.objects.filter(born, survey_round__in=list(rounds))
        .order_by()
        .values("survey_round", "person__birth_year")
        .annotate(people=Count("pk"))
    )
    literate = {
        f"level_{level}": Count("pk", filter=conditions(measure, day, year)[1])
        for level, measure in LITERACY.items()
    }
    educated = (
        entries_of(rounds, day)
        .filter(born)
        .order_by()
        .values("survey_round", "person__birth_year")
        .annotate(to_educate=Count("pk"), **literate)
    )
    _add_adults(forms, rounds, year, people, ("people",))
    _add_adults(forms, rounds, year, educated, ("to_educate", *literate))


def _add_adults(
    forms: Forms,
    rounds: Rounds,
    year: int,
    rows: Iterable[Mapping[str, Any]],
    names: Collection[str],
) -> None:
    for row in rows:
        adults = forms[rounds[row["survey_round"]][0]].adults[year - row["person__birth_year"]]
        for name in names:
            setattr(adults, name, getattr(adults, name) + row[name])


def _born(year: int) -> Q:
    return Q(person__birth_year__range=(year - LOWER_AGES[-1], year - LOWER_AGES[0]))
