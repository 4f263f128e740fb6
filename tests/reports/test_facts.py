"""Counting month facts from spells, registers and absences."""

import datetime
import threading

import pytest
from django.db import connection, connections, transaction

from attendance.models import Absence, Closure
from core.months import Month
from reports.models import ClassCoverage, ClassMonth, SchoolMonth, StaleMonth
from reports.models.facts import ALL_MEASURES
from reports.services.facts import mark_stale, rebuild, rebuild_stale
from schools.models import Enrolment, Placement, SchoolYear
from tests.frozen import freeze_time
from tests.reports.register_builders import OCTOBER, day, end_spell, not_held, pupil_ids, take
from tests.world import enrol, make_class, make_school

NOVEMBER = Month(2026, 11)


@pytest.fixture
def november():
    """Half past seven on Monday, 2 November 2026: October is over."""
    with freeze_time("2026-11-02 00:30:00"):
        yield day(2, 11)


def totals(school_class, month=OCTOBER):
    """The class's cells added up, without zeros."""
    rows = ClassMonth.objects.filter(school_class=school_class, month=month.first)
    sums = {name: sum(getattr(row, name) for row in rows) for name in ALL_MEASURES}
    return {name: value for name, value in sums.items() if value}


def coverage(school_class, month=OCTOBER):
    row = ClassCoverage.objects.get(school_class=school_class, month=month.first)
    return (row.scheduled, row.taken, row.not_held, row.sent_late, row.days)


def everything():
    """All facts as comparable rows, without ids and the time of writing."""
    return {
        model.__name__: sorted(
            tuple(
                (field.attname, getattr(row, field.attname))
                for field in model._meta.concrete_fields
                if field.name not in ("id", "rebuilt_at")
            )
            for row in model.objects.all()
        )
        for model in (ClassMonth, SchoolMonth, ClassCoverage)
    }


def test_rebuild_counts_roll_sessions_and_squares(world, november):
    first, second, third, *_rest = pupil_ids(world.class_a)
    take(world.class_a, day(5), {first: "P sick", second: "K harvest", third: "M sick"})
    take(world.class_a, day(6), {first: "P unknown"})
    take(world.class_a, day(7))

    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)

    assert totals(world.class_a) == {
        "roll_start": 6,
        "roll_end": 6,
        "expected": 18,
        "excused": 2,
        "unexcused": 1,
        "late": 1,
        "pupils": 6,
        "sum_aa": 2 * 2 + 1 * 1,
        "sum_an": 2 * 3 + 1 * 3,
        "sum_nn": 6 * 3 * 3,
        # Who came late was there: no reason of an absence.
        "reason_sick": 1,
        "reason_harvest": 1,
        "often_pupils": 2,
        "often_absent": 3,
        "very_often_pupils": 2,
        "very_often_absent": 3,
    }
    assert coverage(world.class_a) == (31, 3, 0, 0, 3)


@pytest.mark.parametrize(
    ("sessions", "missed", "often", "very_often"),
    [(10, 0, 0, 0), (11, 1, 0, 0), (10, 1, 1, 0), (10, 2, 1, 1), (11, 2, 1, 0), (2, 2, 1, 1)],
)
def test_a_tenth_and_a_fifth_of_the_sessions_are_often(
    world, november, sessions, missed, often, very_often
):
    first = pupil_ids(world.class_a)[0]
    for number in range(1, sessions + 1):
        take(world.class_a, day(number), {first: "P"} if number <= missed else {})

    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)

    counted = totals(world.class_a)
    assert (counted.get("often_pupils", 0), counted.get("often_absent", 0)) == (
        often,
        often * missed,
    )
    assert (counted.get("very_often_pupils", 0), counted.get("very_often_absent", 0)) == (
        very_often,
        very_often * missed,
    )


def test_rebuild_keeps_grade_sex_and_ethnic_group_apart(world, november):
    take(world.class_a12, day(5))

    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)

    cells = {
        (row.grade, row.sex, row.ethnic_group): row.expected
        for row in ClassMonth.objects.filter(school_class=world.class_a12)
    }
    assert cells == {
        (1, "F", "08"): 1,
        (2, "M", "03"): 1,
        (1, "F", "09"): 1,
        (2, "M", "08"): 1,
    }


