"""Months of support of semi-boarders: which count, by which days, and the list of a month."""

import datetime
import io
import random

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from attendance.boarding_support.amounts import SupportFileError, all_rows, read, support_on
from attendance.boarding_support.counting import Days, day_numbers, judge_months
from attendance.boarding_support.selectors import months_offered, support_list
from attendance.models import Absence, CalendarRule, Register, Uncounted
from core.models import Event, Rule
from core.months import Month
from schools.models import Enrolment, NamesShown, SemiBoarding
from tests.reports.register_builders import not_held, take
from tests.world import MONDAY, enrol

D = datetime.date
OCTOBER, SEPTEMBER = Month(2026, 10), Month(2026, 9)


@pytest.fixture
def pupils(world):
    """Of class 6A, the first two are semi-boarders from 5 October on, the second lodges."""
    spells = list(world.class_a.spells.select_related("pupil").order_by("pk"))
    for number, spell in enumerate(spells[:2]):
        SemiBoarding.objects.create(
            pupil=spell.pupil, valid_from=D(2026, 10, 5), basis="distance", own_lodging=bool(number)
        )
    return [spell.pupil for spell in spells]


def need(days):
    Rule.objects.filter(key="attendance.support_days").update(value=days)


def october(world, today=MONDAY):
    return support_list(world.school_a, OCTOBER, today=today)


def line_of(found, pupil):
    return next(each for each in found.lines if each.spell.pupil_id == pupil.pk)


def test_a_day_counts_by_a_register_and_only_as_a_semi_boarder(world, pupils):
    chua, huong = pupils[:2]
    take(world.class_a, D(2026, 10, 2))  # before the first day as a semi-boarder
    take(world.class_a, D(2026, 10, 5), {chua.pk: "M", huong.pk: "K"})
    not_held(world.class_a, D(2026, 10, 6))
    register = take(world.class_a, D(2026, 10, 7))
    Uncounted.objects.create(school=world.school_a, register=register, pupil=chua)
    found = october(world, today=D(2026, 10, 8))
    days = line_of(found, chua).month.days
    assert days == Days([D(2026, 10, 5)], [], [D(2026, 10, 8)])
    days = line_of(found, huong).month.days
    assert days == Days([D(2026, 10, 7)], [D(2026, 10, 5)], [D(2026, 10, 8)])


def test_one_of_two_sessions_is_a_day_and_a_missing_one_leaves_it_unknown(world):
    spell = world.class_a12.spells.select_related("pupil").order_by("pk")[0]
    SemiBoarding.objects.create(pupil=spell.pupil, valid_from=D(2026, 10, 5))
    marks = {spell.pupil_id: "P"}
    take(world.class_a12, D(2026, 10, 5), marks)
    take(world.class_a12, D(2026, 10, 5), session="pm")
    take(world.class_a12, D(2026, 10, 6), marks)
    take(world.class_a12, D(2026, 10, 7), marks)
    take(world.class_a12, D(2026, 10, 7), marks, session="pm")
    days = line_of(october(world, today=D(2026, 10, 7)), spell.pupil).month.days
    assert days == Days([D(2026, 10, 5)], [D(2026, 10, 7)], [D(2026, 10, 6)])


def test_rice_and_money_of_the_month(world, pupils):
    take(world.class_a, D(2026, 10, 5))
    found = october(world)
    assert [each.money for each in found.lines] == [936_000, 1_296_000]
    assert (found.rice_kg, found.meals, found.lodging, found.money) == (
        30,
        1_872_000,
        360_000,
        2_232_000,
    )
    assert (found.support.name, len(found.paid)) == ("Nghị định 66/2025/NĐ-CP", 2)


def test_the_days_asked_for_are_a_dated_rule_and_missing_registers_leave_it_open(world, pupils):
    need(3)
    for number in (5, 6):
        take(world.class_a, D(2026, 10, number))
    # A later month, when this one is over: six days have no register.
    found = support_list(world.school_a, OCTOBER, today=D(2026, 11, 20))
    assert [each.month.verdict for each in found.lines] == ["open", "open"]
    assert (found.money, len(found.open)) == (0, 2)
    Register.objects.all().delete()
    for number in range(5, 32):
        away = {pupils[0].pk: "K"} if number > 6 else {}
        take(world.class_a, D(2026, 10, number), away)
    found = support_list(world.school_a, OCTOBER, today=D(2026, 11, 20))
    assert [each.month.verdict for each in found.lines] == ["not_studied", "counts"]
    # While the month runs nothing is lost.
    found = support_list(world.school_a, OCTOBER, today=D(2026, 10, 31))
    assert line_of(found, pupils[0]).month.verdict == "open"


