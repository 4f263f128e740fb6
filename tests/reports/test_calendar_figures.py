"""What the calendar does to the figures: at once, exactly, and undone without a trace."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendance.calendar.services.closures import add_closure, close_levels, remove_closure
from attendance.calendar.services.frames import remove_frame, set_frame
from attendance.models import Register
from core.months import Month
from reports.models import ClassCoverage, ClassMonth, SchoolMonth, StaleMonth
from reports.services.facts import rebuild, rebuild_stale
from reports.services.verify import differences
from schools.models import School
from tests.reports.histories import MONTHS, write_history
from tests.reports.register_builders import OCTOBER, day, pupil_ids, take

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)


def count_all():
    for month in MONTHS:
        rebuild(school_ids=School.objects.values_list("pk", flat=True), month=month)


def stored():
    """Every number of the facts, without when it was written."""
    told = {}
    for model in (ClassMonth, ClassCoverage, SchoolMonth):
        leave = {"id", "rebuilt_at"}
        names = [field.attname for field in model._meta.fields if field.attname not in leave]
        told[model.__name__] = sorted(map(repr, model.objects.values_list(*names)))
    return told


def recount():
    """Only what was marked stale."""
    for school_id, month in set(StaleMonth.objects.values_list("school_id", "month")):
        rebuild_stale(school_ids=[school_id], month=Month.of(month))
    assert not StaleMonth.objects.exists()


def figures(world):
    """(scheduled, taken, expected, absent) of school A's October, over its classes."""
    cover = ClassCoverage.objects.filter(school=world.school_a, month=OCTOBER.first)
    cells = ClassMonth.objects.filter(school=world.school_a, month=OCTOBER.first)
    return (
        sum(row.scheduled for row in cover),
        sum(row.taken for row in cover),
        sum(row.expected for row in cells),
        sum(row.excused + row.unexcused for row in cells),
    )


def closing(world, **more):
    return {
        "place": world.commune_a,
        "is_held": False,
        "valid_from": day(5),
        "valid_to": day(6),
        "reason": "flood",
        "by": world.province_officer,
    } | more


@pytest.fixture
def books(world):
    """6A sent the 5th and the 6th, one pupil away on the 5th; 1+2 sent nothing. Counted."""
    away = pupil_ids(world.class_a)[0]
    take(world.class_a, day(5), {away: "K"})
    take(world.class_a, day(6))
    count_all()
    StaleMonth.objects.all().delete()
    # Until the 11th: 11 mornings of 6A, 22 sessions of 1+2; 6 pupils twice.
    assert figures(world) == (33, 2, 12, 1)
    return world


def test_closed_day_leaves_the_figures_with_its_registers(books):
    closure = add_closure(**closing(books, choice="closed"))
    recount()
    assert figures(books) == (30, 1, 6, 0)
    assert differences(OCTOBER) == []
    remove_closure(closure=closure, by=books.province_officer)
    recount()
    assert figures(books) == (33, 2, 12, 1)


def test_classes_that_had_school_stay_in_the_figures(books):
    closure = add_closure(**closing(books, choice="held"))
    recount()
    # The two sessions of 1+2 are gone, the register of 6A counts.
    assert figures(books) == (31, 2, 12, 1)
    assert differences(OCTOBER) == []
    remove_closure(closure=closure, by=books.province_officer)
    recount()
    assert figures(books) == (33, 2, 12, 1)


def test_levels_are_closed_together_or_not_at_all(books):
    values = closing(books, choice="closed")
    close_levels(levels=["TH", "THCS"], **values)
    recount()
    assert figures(books) == (30, 1, 6, 0)


def test_frame_takes_the_days_before_it_out(books):
    frame = set_frame(
        year=books.year,
        place=books.school_a,
        level="",
        valid_from=day(6),
        valid_to=books.year.valid_to,
        by=books.head_a,
    )
    recount()
    # From the 6th to the 11th: 6 mornings, 12 sessions; the register of the 5th is out.
    assert figures(books) == (18, 1, 6, 0)
    assert ClassCoverage.objects.get(school_class=books.class_a, month=day(1, 9)).scheduled == 0
    assert differences(OCTOBER) == differences(Month(2026, 9)) == []
    remove_frame(frame=frame, by=books.head_a)
    recount()
    assert figures(books) == (33, 2, 12, 1)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    place=st.sampled_from(["province", "cluster", "commune_a", "school_a", "site_a"]),
    level=st.sampled_from(["", "TH", "THCS"]),
    session=st.sampled_from(["", "am"]),
    first=st.integers(0, 60),
    length=st.integers(1, 10),
    is_held=st.booleans(),
    choice=st.sampled_from(["closed", "held"]),
)
def test_on_and_off_again_restores_every_number(
    told, place, level, session, first, length, is_held, choice
):
    world, before = told
    start = world.since + first * ONE_DAY
    closure = add_closure(
        place=getattr(world, place),
        is_held=is_held,
        valid_from=start,
        valid_to=start + length * ONE_DAY,
        level=level,
        session=session,
        reason="holiday",
        choice=choice,
        by=world.province_officer,
    )
    recount()
    for month in MONTHS:
        assert differences(month) == []
    remove_closure(closure=closure, by=world.province_officer)
    recount()
    assert stored() == before


@pytest.fixture
def told(world):
    """A random history of the small province, counted, and every number of it."""
    write_history(world, 7)
    assert Register.objects.count() > 200
    count_all()
    StaleMonth.objects.all().delete()
    return world, stored()