def test_roll_moves_by_every_reason_and_balances_in_each_cell(world, november):
    a, b, c, d, *_stay = pupil_ids(world.class_a)
    end_spell(world.class_a, a, day(10), "dropout", "harvest")
    end_spell(world.class_a, b, day(10), "out")
    end_spell(world.class_a, c, day(10), "other")
    end_spell(world.class_a, d, day(10), "class")
    enrol(Enrolment.objects.get(pupil_id=a).pupil, world.class_a, day(20), entry_reason="return")
    other = make_class(world.school_a, world.year, "6C", "THCS", "6", [])
    enrol(Enrolment.objects.get(pupil_id=d).pupil, other, day(10), entry_reason="class")
    enrol(Enrolment.objects.get(pupil_id=b).pupil, other, day(15), entry_reason="in")

    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)

    assert totals(world.class_a) == {
        "roll_start": 6,
        "left_dropout": 1,
        "left_out": 1,
        "left_other": 1,
        "left_class": 1,
        "came_return": 1,
        "roll_end": 3,
    }
    assert totals(other) == {"came_class": 1, "came_in": 1, "roll_end": 2}
    for row in (*ClassMonth.objects.all(), *SchoolMonth.objects.all()):
        came = sum(getattr(row, name) for name in ALL_MEASURES if name.startswith("came_"))
        left = sum(getattr(row, name) for name in ALL_MEASURES if name.startswith("left_"))
        assert row.roll_start + came - left == row.roll_end


def test_spell_that_ends_on_the_first_day_leaves_in_that_month(world, november):
    """On the roll on 30 September, gone on 1 October: still counted before the month."""
    gone = pupil_ids(world.class_b)[0]
    end_spell(world.class_b, gone, day(1), "out")
    take(world.class_b, day(1))

    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    counted = totals(world.class_b)
    assert (counted["roll_start"], counted["left_out"], counted["roll_end"]) == (3, 1, 2)
    assert (counted["expected"], counted["pupils"]) == (2, 2)


def test_one_month_ends_as_the_next_begins(world, november):
    gone = pupil_ids(world.class_b)[0]
    end_spell(world.class_b, gone, day(1, 11), "out")

    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)
    rebuild(school_ids=[world.school_b.pk], month=NOVEMBER)

    assert totals(world.class_b)["roll_end"] == totals(world.class_b, NOVEMBER)["roll_start"] == 3
    assert totals(world.class_b, NOVEMBER)["roll_end"] == 2


def test_open_spell_ends_with_the_school_year(world):
    end_spell(world.class_b, pupil_ids(world.class_b)[0], day(25, 5, 2027), "dropout", "work")
    SchoolYear.objects.filter(pk=world.year.pk).update(valid_to=day(20, 5, 2027))
    with freeze_time("2027-07-05 00:30:00"):
        rebuild(school_ids=[world.school_b.pk], month=Month(2027, 5))
        rebuild(school_ids=[world.school_b.pk], month=Month(2027, 6))

    # One had left on a later day than the year knew; the year ended it like the others.
    assert totals(world.class_b, Month(2027, 5)) == {"roll_start": 3, "left_completed": 3}
    assert coverage(world.class_b, Month(2027, 5)) == (19, 0, 0, 0, 0)
    assert ClassCoverage.objects.filter(month=day(1, 6, 2027)).count() == 0


def test_expected_only_while_on_the_roll_and_marks_of_others_ignored(world, november):
    stays, leaves, comes = pupil_ids(world.class_b)
    end_spell(world.class_b, leaves, day(6), "dropout", "work")
    Enrolment.objects.filter(pupil_id=comes).update(valid_from=day(7), entry_reason="new")
    for number in (5, 6, 7):
        take(world.class_b, day(number), {stays: "K", leaves: "K", comes: "K"})

    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    counted = totals(world.class_b)
    # 3 sessions of the one who stays, 1 each of the others: marks off the roll do not count.
    assert (counted["expected"], counted["unexcused"], counted["pupils"]) == (5, 5, 3)
    assert (counted["sum_aa"], counted["sum_an"], counted["sum_nn"]) == (11, 11, 11)