def test_of_a_year_only_so_many_months_are_supported():
    months = {Month(2026, 8).plus(n): Days([Month(2026, 8).plus(n).first]) for n in range(11)}
    least = dict.fromkeys(months, 1)
    found = judge_months(months, least_days=least, most=9, running=None)
    assert [each.verdict for each in found] == ["counts"] * 9 + ["over"] * 2
    months[Month(2026, 9)] = Days(absent=[D(2026, 9, 1)])
    found = judge_months(months, least_days=least, most=9, running=None)
    assert [each.number for each in found] == [1, None, *range(2, 11)]
    assert [each.is_paid for each in found].count(True) == 9


def test_grade_one_of_ethnic_minorities_has_a_month_more(world):
    spell = world.class_a12.spells.filter(grade=1).select_related("pupil").order_by("pk")[0]
    other = world.class_a12.spells.filter(grade=2).select_related("pupil").order_by("pk")[0]
    for each in (spell, other):
        SemiBoarding.objects.create(pupil=each.pupil, valid_from=D(2026, 8, 1))
    for month in Month(2027, 6).since(Month(2026, 8)):
        take(world.class_a12, month.first)
    may, june = (support_list(world.school_a, Month(2027, n), today=D(2027, 6, 30)) for n in (5, 6))
    assert [line_of(may, each.pupil).month.verdict for each in (spell, other)] == ["counts", "over"]
    assert line_of(june, spell.pupil).month.verdict == "over"
    assert line_of(may, spell.pupil).paid_before == 9


def test_a_month_in_two_schools_belongs_to_the_last_and_counts_once(world, pupils):
    take(world.class_a, D(2026, 10, 5))
    spell = Enrolment.objects.get(pupil=pupils[0])
    spell.valid_to, spell.exit_reason = D(2026, 10, 8), "out"
    spell.save()
    enrol(pupils[0], world.class_b, D(2026, 10, 8), 6)
    assert [each.spell.pupil for each in october(world).lines] == [pupils[1]]
    there = support_list(world.school_b, OCTOBER, today=MONDAY)
    assert there.lines[0].month.days.studied == [D(2026, 10, 5)]
    # September lies with the school before; nobody boarded then.
    assert support_list(world.school_a, SEPTEMBER, today=MONDAY).lines == []


def test_amounts_are_of_their_time():
    for day, meals, lodging, name in [
        (D(2015, 10, 1), 460_000, 115_000, "85/2010"),
        (D(2016, 9, 1), 484_000, 121_000, "116/2016"),
        (D(2024, 6, 1), 720_000, 180_000, "116/2016"),
        (D(2025, 4, 30), 936_000, 234_000, "116/2016"),
        (D(2025, 5, 1), 936_000, 360_000, "66/2025"),
    ]:
        found = support_on(day)
        assert (found.meals, found.lodging, name in found.name) == (meals, lodging, True)
        assert (found.rice_kg, found.most_months, bool(found.source)) == (15, 9, True)
    assert support_on(D(2012, 1, 1)) is None
    # 40% and 10% of one and the same salary, as decree 116/2016/NĐ-CP has it.
    assert all(each.meals == 4 * each.lodging for each in all_rows()[:-1])


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"meals": 1.5}, "meals"),
        ({"meals": -1}, "meals"),
        ({"rice": 15}, "rice"),
        ({"valid_from": "2030"}, "valid_from"),
    ],
)
def test_a_row_that_says_something_else_is_refused(changes, word):
    good = {
        "name": "A",
        "source": "B",
        "valid_from": D(2030, 1, 1),
        "rice_kg": 15,
        "meals": 1,
        "lodging": 1,
        "most_months": 9,
    }
    assert read([good])[0].extra_months_grade_1 == 0
    with pytest.raises(SupportFileError, match=f"“{word}”"):
        read([good | changes])
    with pytest.raises(SupportFileError, match="01/01/2031"):
        read([good, good | {"valid_from": D(2031, 1, 1)}])


def test_days_in_short():
    days = [D(2026, 10, n) for n in (9, 2, 3, 4, 11, 30, 31)]
    assert day_numbers(days) == "2–4, 9, 11, 30–31"
    assert day_numbers([]) == ""


