"""The yearly forms: every cell recounted person by person, and their cross-checks."""

import datetime
import random
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from python_calamine import CalamineWorkbook

from core.levels import EducationLevel
from core.months import Month
from mobilisation.models import LiteracyTotal, Match, SurveyEntry, SurveyRound
from mobilisation.standards.counting import Tally
from mobilisation.yearly_forms.checks import SENTENCES, checks_of, checks_of_province
from mobilisation.yearly_forms.figures import (
    ADULT_AGES,
    ARRIVING,
    ELSEWHERE,
    HERE,
    MEASURES,
    CommuneForms,
)
from mobilisation.yearly_forms.selectors import yearly_forms
from reports.models import ReportRun
from schools.models import Enrolment, Placement, Pupil, School, SchoolYear, Succession
from tests.html_query import read
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.mobilisation.test_standards import (
    DAY,
    START,
    YEAR,
    Invented,
    above,
    finished,
    grade_now,
    literate,
    recount,
)
from tests.world import make_class, make_school

pytestmark = pytest.mark.django_db
NOVEMBER = Month(2026, 11)


class Everywhere(Invented):
    """The invented province with schools in many communes, and pupils who live anywhere."""

    def __init__(self, seed, communes=50):
        super().__init__(seed, communes)
        rng = random.Random(seed)
        year = SchoolYear.objects.get(code="2026-2027")
        classes = [
            make_class(
                make_school(f"T{number}", f"Trường {number}", levels, commune, START),
                *(year, "6A", "THCS", "1", []),
            )
            for number, commune in enumerate(self.communes[::3])
            for levels in [rng.choice(["TH", "THCS", "TH,THCS"])]
        ]
        for spell in Enrolment.objects.filter(school_class__in=self.classes[1]).order_by("pk"):
            if rng.random() < 0.8:
                Enrolment.objects.filter(pk=spell.pk).update(
                    school_class=(chosen := rng.choice(classes)), school=chosen.school
                )
        homes = [None, *self.communes, *(each.old for each in Succession.objects.all())]
        for number in range(3 * communes):
            pupil = Pupil.objects.create(
                full_name=f"Hà {number}",
                birth_date=datetime.date(rng.randint(2007, 2016), 3, 4),
                sex="F",
                ethnic_group="03",
                home=rng.choice(homes) if rng.random() < 0.7 else None,
            )
            spell = Enrolment(
                school_class=rng.choice(classes),
                pupil=pupil,
                grade=rng.choice([5, 6, 7, 8, 9, 10]),
                valid_from=datetime.date(2026, 9, 5),
            )
            spell.copy_from_owners()
            spell.save()
        for entry in SurveyEntry.objects.order_by("pk"):
            if rng.random() < 0.2:
                entry.has_disability = True
            if rng.random() < 0.1:
                entry.dropped_grade = rng.choice([5, 6, 8])
            entry.save()


def people_of(commune):
    rounds = list(SurveyRound.objects.filter(commune=commune))
    if not rounds:
        older = [each.old for each in Succession.objects.filter(new=commune)]
        rounds = list(SurveyRound.objects.filter(commune__in=older))
    people = list(SurveyEntry.objects.filter(survey_round__in=rounds).select_related("person"))
    for entry in people:
        match = Match.objects.filter(person=entry.person).first()
        entry.pupil = match.pupil if match else None
        entry.spells = [] if match is None else list(match.pupil.spells.all())
        entry.age = YEAR - entry.person.birth_year
        entry.lives = entry.presence not in ("left", "died")
    return people


def school_today(pupil_or_entry):
    for spell in pupil_or_entry.spells:
        if spell.valid_from <= DAY and (spell.valid_to is None or spell.valid_to > DAY):
            return spell.school_id
    return None


