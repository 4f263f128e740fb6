"""Mobilisation rates: counted in SQL, and recounted child by child on invented communes."""

import datetime
import random

import pytest
from django.utils import timezone

from core.months import Month
from mobilisation.models import Match, SurveyEntry, SurveyPerson, SurveyRound
from mobilisation.rates.selectors import Counts, count, day_of, missing_of
from mobilisation.rates.variants import VARIANTS
from schools.enums import AreaKind, AreaLevel
from schools.models import Enrolment, Pupil, SchoolYear, Succession
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.planner import analyse
from tests.world import make_area, make_class, make_school

pytestmark = pytest.mark.django_db
DAY, YEAR = datetime.date(2026, 10, 31), 2026
START, MERGED = datetime.date(2024, 7, 1), datetime.date(2026, 7, 1)
COMMUNES = 50
GRADES = [-4, -3, -2, -1, *range(1, 13)]
# Age range, lowest grade that counts, what was finished counts as much.
PLAIN = {
    "mobilised_3_5": ((3, 5), -4, ()),
    "mobilised_5": ((5, 5), -4, ()),
    "mobilised_6": ((6, 6), 1, ()),
    "mobilised_6_10": ((6, 10), 1, ("TH", "THCS", "THPT")),
    "mobilised_11_14": ((11, 14), 6, ("THCS", "THPT")),
    "mobilised_11_14_any": ((11, 14), 1, ("THCS", "THPT")),
}


def invent(rng):
    """Fifty communes of today, twenty of them made of two; children, pupils, deaths and moves."""
    province = make_area(AreaLevel.PROVINCE, AreaKind.PROVINCE, "99", "Tỉnh Thử", valid_from=START)
    year = SchoolYear.objects.create(
        code="2026-2027", valid_from="2026-09-05", valid_to="2027-05-31"
    )
    year.refresh_from_db()
    today, homes = [], []
    for number in range(COMMUNES):
        merged = number < 20
        new = make_area(
            *(AreaLevel.COMMUNE, AreaKind.COMMUNE, f"9{number:03}", f"Xã {number}", province),
            valid_from=MERGED if merged else START,
        )
        today.append(new)
        old = []
        for part in range(2 * merged):
            each = make_area(
                *(AreaLevel.COMMUNE, AreaKind.COMMUNE, f"8{number:03}{part}", f"Xã cũ {number}"),
                province,
                valid_from=START,
                valid_to=MERGED,
            )
            Succession.objects.create(old=each, new=new, effective_on=MERGED)
            old.append(each)
        # Some were surveyed since, some only as what they were, one never.
        if merged and number % 2:
            homes += [(each, 2025) for each in old]
        elif number != COMMUNES - 1:
            homes += [(new, YEAR), *((each, 2025) for each in old)]
    classes = []
    for commune in rng.sample(today, 15):
        school = make_school(
            f"S{commune.code}", f"Trường {commune.code}", "TH,THCS", commune, commune.valid_from
        )
        classes.append(make_class(school, year, "1", "TH", "1", []))
    for commune, round_year in homes:
        for number in range(rng.randint(0, 14)):
            _invent_child(rng, make_round(commune, round_year), number, classes)
    for number, school_class in enumerate(classes):
        _invent_pupil(rng, f"Lò Văn Lạ {number}", rng.randint(2010, 2024), school_class)
    analyse(SurveyEntry, SurveyPerson, Match, Pupil, Enrolment)
    return today


def _invent_child(rng, survey_round, number, classes):
    born = rng.randint(2006, 2025)
    able = rng.random() < 0.9
    entry = make_child(
        survey_round,
        f"Lò Văn {number}",
        birth_year=born,
        form=str(number),
        presence=rng.choice(["lives", "lives", "lives", "came", "left", "died"]),
        can_learn=able,
        has_disability=not able,
        grade=rng.choice([None, *GRADES]),
        finished_level=rng.choice(["", "", "TH", "THCS"]),
        finished_year=rng.choice([None, 2025, 2026]),
        completed_grade=rng.choice([None, 5, 5, 8]),
        completed_year=rng.choice([2025, 2026]),
    )
    if rng.random() < 0.7:
        pupil = _invent_pupil(rng, f"Lò Văn {number}", born, rng.choice(classes))
        Match.objects.create(
            person=entry.person,
            pupil=pupil,
            score=90,
            confirmed_by=_confirmer(),
            confirmed_at=timezone.now(),
        )


def _confirmer():
    from accounts.models import User

    return User.objects.get_or_create(username="xac.nhan")[0]