@pytest.mark.parametrize("seed", [1, 2])
def test_every_month_is_that_of_a_slow_recount_on_random_registers(world, seed):
    rng = random.Random(seed)
    today = D(2026, 11, 25)
    CalendarRule.objects.update(morning="1111100", afternoon="1111100")
    need(rng.choice([1, 5, 12]))
    classes = [world.class_a, world.class_a12]
    for school_class in classes:
        for spell in school_class.spells.all():
            start = D(2026, 8, 1) + datetime.timedelta(days=rng.randrange(100))
            end = start + datetime.timedelta(days=rng.randrange(5, 100))
            SemiBoarding.objects.create(
                pupil_id=spell.pupil_id,
                valid_from=start,
                valid_to=end if rng.random() < 0.5 else None,
            )
        day = D(2026, 8, 3)
        while day <= today:
            for session in school_class.session_list:
                if day.weekday() < 5 and rng.random() < 0.6:
                    marks = {
                        pk: rng.choice("PKM")
                        for pk in school_class.spells.values_list("pupil", flat=True)
                        if rng.random() < 0.5
                    }
                    if rng.random() < 0.1:
                        not_held(school_class, day, session=session.value)
                    else:
                        take(school_class, day, marks, session=session.value)
            day += datetime.timedelta(days=1)
    least = int(Rule.objects.get(key="attendance.support_days").value)
    for month in Month(2026, 11).since(Month(2026, 8)):
        found = support_list(world.school_a, month, today=today)
        boarded = {
            time.pupil_id
            for time in SemiBoarding.objects.all()
            if time.valid_from < month.end
            and (time.valid_to is None or time.valid_to > month.first)
        }
        assert {each.spell.pupil_id for each in found.lines} == boarded
        for line in found.lines:
            check(line, month, today, least)


def check(line, month, today, least):
    school_class = line.spell.school_class
    time = SemiBoarding.objects.get(pupil=line.spell.pupil_id)
    studied, unknown = [], []
    for day in month.days():
        if day > today or not time.is_valid_on(day):
            continue
        there = missing = False
        for session in school_class.session_list:
            sent = Register.objects.filter(
                school_class=school_class, date=day, session=session.value
            ).first()
            if sent is None:
                missing |= day.weekday() < 5
            elif sent.state == "taken":
                mark = Absence.objects.filter(register=sent, pupil=line.spell.pupil_id).first()
                there |= mark is None or mark.mark == "M"
        if there:
            studied.append(day)
        elif missing:
            unknown.append(day)
    assert (line.month.days.studied, line.month.days.unknown) == (studied, unknown)
    if len(studied) >= least:
        assert line.month.verdict == "counts"
    elif len(studied) + len(unknown) >= least or month == Month.of(today):
        assert line.month.verdict == "open"
    else:
        assert line.month.verdict == "not_studied"


def test_the_page_shows_names_to_those_who_may_and_leaves_a_row(world, pupils, sign_in):
    take(world.class_a, D(2026, 10, 5))
    url = reverse("attendance:support", args=[world.school_a.pk])
    page = sign_in(world.commune_officer).get(url).content.decode()
    assert "Giàng A Chua" in page
    assert "2.232.000" in page
    assert "Danh sách (Excel)" not in page
    row = NamesShown.objects.get()
    assert (row.kind, row.school, row.names) == ("support", world.school_a, 2)
    for person, status in [
        (world.district_officer, 403),
        (world.teacher_a, 404),
        (world.head_b, 404),
        (world.head_a, 200),
    ]:
        assert sign_in(person).get(url).status_code == status
    page = sign_in(world.head_a).get(url + "?month=2026-09").content.decode()
    assert "Tháng này không có học sinh bán trú" in page
    assert months_offered(today=D(2020, 1, 1)) == []


def test_the_list_is_a_workbook_for_the_school_and_an_event(world, pupils, sign_in):
    take(world.class_a, D(2026, 10, 5))
    take(world.class_a, D(2026, 10, 6))
    url = reverse("attendance:support_file", args=[world.school_a.pk, OCTOBER])
    client = sign_in(world.head_a)
    answer = client.post(url)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    names = [row[1] for row in rows if row[1] in {each.full_name for each in pupils}]
    assert names == ["Giàng A Chua", "Lò Thị Hương"]
    first = next(row for row in rows if row[1] == "Giàng A Chua")
    assert (first[4], first[5], first[6], first[9]) == (2, "5–6", 15, 936_000)
    total = next(row for row in rows if str(row[1]).startswith("Cộng"))
    assert total[6:10] == [30, 1_872_000, 360_000, 2_232_000]
    event = Event.objects.get()
    assert (event.kind, event.school_id) == ("semi_boarding.list", world.school_a.pk)
    assert NamesShown.objects.get().kind == "file"
    assert sign_in(world.commune_officer).post(url).status_code == 403
    assert client.get(url).status_code == 405


@pytest.mark.parametrize("month", [Month(1900, 1), Month(2026, 7), Month(2027, 3)])
def test_a_month_of_no_year_or_yet_to_come_has_no_file(world, sign_in, month):
    url = reverse("attendance:support_file", args=[world.school_a.pk, month])
    assert sign_in(world.head_a).post(url).status_code == 404
