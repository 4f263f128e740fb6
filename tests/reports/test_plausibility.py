"""Signs that a register may not be true: each rule at its edge, said as a question."""

import datetime

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from attendance.models import Closure, RegisterRevision
from core import rules
from core.models import Rule
from core.months import Month
from reports import plausibility, thresholds, wording
from reports.plausibility import Taken, signs_of
from reports.selectors.plausibility import signs_of_class, signs_of_schools
from reports.services.facts import rebuild
from tests.html_query import read
from tests.reports.register_builders import OCTOBER, day, pupil_ids, take

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
FIRST = datetime.date(2026, 10, 1)
MORNING = datetime.datetime(2026, 10, 1, 0, 20, tzinfo=datetime.UTC)


def books(*away, roll=25, **more):
    """One morning register a day from 1 October; each argument is the ids away that day."""
    return [
        Taken(
            FIRST + index * DAY,
            "am",
            roll,
            more.get("entered", lambda index: MORNING + index * DAY)(index),
            frozenset(ids),
        )
        for index, ids in enumerate(away)
    ]


def kinds(registers, *, since=FIRST, level="THCS"):
    return [sign.kind for sign in signs_of(registers, rules.table(on=FIRST), level, since=since)]


@pytest.mark.parametrize(
    ("registers", "expected"),
    [
        (books(*[()] * 19), []),
        (books(*[()] * 20), ["full"]),
        (books(*[()] * 20, roll=9), []),
        (books(*[()] * 12, {1}, *[()] * 12), []),
        (books(*[{1, 2}] * 4), []),
        (books(*[{1, 2}] * 5), ["copied"]),
        (books(*[{1}] * 9), []),
        (books({1, 2}, {1, 2}, {1, 2, 3}, {1, 2}, {1, 2}), []),
        (books(*[{1}] * 4, entered=lambda index: MORNING + 9 * DAY), []),
        (books(*[{1}] * 5, entered=lambda index: MORNING + 9 * DAY), ["at_once"]),
        (
            books(
                *[{1}] * 5,
                entered=lambda index: MORNING + index * datetime.timedelta(seconds=151),
            ),
            [],
        ),
        ([], []),
    ],
)
def test_each_rule_at_its_edge(registers, expected):
    assert kinds(registers) == expected


def test_two_sessions_make_one_day():
    mornings = books(*[()] * 20)
    afternoons = [
        Taken(each.date, "pm", 25, each.entered_at, frozenset({1} if index == 10 else ()))
        for index, each in enumerate(mornings)
    ]
    both = sorted([*mornings, *afternoons], key=lambda each: (each.date, each.session))
    assert kinds(both) == []
    assert kinds(mornings) == ["full"]


def test_a_run_may_begin_before_the_month_but_must_reach_it():
    registers = books(*[()] * 20)
    assert kinds(registers, since=FIRST + 19 * DAY) == ["full"]
    assert kinds(registers, since=FIRST + 20 * DAY) == []


def test_thresholds_are_dated_data():
    Rule.objects.filter(key=thresholds.COPIED_DAYS).update(value=3)
    assert kinds(books(*[{1, 2}] * 3)) == ["copied"]


@given(
    st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 12 * 60), st.frozensets(st.integers(1, 3))),
        max_size=14,
    )
)
def test_written_at_once_equals_the_naive_answer(world_rules, rows):
    registers = [
        Taken(FIRST + back * DAY, "am", 25, MORNING + datetime.timedelta(minutes=minute), away)
        for back, minute, away in rows
    ]
    registers.sort(key=lambda each: each.date)
    naive = max(
        (
            len(
                {
                    other.date
                    for other in registers
                    if datetime.timedelta(0)
                    <= other.entered_at - each.entered_at
                    <= datetime.timedelta(minutes=10)
                }
            )
            for each in registers
        ),
        default=0,
    )
    found = [
        sign.count
        for sign in signs_of(registers, world_rules, "THCS", since=FIRST)
        if sign.kind == plausibility.AT_ONCE
    ]
    assert found == ([naive] if naive >= 5 else [])