def slow(commune):
    """Every cell of a commune's forms, in words of its own."""
    people = people_of(commune)
    lives = [each for each in people if each.lives]
    able = [each for each in lives if each.can_learn]
    schools = set(
        Placement.objects.filter(commune__in=[commune.pk, *_older(commune)]).values_list(
            "school", flat=True
        )
    )

    def tally(first, last, what, parameter):
        words = [above(each, what, parameter) for each in able if first <= each.age <= last]
        return len(words), words.count("yes"), words.count("perhaps")

    just = [each for each in able if _just_finished(each)]
    pupils = [each for each in able if 6 <= each.age <= 14 and grade_now(each) is not None]
    grid = Counter()
    for each in lives:
        if 11 <= each.age <= 18 and grade_now(each) in (6, 7, 8, 9):
            where = HERE if school_today(each) in schools else ELSEWHERE
            grid[grade_now(each), where, each.age] += 1
    unplaced = 0
    for spell in Enrolment.objects.filter(school__in=schools).select_related("pupil__home"):
        age = YEAR - spell.pupil.birth_date.year
        on = spell.valid_from <= DAY and (spell.valid_to is None or spell.valid_to > DAY)
        if not on or spell.grade not in (6, 7, 8, 9) or not 11 <= age <= 18:
            continue
        match = Match.objects.filter(pupil=spell.pupil).first()
        if match is not None:
            if match.person_id not in {each.person_id for each in lives}:
                grid[spell.grade, ARRIVING, age] += 1
        elif spell.pupil.home_id in (None, commune.pk, *_older(commune)):
            unplaced += 1
        else:
            grid[spell.grade, ARRIVING, age] += 1
    youths = [each for each in able if 11 <= each.age <= 18]
    adults = {}
    for age in range(15, 61):
        of_age = [each for each in able if each.age == age]
        adults[age] = (
            sum(each.age == age for each in people),
            len(of_age),
            sum(literate(each, 1) == "yes" for each in of_age),
            sum(literate(each, 2) == "yes" for each in of_age),
        )
    reached = recount(commune)
    return {
        "six": tally(6, 6, "enrolled", 1),
        "eleven": tally(11, 11, "finished", 5),
        "to_fourteen": tally(11, 14, "finished", 5),
        "graduated": tally(15, 18, "finished", 9),
        "going_on": tally(15, 18, "on", 12),
        "into_six": (len(just), sum((grade_now(each) or 0) >= 6 for each in just), 0),
        "schools": sum(
            "TH" in each.levels.split(",") for each in School.objects.filter(pk__in=schools)
        ),
        "pupils": len(pupils),
        "disabled_pupils": sum(each.has_disability for each in pupils),
        "disabled": sum(each.has_disability and 6 <= each.age <= 14 for each in lives),
        "disabled_able": sum(each.has_disability and 6 <= each.age <= 14 for each in able),
        "grid": {key: count for key, count in grid.items() if count},
        "graduated_by_age": Counter(each.age for each in youths if finished(each, 9) == "yes"),
        "going_on_by_age": Counter(each.age for each in youths if (grade_now(each) or 0) > 9),
        "dropped": Counter(
            each.age for each in youths if each.dropped_grade and grade_now(each) is None
        ),
        "unplaced": unplaced,
        "contradicting": sum(
            11 <= each.age <= 18
            and grade_now(each) in (6, 7, 8, 9)
            and (
                each.dropped_grade is not None
                or (each.completed_grade or 0) >= 9
                or each.finished_level in (EducationLevel.LOWER_SECONDARY, "THPT")
            )
            for each in lives
        ),
        "adults": adults,
        "reached": next((code for code in ("TH3", "TH2", "TH1") if reached[code][0] == "met"), ""),
    }


def _older(commune):
    return [each.old_id for each in Succession.objects.filter(new=commune)]


def _just_finished(entry):
    return (entry.finished_level == "TH" and entry.finished_year == YEAR) or (
        entry.completed_grade == 5 and entry.completed_year == YEAR
    )


def filled(form):
    """The cells of a form, named as in `slow`."""
    shares = {code: (t.total, t.certain, t.possible) for code, t in form.shares.items()}
    return shares | {
        "schools": form.primary_schools,
        "pupils": form.pupils,
        "disabled_pupils": form.disabled_pupils,
        "disabled": form.disabled,
        "disabled_able": form.disabled_able,
        "grid": {key: count for key, count in form.lower.in_grade.items() if count},
        "graduated_by_age": form.lower.graduated,
        "going_on_by_age": form.lower.going_on,
        "dropped": form.lower.dropped_out,
        "unplaced": form.unplaced,
        "contradicting": form.contradicting,
        "adults": {
            age: (each.people, each.to_educate, each.level_1, each.level_2)
            for age, each in form.adults.items()
        },
        "reached": form.reached,
    }