def _invent_pupil(rng, name, born, school_class):
    pupil = Pupil.objects.create(
        full_name=name, birth_date=datetime.date(born, 5, 1), sex="M", ethnic_group="03"
    )
    left = rng.choice([None, None, datetime.date(2026, 10, 31), datetime.date(2026, 11, 1)])
    spell = Enrolment(
        school_class=school_class,
        pupil=pupil,
        grade=rng.choice(GRADES),
        valid_from=datetime.date(2026, 9, 5),
        valid_to=left,
        exit_reason="dropout" if left else "",
    )
    spell.copy_from_owners()
    spell.save()
    if left and rng.random() < 0.5:
        back = Enrolment(
            school_class=school_class,
            pupil=pupil,
            grade=rng.choice(GRADES),
            valid_from=datetime.date(2026, 11, 1),
            entry_reason="return",
        )
        back.copy_from_owners()
        back.save()
    return pupil


def recount(commune):
    """Counts by code, one child after the other."""
    rounds = list(SurveyRound.objects.filter(commune=commune))
    if not rounds:
        older = [each.old for each in Succession.objects.filter(new=commune)]
        rounds = list(SurveyRound.objects.filter(commune__in=older))
    found = {code: [0, 0, 0, 0, 0] for code in VARIANTS}
    for entry in SurveyEntry.objects.filter(survey_round__in=rounds):
        if not entry.can_learn or entry.presence in ("left", "died"):
            continue
        match = Match.objects.filter(person=entry.person_id).first()
        grade = None if match is None else _grade_on_the_day(match.pupil)
        for code, row in found.items():
            ages, least, done = PLAIN.get(code, ((0, 0), 6, ()))
            if code == "mobilised_into_6":
                if not _finished_this_year(entry):
                    continue
            elif not ages[0] <= YEAR - entry.person.birth_year <= ages[1]:
                continue
            finished = entry.finished_level in done
            told = finished or (entry.grade is not None and entry.grade >= least)
            row[0] += 1
            row[1] += finished or (grade is not None and grade >= least)
            row[2] += told
            row[3] += told and match is not None
    for pupil in Pupil.objects.filter(spells__school__placements__commune=commune).distinct():
        grade = _grade_on_the_day(pupil)
        for code, row in found.items():
            ages, least, _done = PLAIN.get(code, ((0, 0), 6, ()))
            if code == "mobilised_into_6":
                row[4] += grade == 6
            elif grade is not None and ages[0] <= YEAR - pupil.birth_date.year <= ages[1]:
                row[4] += grade >= least
    return {code: Counts(*row) for code, row in found.items()}


def _grade_on_the_day(pupil):
    grades = [
        spell.grade
        for spell in pupil.spells.all()
        if spell.valid_from <= DAY and (spell.valid_to is None or spell.valid_to > DAY)
    ]
    assert len(grades) <= 1
    return grades[0] if grades else None


def _finished_this_year(entry):
    by_level = entry.finished_level == "TH" and entry.finished_year == YEAR
    return by_level or (entry.completed_grade == 5 and entry.completed_year == YEAR)


@pytest.mark.parametrize("seed", range(2))
def test_fifty_communes_equal_a_slow_recount(seed):
    communes = invent(random.Random(seed))
    counted = count(communes, day=DAY, year=YEAR)
    for commune in communes:
        assert counted.by_commune[commune.pk] == recount(commune), commune
    everything = counted.total("mobilised_6_10", counted.by_commune)
    assert everything.to_educate > everything.on_roll > 0
    assert everything.at_schools_here > 0
    for commune in communes:
        for code, variant in VARIANTS.items():
            missing = missing_of(commune, variant, day=DAY, year=YEAR)
            assert len(missing) == counted.by_commune[commune.pk][code].missing


def test_the_sum_is_the_same_before_and_after_a_reorganisation():
    """Old units surveyed in 2025 and the commune made of them have the same children."""
    communes = invent(random.Random(7))
    merged = next(
        each for each in communes if each.valid_from == MERGED and each.survey_rounds.count() == 0
    )
    old = [each.old for each in Succession.objects.filter(new=merged)]
    new = count([merged], day=DAY, year=YEAR)
    before = count(old, day=datetime.date(2026, 6, 30), year=YEAR)
    for code in VARIANTS:
        assert (
            new.by_commune[merged.pk][code].to_educate
            == before.total(code, before.by_commune).to_educate
        )


def test_the_day_is_the_last_of_the_month_on_which_school_runs():
    SchoolYear.objects.create(code="2026-2027", valid_from="2026-09-05", valid_to="2027-05-26")
    today = datetime.date(2027, 8, 1)
    assert day_of(Month(2026, 10), today=today) == (datetime.date(2026, 10, 31), 2026)
    assert day_of(Month(2027, 5), today=today) == (datetime.date(2027, 5, 25), 2026)
    assert day_of(Month(2027, 5), today=datetime.date(2027, 5, 3))[0].day == 3
    assert day_of(Month(2027, 7), today=today) is None


def test_every_rate_is_told_in_vietnamese():
    from django.utils.translation import override

    for variant in VARIANTS.values():
        for part in (variant.name, variant.definition, variant.numerator, variant.denominator):
            with override("en"):
                english = str(part)
            with override("vi"):
                assert str(part) != english