@pytest.fixture(scope="module")
def world_rules():
    """The first values of all rules, without a database."""
    return rules.RuleTable({(spec.key, ""): spec.first_value for spec in rules.declared()}, FIRST)


def test_from_registers_with_the_time_the_device_kept_them(world):
    away = dict.fromkeys(pupil_ids(world.class_a)[:1], "K")
    registers = [
        take(world.class_a, day(number), away, sent_days_later=10 - number)
        for number in range(5, 10)
    ]
    (sign,) = signs_of_class(world.class_a, OCTOBER)
    assert (sign.kind, sign.count, sign.first, sign.last) == ("at_once", 5, day(5), day(9))

    # A week without a network: written each morning, sent at one moment.
    for register in registers:
        RegisterRevision.objects.create(
            school_id=register.school_id,
            register=register,
            number=1,
            operation_id=f"8f6d2a52-0b9c-4d6e-9a55-{register.pk:012d}",
            state="taken",
            sent_by=world.teacher_a,
            sent_at=register.first_sent_at,
            device_time=datetime.datetime.combine(
                register.date, datetime.time(0, 15), tzinfo=datetime.UTC
            ),
        )
    assert signs_of_class(world.class_a, OCTOBER) == []


def test_a_register_of_a_closed_day_is_asked_about(world):
    take(world.class_a, day(8))
    Closure.objects.create(school=world.school_a, reason="cold", valid_from=day(8), valid_to=day(9))
    (sign,) = signs_of_class(world.class_a, OCTOBER)
    assert (sign.kind, sign.count) == ("closed", 1)
    assert signs_of_class(world.class_b, OCTOBER) == []


def test_queries_do_not_grow(world, django_assert_max_num_queries):
    for each in (world.class_a, world.class_b):
        for number in range(1, 13):
            take(each, day(number), dict.fromkeys(pupil_ids(each)[:2], "K"))
    schools = [world.school_a.pk, world.school_b.pk]
    with django_assert_max_num_queries(12):
        found = signs_of_schools(schools, OCTOBER)
    assert [each.school_class for each in found] == [world.class_a, world.class_b]


@pytest.fixture
def copied(world):
    """Class 6A looks copied in October."""
    for number in range(1, 13):
        take(world.class_a, day(number), dict.fromkeys(pupil_ids(world.class_a)[:2], "K"))
    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)
    return world


SENTENCE = "Cùng 2 học sinh vắng 12 ngày liền, từ 01/10 đến 12/10."


@pytest.mark.parametrize(
    ("person", "address"),
    [
        ("head_a", lambda w: reverse("reports:school", args=[w.school_a.pk])),
        ("member_user", lambda w: reverse("reports:school", args=[w.school_a.pk])),
        ("teacher_a", lambda w: reverse("reports:school_class", args=[w.class_a.pk])),
    ],
)
def test_told_beside_the_rates(copied, sign_in, person, address):
    page = read(sign_in(getattr(copied, person)).get(address(copied) + "?month=2026-10"))
    assert "Cần kiểm tra" in page.text
    assert SENTENCE in page.text


def test_the_commune_sees_which_school(copied, sign_in):
    url = reverse("reports:area", args=[copied.commune_a.pk])
    page = read(sign_in(copied.commune_officer).get(url + "?month=2026-10"))
    assert "Sổ cần kiểm tra: 1 lớp" in page.text


def test_the_head_is_told_on_the_first_page(copied, sign_in):
    page = read(sign_in(copied.head_a).get(reverse("home")))
    assert "Sổ của 1 lớp cần kiểm tra." in page.text


def test_every_sign_has_its_sentence():
    for kind in plausibility.KINDS:
        sentence = wording.sign(plausibility.Sign(kind, 5, day(1), day(9), minutes=4, pupils=2))
        assert "%" not in sentence
        assert "01/10" in sentence
    assert Month.of(day(1)) == OCTOBER