def test_every_cell_is_what_a_slow_recount_finds():
    invented = Everywhere(seed=11)
    SurveyEntry.objects.filter(completed_grade=5).update(completed_year=YEAR)
    found = yearly_forms(invented.province, NOVEMBER, today=DAY)
    assert (found.day, found.year, len(found.communes)) == (DAY, YEAR, 50)
    seen = Counter()
    for form in found.communes:
        told, counted = filled(form), slow(form.area)
        for name, value in counted.items():
            assert told[name] == value, (form.area, name)
            seen[name] += bool(value)
    assert min(seen.values()) > 0
    assert {where for form in found.communes for _, where, _ in filled(form)["grid"]} == {
        *(HERE, ELSEWHERE, ARRIVING)
    }


def test_a_larger_area_holds_the_sums_of_its_communes():
    invented = Everywhere(seed=12, communes=10)
    whole = yearly_forms(invented.province, NOVEMBER, today=DAY).whole
    single = [yearly_forms(each, NOVEMBER, today=DAY) for each in invented.communes]
    assert all(len(each.communes) == 1 for each in single)
    assert whole.pupils == sum(each.whole.pupils for each in single) > 0
    for code in MEASURES:
        parts = [each.whole.shares[code] for each in single]
        assert whole.shares[code] == sum(parts, Tally())
    assert whole.lower.of(ARRIVING) == sum(each.whole.lower.of(ARRIVING) for each in single) > 0


def test_as_many_queries_for_many_communes_as_for_few(django_assert_max_num_queries):
    invented = Everywhere(seed=13, communes=12)
    with django_assert_max_num_queries(45) as few:
        yearly_forms(invented.communes[1], NOVEMBER, today=DAY)
    with django_assert_max_num_queries(45) as many:
        yearly_forms(invented.province, NOVEMBER, today=DAY)
    assert len(many) <= len(few) + 2, len(few)


def test_no_school_year_no_forms(world):
    assert yearly_forms(world.commune_a, Month(2020, 1), today=world.today) is None


def sound(**changes):
    """A form of a commune all of whose checks hold, with some changes."""
    form = CommuneForms(survey_years=[2026], shares=dict.fromkeys([*MEASURES, "into_six"], Tally()))
    for each in form.adults.values():
        each.people = each.to_educate = 2
    form.shares["graduated"] = Tally(total=8, certain=3)
    form.lower.graduated.update({15: 2, 18: 1, 14: 1})
    form.totals = {(15, 35): 42}
    for name, value in changes.items():
        setattr(form, name, value)
    return form


def failing(form):
    return [each.code for each in checks_of(form, 2026) if not each.holds]


def test_each_check_holds_of_a_sound_form_and_fails_of_a_spoilt_one():
    assert failing(sound()) == []
    codes = {each.code for each in checks_of(sound(), 2026)} | {"elsewhere"}
    assert codes == set(SENTENCES)
    assert failing(sound(survey_years=[2025])) == ["survey"]
    assert failing(sound(survey_years=[])) == ["survey"]
    assert failing(sound(not_asked=1)) == ["asked"]
    assert failing(sound(contradicting=2)) == ["contradicting"]
    assert failing(sound(unplaced=2)) == ["unplaced"]
    assert failing(sound(totals={(15, 35): 41})) == ["totals"]
    spoilt = sound()
    spoilt.shares["six"] = Tally(5, 3, 1)
    spoilt.shares["eleven"] = Tally(4, 4)
    assert failing(spoilt) == ["certain", "eleven"]
    spoilt = sound()
    spoilt.lower.graduated[17] += 1
    assert failing(spoilt) == ["graduated"]
    spoilt = sound()
    spoilt.adults[40].people = 0
    assert failing(spoilt) == ["adults"]
    spoilt = sound()
    spoilt.adults[16].to_educate += 1
    assert failing(spoilt) == ["youth", "totals"]
    whole = sound()
    assert all(each.holds for each in checks_of_province(whole))
    whole.lower.in_grade[6, ELSEWHERE, 12] += 1
    assert [each.holds for each in checks_of_province(whole)] == [False]


