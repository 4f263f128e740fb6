"""The list behind a figure has as many lines as the figure says, whatever happened before."""

import datetime

import pytest
from django.utils import timezone

from attendance.calendar.selectors.due_sessions import due_sessions
from attendance.models import Closure
from core.months import Month
from reports.explanation.selectors import Counted, What
from reports.models import ClassMonth
from reports.selectors.figures import figures
from reports.services.facts import rebuild
from reports.services.verify import _RegistersOfClass
from schools.models import School, SchoolClass
from tests.reports.histories import MONTHS, write_history
from tests.reports.register_builders import OCTOBER, day, not_held, pupil_ids, take

pytestmark = pytest.mark.django_db


def schools():
    return list(School.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("seed", range(3))
def test_the_list_is_the_slow_recount_line_by_line(world, today, seed):
    write_history(world, seed)
    for month in MONTHS:
        rebuild(school_ids=schools(), month=month)
        slow = slow_pupil_days(month)
        counted = Counted(month, school_ids=schools())
        rows = counted.pupil_days(What.ALL)
        listed = {(row.class_id, row.date, row.session, row.pupil_id): row.mark for row in rows}
        assert len(listed) == len(rows)
        assert listed == slow
        facts = figures(months=[month], by="class", school_ids=schools())
        lessons = counted.lessons()
        for school_class in SchoolClass.objects.all():
            stored = facts.get((school_class.pk, month))
            of_class = Counted(
                month, school_ids=[school_class.school_id], class_ids=[school_class.pk]
            )
            numbers = {what: len(of_class.pupil_days(what)) for what in What}
            own = [each for each in lessons if each.class_id == school_class.pk]
            for found in (
                (sum(each.expected for each in own), sum(each.present for each in own)),
                (stored.expected, stored.present) if stored else (0, 0),
            ):
                assert (numbers[What.ALL], numbers[What.PRESENT]) == found
            assert numbers[What.AWAY] == numbers[What.EXCUSED] + numbers[What.UNEXCUSED]
            assert numbers[What.ALL] == numbers[What.PRESENT] + numbers[What.AWAY]
    assert ClassMonth.objects.filter(unexcused__gt=0).exists()


def slow_pupil_days(month):
    """{(class, day, session, pupil): mark} by the second count, day by day and pupil by pupil."""
    found = {}
    for school_class in SchoolClass.objects.select_related("year"):
        due = _due(school_class, month)
        book = _RegistersOfClass(school_class, month, due, min(timezone.localdate(), month.end))
        for (date, session), register in book.registers.items():
            if register.state != "taken" or (date, session) not in set(book.due):
                continue
            marks = {each.pupil_id: each.mark for each in register.absences.all()}
            for spell in book.spells:
                if book._counts(spell, register):
                    key = (school_class.pk, date, session, spell.pupil_id)
                    found[key] = marks.get(spell.pupil_id, "")
    return found


def _due(school_class, month):
    return due_sessions([school_class], month.first, month.end)[school_class.pk]


def test_pages_of_the_list_are_the_list(world, today):
    pupils = pupil_ids(world.class_a)
    take(world.class_a, day(5), {pupils[0]: "P sick", pupils[1]: "K"})
    take(world.class_a, day(6), {pupils[0]: "K"})
    counted = Counted(OCTOBER, school_ids=schools())
    whole = counted.pupil_days(What.ALL)
    assert len(whole) == 2 * len(pupils)
    paged = [
        row
        for offset in range(0, len(whole), 3)
        for row in counted.pupil_days(What.ALL, offset=offset, limit=3)
    ]
    assert paged == whole
    assert [(row.date, row.mark, row.reason) for row in counted.pupil_days(What.EXCUSED)] == [
        (day(5), "P", "sick")
    ]


def test_what_is_left_out_says_why(world, today):
    take(world.class_a, day(5))
    not_held(world.class_a, day(6), reason="cold")
    closed = day(8)
    take(world.class_a, closed)
    Closure.objects.create(
        school=world.school_a, reason="flood", valid_from=closed, valid_to=day(9)
    )
    counted = Counted(OCTOBER, school_ids=[world.school_a.pk], class_ids=[world.class_a.pk])
    left_out = counted.left_out()
    assert left_out.not_held == {world.class_a.pk: [(day(6), "am", "cold")]}
    assert left_out.reasons == [("cold", 1)]
    assert left_out.not_due == {world.class_a.pk: [(closed, "am")]}
    missing = left_out.missing[world.class_a.pk]
    assert not {(day(5), "am"), (day(6), "am"), (closed, "am")} & set(missing)
    stored = figures_of(world)
    assert len(missing) == stored.due - stored.taken
    assert [each.date for each in counted.lessons()] == [day(5)]


def figures_of(world):
    rebuild(school_ids=schools(), month=OCTOBER)
    return figures(months=[OCTOBER], class_ids=[world.class_a.pk])[None, OCTOBER]


def test_a_month_to_come_has_nothing(world, today):
    ahead = Month.of(today + datetime.timedelta(days=70))
    counted = Counted(ahead, school_ids=schools())
    assert (counted.classes, counted.lessons(), counted.pupil_days(What.ALL)) == ([], [], [])