def test_two_spells_of_one_pupil_are_one_cluster(world, november):
    pupil_id = pupil_ids(world.class_b)[0]
    end_spell(world.class_b, pupil_id, day(6), "dropout", "work")
    enrol(
        Enrolment.objects.get(pupil_id=pupil_id).pupil,
        world.class_b,
        day(8),
        entry_reason="return",
    )
    for number in (5, 6, 8):
        take(world.class_b, day(number), {pupil_id: "K"} if number != 6 else {})

    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    counted = totals(world.class_b)
    assert counted["pupils"] == 3
    assert (counted["sum_aa"], counted["sum_an"], counted["sum_nn"]) == (4, 4, 4 + 9 + 9)


def test_register_of_a_session_that_is_not_due_does_not_count(world, november):
    absent = pupil_ids(world.class_b)[0]
    take(world.class_b, day(5), {absent: "K"})
    take(world.class_b, day(6))
    Closure.objects.create(
        school=world.school_b, reason="flood", valid_from=day(5), valid_to=day(6)
    )

    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    assert totals(world.class_b)["expected"] == 3
    assert "unexcused" not in totals(world.class_b)
    assert coverage(world.class_b) == (30, 1, 0, 0, 1)


def test_session_not_held_is_scheduled_but_expects_nobody(world, november):
    not_held(world.class_b, day(5))
    take(world.class_b, day(6), sent_days_later=1)

    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    assert coverage(world.class_b) == (31, 1, 1, 1, 1)
    assert totals(world.class_b)["expected"] == 3


def test_register_sent_before_midnight_is_on_time(world, november):
    """16:45 in Greenwich is 23:45 here, still the day of the session; half an hour later not."""
    register = take(world.class_b, day(6))
    late_evening = datetime.datetime(2026, 10, 6, 16, 45, tzinfo=datetime.UTC)
    after_midnight = datetime.datetime(2026, 10, 6, 17, 15, tzinfo=datetime.UTC)
    type(register).objects.filter(pk=register.pk).update(first_sent_at=late_evening)
    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)
    assert coverage(world.class_b)[3] == 0

    type(register).objects.filter(pk=register.pk).update(first_sent_at=after_midnight)
    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)
    assert coverage(world.class_b)[3] == 1


def test_session_of_today_is_due_once_its_register_is_there(world, today):
    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)
    assert coverage(world.class_b) == (11, 0, 0, 0, 0)

    take(world.class_b, today)
    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    assert coverage(world.class_b) == (12, 1, 0, 0, 1)
    row = ClassCoverage.objects.get(school_class=world.class_b)
    assert row.counted_to == today


def test_class_owes_no_register_while_it_has_no_pupils(world, november):
    """Opened on the 20th with its first pupil; the other class dissolved on the 10th."""
    opened = make_class(world.school_b, world.year, "6C", "THCS", "6", [])
    mover = pupil_ids(world.class_b)[0]
    for pupil_id in pupil_ids(world.class_b):
        end_spell(world.class_b, pupil_id, day(10), "class")
    enrol(Enrolment.objects.get(pupil_id=mover).pupil, opened, day(20), entry_reason="class")
    # A register sent for an empty class is there all the same.
    take(opened, day(15))

    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    assert coverage(world.class_b)[:2] == (9, 0)
    assert coverage(opened)[:2] == (12 + 1, 1)


def test_class_without_pupils_has_no_row(world, november):
    empty = make_class(world.school_b, world.year, "6C", "THCS", "6", [])

    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    assert not ClassCoverage.objects.filter(school_class=empty).exists()


def test_month_that_has_not_begun_has_no_facts(world, today):
    rebuild(school_ids=[world.school_b.pk], month=NOVEMBER)

    assert ClassMonth.objects.count() == ClassCoverage.objects.count() == 0