def test_a_survey_of_today_gives_what_it_tells(world):
    survey_round = make_round(world.commune_a)
    for age in ADULT_AGES:
        make_child(
            survey_round, f"Vàng A {age}", birth_year=2026 - age, form=str(age), literacy_done=5
        )
    make_child(survey_round, "Giàng A Súa", birth_year=2020, form="x", grade=1)
    LiteracyTotal.objects.create(
        commune=world.commune_a,
        year=2026,
        first_age=15,
        last_age=35,
        people=30,
        level_1=9,
        level_2=8,
    )
    found = yearly_forms(world.commune_a, Month(2026, 10), today=world.today)
    assert [(each.code, each.found) for each in found.failing if each.code != "unplaced"] == [
        ("certain", "1"),
        ("totals", "15–35: 21 ≠ 30"),
    ]


def test_the_workbook_holds_the_forms_and_their_checks(world, tmp_path):
    survey_round = make_round(world.commune_a)
    make_child(survey_round, "Giàng A Súa", birth_year=2020, form="x", grade=1)
    path = tmp_path / "forms.xlsx"
    call_command(
        *("export_report", "yearly_forms", "--area", world.province.code),
        *("--month", "2026-10", "--out", str(path)),
    )
    book = CalamineWorkbook.from_path(str(path))
    assert book.sheet_names == [
        *("TH-02", "THCS-2.1", "THCS-M1", "XMC-3", "Kiểm tra chéo", "Thuyết minh"),
    ]
    th_02 = book.get_sheet_by_name("TH-02").to_python()
    assert "BAN CHỈ ĐẠO PHỔ CẬP GIÁO DỤC, XÓA MÙ CHỮ" in th_02[0]
    of_commune = next(row for row in th_02 if row[1] == world.commune_a.title)
    assert of_commune[5:7] == [0, 0]
    unsurveyed = next(row for row in th_02 if row[1] == world.commune_b.title)
    assert set(unsurveyed[2:15]) == {"—"}
    assert unsurveyed[15:] == ["", "", "—"]
    assert th_02[[row[1] for row in th_02].index("Tổng")][3] == 0
    assert any("TRƯỞNG BAN" in row for row in th_02)
    second = book.get_sheet_by_name("THCS-2.1").to_python()
    assert next(row for row in second if row[1] == world.commune_a.title)[2:5] == [1, 0, 0]
    checks = book.get_sheet_by_name("Kiểm tra chéo").to_python()
    results = [row[3] for row in checks[4:]]
    assert results == sorted(results)  # "chưa khớp" first
    assert any(row[1].startswith("TH-02, THCS-2.1: ai đi học") and row[2] == "1" for row in checks)
    SchoolYear.objects.update(valid_from=datetime.date(2026, 9, 5))
    with pytest.raises(CommandError, match="không thuộc năm học nào"):
        call_command(
            *("export_report", "yearly_forms", "--area", world.province.code),
            *("--month", "2026-08", "--out", str(path)),
        )


def test_the_page_says_which_checks_fail_without_a_name(world, sign_in):
    make_child(make_round(world.commune_a), "Giàng A Súa", birth_year=2020, form="x", grade=1)
    url = reverse("reports:yearly_forms", args=[world.commune_a.pk]) + "?month=2026-10"
    text = read(sign_in(world.commune_officer).get(url)).text
    assert "TH-02, THCS-2.1: ai đi học theo lời gia đình thì có tên trong danh sách lớp. 1" in text
    assert "Giàng A Súa" not in text
    above = reverse("reports:yearly_forms", args=[world.province.pk]) + "?month=2026-10"
    client = sign_in(world.province_officer)
    text = read(client.get(above)).text
    assert "Xã đã có phiếu điều tra của năm. (chưa có phiếu)" in text
    assert "THCS-M1: số đi học nơi khác bằng số từ nơi khác đến." in text
    assert "không thuộc năm học nào" in read(client.get(above[:-7] + "2020-01")).text
    asked = {"kind": "yearly_forms", "area": world.province.pk, "month": "2026-10"}
    client.post(reverse("reports:runs"), asked)
    assert ReportRun.objects.get().kind == "yearly_forms"
