"""The household survey of the demo: who is on a roll, and a few children who are on none."""

from django.utils import timezone

from core.levels import EducationLevel
from mobilisation.models import Household, Match, SurveyEntry, SurveyPerson, SurveyRound
from reports.models import Target
from schools.areas.selectors.tree import schools_in
from schools.models import Enrolment

A_HOUSEHOLD = 3
VILLAGES = ["Háng Lìa", "Nậm Cáy", "Pa Khóm", "Tả Chải"]
# Per commune: born so many years before the school year, told to have left grade, how many.
OUTSIDE = [(6, None, 1), (9, None, 1), (12, 6, 3), (14, 7, 4)]
TARGETS = {"mobilised_6": 99, "mobilised_11_14": 95}


def write_survey(rng, tree, today, school_year, *, by):
    """A round for each commune with pupils of the school year; returns the number of persons.

    Everybody on a roll is matched, but in the communes drawn for it a part is not yet.
    """
    year = school_year.valid_from.year
    places = schools_in({area.pk for area in tree.communes()}, on=today)
    spells = (
        Enrolment.objects.on(today)
        .filter(school__in=list(places))
        .select_related("pupil")
        .order_by("school_id", "pk")
    )
    at_home = {}
    for spell in spells:
        at_home.setdefault(places[spell.school_id], []).append(spell)
    count = 0
    for commune_id, there in at_home.items():
        survey_round = SurveyRound.objects.create(commune_id=commune_id, year=year)
        count += _write_round(rng, survey_round, there, by)
    Target.objects.bulk_create(
        Target(
            indicator=code,
            area=tree.provinces[0],
            percent=percent,
            valid_from=school_year.valid_from,
            source="Kế hoạch năm học (mẫu)",
        )
        for code, percent in TARGETS.items()
    )
    return count


def _write_round(rng, survey_round, spells, by):
    told = [(_person(each.pupil.full_name, each.pupil.birth_date, each), each) for each in spells]
    for age, left, children in OUTSIDE:
        for _child in range(rng.randint(0, children)):
            like = rng.choice(spells)
            born = like.pupil.birth_date
            born = born.replace(year=survey_round.year - age, day=min(born.day, 28))
            told.append((_person(like.pupil.full_name, born, like), left))
    households = [
        Household(
            commune_id=survey_round.commune_id,
            village=VILLAGES[number % len(VILLAGES)],
            form_number=f"{number + 1:03}",
            head_name=group[0].full_name,
            told_in=survey_round.year,
        )
        for number, group in enumerate(told[::A_HOUSEHOLD])
    ]
    for each in households:
        each.set_keys()
    Household.objects.bulk_create(households)
    SurveyPerson.objects.bulk_create([person for person, _known in told])
    SurveyEntry.objects.bulk_create(
        SurveyEntry(
            survey_round=survey_round,
            person=person,
            household=households[number // A_HOUSEHOLD],
            **_schooling(known, survey_round.year),
        )
        for number, (person, known) in enumerate(told)
    )
    found = 1.0 if rng.random() < 0.8 else 0.6
    Match.objects.bulk_create(
        Match(
            person=person,
            pupil=known.pupil,
            score=100,
            confirmed_by=by,
            confirmed_at=timezone.now(),
        )
        for person, known in told
        if isinstance(known, Enrolment) and rng.random() < found
    )
    return len(told)


def _person(name, born, like):
    person = SurveyPerson(
        full_name=name,
        sex=like.sex,
        ethnic_group=like.ethnic_group,
        birth_year=born.year,
        birth_date=born,
    )
    person.set_keys()
    return person


def _schooling(known, year):
    if not isinstance(known, Enrolment):
        return {"dropped_grade": known, "dropped_year": year} if known else {}
    if known.grade == 6:
        done = {"finished_level": EducationLevel.PRIMARY, "finished_year": year}
        return {"grade": known.grade, **done}
    return {"grade": known.grade}