def test_school_month_is_the_sum_of_its_classes_by_level(world, november):
    take(world.class_a, day(5), {pupil_ids(world.class_a)[0]: "P"})
    take(world.class_a12, day(5))
    take(world.class_a12, day(5), session="pm")
    other = make_class(world.school_a, world.year, "6C", "THCS", "6", ["Lò Thị Xanh"])
    take(other, day(5))

    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)

    for level, classes in (("THCS", [world.class_a, other]), ("TH", [world.class_a12])):
        rows = SchoolMonth.objects.filter(school=world.school_a, level=level)
        for name in ALL_MEASURES:
            assert sum(getattr(row, name) for row in rows) == sum(
                totals(school_class).get(name, 0) for school_class in classes
            )
    assert SchoolMonth.objects.filter(level="THCS", sex="F", ethnic_group="08").count() == 1


def test_commune_is_that_of_the_first_day_of_the_month(world, november):
    Placement.objects.filter(school=world.school_b).update(valid_to=day(2))
    Placement.objects.create(school=world.school_b, commune=world.commune_a2, valid_from=day(2))
    opened = make_school("12A2", "TH A Hai", "TH", world.commune_a2, day(15))
    make_class(opened, world.year, "1A", "TH", "1", ["Lò Văn Mới"])

    rebuild(school_ids=[world.school_b.pk, opened.pk], month=OCTOBER)

    communes = dict(ClassCoverage.objects.values_list("school_id", "commune_id"))
    assert communes == {world.school_b.pk: world.commune_b.pk, opened.pk: world.commune_a2.pk}
    assert dict(SchoolMonth.objects.values_list("school_id", "commune_id")) == communes


def test_school_without_a_place_has_no_facts(world, november):
    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)
    Placement.objects.filter(school=world.school_b).update(valid_to=day(1))

    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    assert ClassMonth.objects.count() == SchoolMonth.objects.count() == 0


def test_rebuild_again_writes_nothing(world, november):
    take(world.class_a, day(5), {pupil_ids(world.class_a)[0]: "P"})
    first = rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
    before = everything()

    again = rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)

    assert first.classes == again.classes == 3
    assert first.written > 0
    assert (again.written, again.removed) == (0, 0)
    assert everything() == before


def test_correction_writes_only_the_rows_it_changes(world, november):
    absent = pupil_ids(world.class_a)[0]
    take(world.class_a, day(5), {absent: "P"})
    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)
    Absence.objects.filter(pupil_id=absent).update(mark="K")

    done = rebuild(school_ids=[world.school_a.pk], month=OCTOBER)

    # The pupil's cell of the class and its sum of the school; coverage is as it was.
    assert (done.written, done.removed) == (2, 0)
    assert totals(world.class_a)["unexcused"] == 1


def test_cells_that_became_empty_are_deleted(world, november):
    gone = pupil_ids(world.class_b)[0]
    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)
    Enrolment.objects.filter(pupil_id=gone).delete()

    done = rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    assert done.removed == 2
    assert totals(world.class_b)["roll_end"] == 2


def test_rebuild_stale_counts_only_what_is_marked(world, november):
    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)
    take(world.class_a, day(5))
    take(world.class_a12, day(5))
    mark_stale([world.class_a.pk], [OCTOBER])

    done = rebuild_stale(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)

    assert (done.classes, done.marks) == (1, 1)
    assert totals(world.class_a)["expected"] == 6
    assert "expected" not in totals(world.class_a12)
    assert sum(SchoolMonth.objects.values_list("expected", flat=True)) == 6
    assert StaleMonth.objects.count() == 0


@pytest.mark.parametrize("schools", [1, 6])
def test_rebuild_reads_with_a_fixed_number_of_queries(
    world, november, schools, django_assert_max_num_queries
):
    ids = [world.school_a.pk]
    for number in range(schools - 1):
        school = make_school(f"X{number}", f"THCS X{number}", "THCS", world.commune_b, world.since)
        make_class(school, world.year, "6A", "THCS", "6", ["Lò Văn Inh"])
        ids.append(school.pk)
    rebuild(school_ids=ids, month=OCTOBER)

    with django_assert_max_num_queries(21):
        rebuild(school_ids=ids, month=OCTOBER)


