"""How schools stand on a day, stood before and will stand; a slow recount on random rolls."""

import datetime
import random

import pytest
from django.urls import reverse

from core.levels import EducationLevel
from schools.boarding.judging import Counts, judge
from schools.boarding.rule_sets import in_force
from schools.boarding.selectors import eligibility as selectors
from schools.models import Enrolment, Pupil, SchoolStatus, SchoolYear, SemiBoarding
from tests.html_query import read
from tests.world import MONDAY, enrol, make_class

D = datetime.date
TH, THCS = EducationLevel.PRIMARY, EducationLevel.LOWER_SECONDARY
NOT_MINORITY = {"01", "00"}


@pytest.fixture
def last_year(world):
    return SchoolYear.objects.create(
        code="2025-2026", valid_from=D(2025, 8, 1), valid_to=D(2026, 8, 1)
    )


AUGUST = D(2026, 8, 1)


def boards(pupil, start=AUGUST, end=None):
    return SemiBoarding.objects.create(pupil=pupil, valid_from=start, valid_to=end)


def make_semi_boarders(school_class, count):
    for spell in school_class.spells.order_by("pk")[:count]:
        boards(spell.pupil)


def standing(world, school):
    return selectors.standing_of(school, None, today=world.today)


def test_a_school_is_counted_on_the_day(world):
    make_semi_boarders(world.class_a, 4)
    Pupil.objects.filter(spells__school_class=world.class_a).update(ethnic_group="03")
    found = standing(world, world.school_a)
    assert found.counts == {TH: Counts(4, 4, 0), THCS: Counts(6, 6, 4)}
    # 4 of 10 are 40%.
    assert (found.judgement.verdict, found.group) == ("met", "ready")
    SemiBoarding.objects.update(valid_to=MONDAY)
    assert standing(world, world.school_a).group == "other"


def test_what_an_office_looks_at_first(world):
    SchoolStatus.objects.create(school=world.school_b, kind="PTDTBT", valid_from=D(2026, 8, 1))
    make_semi_boarders(world.class_a, 4)
    found = selectors.standings_in(world.province, today=world.today)
    assert [(each.school, each.group) for each in found] == [
        (world.school_a, "ready"),
        (world.school_b, "losing"),
    ]
    make_semi_boarders(world.class_b, 2)
    SchoolStatus.objects.create(school=world.school_a, kind="PTDTNT", valid_from=D(2026, 8, 1))
    found = selectors.standings_in(world.province, today=world.today)
    assert [(each.school, each.group) for each in found] == [(world.school_b, "converted")]
    assert selectors.standings_in(world.commune_a2, today=world.today) == []


def test_an_upper_secondary_school_is_not_asked(world):
    world.school_b.levels = "THCS,THPT"
    world.school_b.save()
    assert standing(world, world.school_b) is None


def test_next_year_everybody_is_a_grade_further(world, last_year):
    old = make_class(world.school_b, last_year, "6B", "THCS", "6", [])
    children = [spell.pupil for spell in world.class_b.spells.order_by("pk")]
    # Two of three were here last year; the third came, a semi-boarder.
    for pupil in children[:2]:
        enrol(pupil, old, D(2025, 8, 1), 6, valid_to=D(2026, 8, 1), exit_reason="completed")
    boards(children[2])
    nine = make_class(world.school_b, world.year, "9B", "THCS", "9", ["Lò A", "Lò B"])
    for spell in nine.spells.all():
        enrol(spell.pupil, old, D(2025, 8, 1), 6, valid_to=D(2026, 8, 1), exit_reason="completed")
    found = standing(world, world.school_b)
    assert found.has_last_year
    assert found.whole == Counts(5, 5, 1)
    # Grade 7: the three of grade 6; grade 6: as many as came; grade 9 goes, nobody comes to it.
    assert found.next_whole == Counts(4, 4, 2)


def test_without_rolls_of_last_year_the_lowest_grade_came(world):
    found = standing(world, world.school_a)
    assert not found.has_last_year
    # Grades 1 and 2 have two each, 6 has six: 2 come to 1; 2, 3 and 7 have those of today.
    assert found.next_counts == {TH: Counts(6, 6, 0), THCS: Counts(6, 6, 0)}


def test_earlier_years_are_judged_on_the_same_day_by_the_rules_of_then(world):
    year = SchoolYear.objects.create(
        code="2015-2016", valid_from=D(2015, 8, 1), valid_to=D(2016, 8, 1)
    )
    world.school_b.valid_from = D(2010, 1, 1)
    world.school_b.save()
    old = make_class(world.school_b, year, "9B", "THCS", "9", ["Lò A", "Lò B", "Lò C", "Lò D"])
    for spell in old.spells.order_by("pk")[:2]:
        boards(spell.pupil, D(2015, 8, 1))
    (found,) = selectors.trend_of(world.school_b, today=world.today)
    assert (found.day, found.rules.code) == (D(2015, 10, 12), "tt-24-2010")
    assert (found.whole, found.judgement.verdict) == (Counts(4, 4, 2), "met")