def test_mark_made_during_a_rebuild_stays(world, november):
    """A register saved after the rebuild has read the books is not swallowed by it."""
    mark_stale([world.class_b.pk], [OCTOBER])
    saved = []

    def somebody_saves_after_the_reading(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "attendance_absence" in sql and not saved:
            saved.append(True)
            take(world.class_b, day(5))
            mark_stale([world.class_b.pk], [OCTOBER])
        return result

    with connection.execute_wrapper(somebody_saves_after_the_reading):
        rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    assert saved == [True]
    assert "expected" not in totals(world.class_b)
    assert StaleMonth.objects.count() == 1
    rebuild_stale(school_ids=[world.school_b.pk], month=OCTOBER)
    assert totals(world.class_b)["expected"] == 3
    assert StaleMonth.objects.count() == 0


def in_threads(*works):
    """Start the works one after the other as they ask for it; returns (threads, faults)."""
    faults = []

    def run(work):
        try:
            work()
        except Exception as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    return [threading.Thread(target=run, args=(work,)) for work in works], faults


def test_two_rebuilds_at_once_agree(transactional_world):
    """Two workers on the same schools: no error, no doubled row, no lost mark."""
    world = transactional_world
    for number in range(1, 10):
        take(world.class_a, day(number), {pupil_ids(world.class_a)[number % 6]: "K"})
    mark_stale([world.class_a.pk, world.class_a12.pk], [OCTOBER])
    start = threading.Barrier(2)

    def work():
        start.wait(timeout=10)
        for _turn in range(3):
            rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)

    workers, faults = in_threads(work, work)
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)

    assert faults == []
    assert totals(world.class_a)["expected"] == 54
    assert StaleMonth.objects.count() == 0
    assert rebuild(school_ids=[world.school_a.pk], month=OCTOBER).written == 0


def test_slow_rebuild_does_not_undo_a_faster_one(transactional_world):
    """One worker has read the books; a register comes, and another rebuild is asked for."""
    world = transactional_world
    has_read, may_write = threading.Event(), threading.Event()

    def pause_after_reading(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if "attendance_absence" in sql:
            has_read.set()
            may_write.wait(timeout=20)
        return result

    def slow():
        with connection.execute_wrapper(pause_after_reading):
            rebuild(school_ids=[world.school_b.pk], month=OCTOBER)

    def fast():
        with transaction.atomic():
            take(world.class_b, day(5))
            mark_stale([world.class_b.pk], [OCTOBER])
        rebuild_stale(school_ids=[world.school_b.pk], month=OCTOBER)

    (slow_one, fast_one), faults = in_threads(slow, fast)
    slow_one.start()
    assert has_read.wait(timeout=20)
    fast_one.start()
    fast_one.join(timeout=1)
    may_write.set()
    slow_one.join(timeout=60)
    fast_one.join(timeout=60)

    assert faults == []
    assert totals(world.class_b)["expected"] == 3
    assert StaleMonth.objects.count() == 0


def test_two_school_years_do_not_mix(world, november):
    """A class of the year before has no facts in a month of this year."""
    past = SchoolYear.objects.create(
        code="2025-2026", valid_from=day(1, 8, 2025), valid_to=day(1, 6, 2026)
    )
    old = make_class(world.school_b, past, "9B", "THCS", "9", ["Lò Thị Cũ"])
    Placement.objects.filter(school=world.school_b).update(valid_from=day(1, 8, 2025))

    rebuild(school_ids=[world.school_b.pk], month=OCTOBER)
    rebuild(school_ids=[world.school_b.pk], month=Month(2026, 5))

    assert ClassMonth.objects.filter(school_class=old).count() == 1
    assert totals(old, Month(2026, 5)) == {"roll_start": 1, "roll_end": 1}