def test_in_the_summer_the_last_day_of_the_year_counts(world):
    assert selectors.day_counted(today=D(2027, 8, 20)) == (D(2027, 7, 31), world.year)
    assert selectors.day_counted(today=D(2020, 1, 1)) == (D(2020, 1, 1), None)
    assert selectors.same_day(D(2024, 2, 29), 1) == D(2025, 2, 28)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_are_those_of_a_slow_recount_on_random_rolls(world, last_year, seed):
    rng = random.Random(seed)
    before = {
        (school, grade): make_class(
            school, last_year, f"{grade}X", "TH" if grade < 6 else "THCS", str(grade), []
        )
        for school, grades in [(world.school_a, range(1, 10)), (world.school_b, range(6, 10))]
        for grade in grades
    }
    now = {
        key: make_class(key[0], world.year, f"{key[1]}Y", each.level, each.grades, [])
        for key, each in before.items()
    }
    keys = list(before)
    for number in range(120):
        pupil = Pupil.objects.create(
            full_name=f"Em {number}",
            sex="F",
            birth_date=D(2014, 1, 1),
            ethnic_group=rng.choice(["01", "03", "08", "00"]),
        )
        if rng.random() < 0.7:
            ended = rng.random() < 0.3
            last = D(2025, 12, 1) if ended else D(2026, 8, 1)
            reason = "dropout" if ended else "completed"
            school, grade = rng.choice(keys)
            key = (school, grade)
            enrol(pupil, before[key], D(2025, 8, 1), grade, valid_to=last, exit_reason=reason)
        if rng.random() < 0.9:
            key = rng.choice(keys)
            start = D(2026, 8, 1) + datetime.timedelta(days=rng.randrange(100))
            gone = start + datetime.timedelta(days=rng.randrange(1, 60))
            more = {"valid_to": gone, "exit_reason": "out"} if rng.random() < 0.3 else {}
            enrol(pupil, now[key], start, key[1], **more)
        if rng.random() < 0.5:
            start = D(2026, 8, 1) + datetime.timedelta(days=rng.randrange(90))
            end = start + datetime.timedelta(days=rng.randrange(1, 60))
            boards(pupil, start, end if rng.random() < 0.5 else None)
    for found in selectors.standings_in(world.province, today=world.today):
        check(found, world, last_year)


def check(found, world, last_year):
    grades = [*range(1, 6), *range(6, 10)] if found.school == world.school_a else range(6, 10)

    def add(counts, pupil):
        counts[0] += 1
        counts[1] += pupil.ethnic_group not in NOT_MINORITY
        counts[2] += any(
            each.valid_from <= MONDAY and (each.valid_to is None or each.valid_to > MONDAY)
            for each in SemiBoarding.objects.all()
            if each.pupil_id == pupil.pk
        )

    today = {grade: [0, 0, 0] for grade in grades}
    following = {grade: [0, 0, 0] for grade in grades}
    everything = list(Enrolment.objects.select_related("pupil"))
    known = {
        each.pupil_id
        for each in everything
        if each.school_id == found.school.pk and each.valid_from < last_year.valid_to
    }
    for spell in everything:
        if spell.school_id != found.school.pk or not spell.is_valid_on(MONDAY):
            continue
        add(today[spell.grade], spell.pupil)
        if spell.grade + 1 in following:
            add(following[spell.grade + 1], spell.pupil)
        if spell.pupil_id not in known:
            add(following[spell.grade], spell.pupil)
    for counts, told, rules, judged in [
        (today, found.counts, in_force(MONDAY), found.judgement),
        (following, found.next_counts, in_force(D(2027, 10, 12)), found.next_year),
    ]:
        slow = {
            level: Counts(
                *(
                    sum(counts[grade][place] for grade in grades if (grade < 6) == (level == TH))
                    for place in range(3)
                )
            )
            for level in told
        }
        assert told == slow
        assert judged == judge(found.school.education_levels, slow, rules)


def test_pages_say_it_to_those_who_may(world, sign_in):
    make_semi_boarders(world.class_a, 4)
    area = reverse("schools:boarding_area", args=[world.cluster.pk])
    page = sign_in(world.district_officer).get(area).content.decode()
    assert "1 trường đạt quy định mà chưa chuyển đổi" in page
    assert "TH&amp;THCS A Một" in page
    assert "THCS B Một" not in page
    assert "TH&amp;THCS A Một" not in (
        sign_in(world.district_officer).get(area + "?group=other").content.decode()
    )
    assert sign_in(world.commune_officer).get(area).status_code == 404
    school = reverse("schools:boarding_school", args=[world.school_a.pk])
    page = read(sign_in(world.head_a).get(school))
    assert "40,00%" in page.text
    assert "4 / 10" in page.text
    assert sign_in(world.head_b).get(school).status_code == 404
