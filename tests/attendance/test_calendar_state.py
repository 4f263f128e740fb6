"""What a process remembers of the calendar holds for as long as nobody wrote what it rests on."""

import datetime
import threading
from collections import OrderedDict
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.models import F, Model
from django.test.utils import CaptureQueriesContext

from attendance.apps import TEACHER_DAYS
from attendance.calendar import state
from attendance.calendar.selectors.due_sessions import due_bits_between, due_bits_of, is_due
from attendance.models import Closure, YearFrame
from attendance.registers.refusals import SessionNotDue, WindowClosed
from core.models import Rule
from schools.models import Area, ClusterMembership, Placement, SchoolYear
from tests.attendance.test_registers import pupil_ids, send
from tests.world import build_world

pytestmark = pytest.mark.django_db
ONE_DAY = datetime.timedelta(days=1)


def close(world, **more):
    return Closure(valid_from=world.today, valid_to=world.today + ONE_DAY, reason="cold", **more)


def due(world):
    """By what is remembered; and by asking anew, which must say the same."""
    token = state.read_state()
    assert token
    answer = is_due(world.class_a, world.today, "am", state=token)
    assert answer == is_due(world.class_a, world.today, "am")
    first, end = world.today - 5 * ONE_DAY, world.today + ONE_DAY
    bits = due_bits_of(world.class_a, first, end, state=token)
    assert bits == due_bits_between([world.class_a], first, end)[world.class_a.pk]
    return answer


def test_a_second_question_asks_nothing(world, django_assert_num_queries):
    token = state.read_state()
    is_due(world.class_a, world.today, "am", state=token)
    with django_assert_num_queries(0):
        assert is_due(world.class_a, world.today, "am", state=token)


@pytest.mark.parametrize("model", state.RESTS_ON)
@pytest.mark.parametrize("way", ["save", "update", "sql"])
def test_every_write_begins_a_new_state(world, model: type[Model], way):
    if not model.objects.exists():
        year = world.class_a.year
        made = {YearFrame: YearFrame(year=year), Closure: close(world, school=world.school_b)}[
            model
        ]
        made.school, made.valid_from, made.valid_to = world.school_b, year.valid_from, year.valid_to
        made.save()
    before, row = state.read_state(), model.objects.order_by("pk").first()
    if way == "save":
        row.save()
    elif way == "update":
        model.objects.filter(pk=row.pk).update(valid_from=row.valid_from)
    else:
        with connection.cursor() as cursor:
            cursor.execute(f'UPDATE "{model._meta.db_table}" SET id = id')
    assert state.read_state() != before


def test_rows_made_and_deleted_in_bulk_begin_a_new_state(world):
    states = [state.read_state()]
    Closure.objects.bulk_create([close(world), close(world, school=world.school_b)])
    states.append(state.read_state())
    Closure.objects.filter(school=None).delete()
    states.append(state.read_state())
    Closure.objects.all()._raw_delete("default")
    states.append(state.read_state())
    assert len(set(states)) == 4


def test_what_is_closed_is_not_taken_and_opens_again(world):
    send(world)
    assert due(world)
    closure = close(world, area=world.province)
    closure.save()
    assert not due(world)
    with pytest.raises(SessionNotDue):
        send(world, {pupil_ids(world.class_a)[0]: ("K", "")}, base=1)
    Closure.objects.filter(pk=closure.pk).delete()
    assert due(world)
    send(world, {pupil_ids(world.class_a)[0]: ("K", "")}, base=1)


def test_a_school_that_moves_takes_the_calendar_of_its_new_place(world):
    close(world, area=world.commune_b).save()
    assert due(world)
    placement = Placement.objects.get(school=world.school_a)
    placement.commune = world.commune_b
    placement.save()
    assert not due(world)


def test_a_changed_rule_holds_at_once(world):
    day = world.today - 2 * ONE_DAY
    while not is_due(world.class_a, day, "am"):
        day -= ONE_DAY
    send(world, date=day)
    rule = Rule.objects.get(key=TEACHER_DAYS)
    rule.value = 0
    rule.save()
    with pytest.raises(WindowClosed):
        send(
            world,
            {pupil_ids(world.class_a)[0]: ("K", "")},
            base=1,
            date=day,
            correction_reason="sai",
        )
    rule.value = 30
    rule.save()
    send(world, {pupil_ids(world.class_a)[0]: ("K", "")}, base=1, date=day, correction_reason="sai")


def test_what_was_rolled_back_is_remembered_by_nobody(world):
    assert due(world)
    before = state.read_state()
    with transaction.atomic():
        close(world, area=world.province).save()
        assert not due(world)
        transaction.set_rollback(True)
    assert state.read_state() == before
    assert due(world)
    # The next write has a name of its own, not that of the one rolled back.
    close(world, area=world.commune_b).save()
    assert due(world)


def test_without_a_state_nothing_is_remembered(world):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {state.TABLE}")
    assert state.read_state() is None
    with CaptureQueriesContext(connection) as first:
        is_due(world.class_a, world.today, "am", state=None)
    with CaptureQueriesContext(connection) as second:
        is_due(world.class_a, world.today, "am", state=None)
    assert len(first) == len(second) > 0
    send(world)


def test_every_migrate_begins_a_new_state_with_all_triggers(world):
    with connection.cursor() as cursor:
        cursor.execute(
            'DROP TRIGGER "attendance_closure_state" ON attendance_closure'
            if connection.vendor == "postgresql"
            else 'DROP TRIGGER "attendance_closure_state_insert"'
        )
    before = state.read_state()
    close(world, area=world.commune_b).save()
    state.install_triggers(apps.get_app_config("attendance"))
    assert state.read_state() != before
    before = state.read_state()
    close(world, area=world.commune_b).save()
    assert state.read_state() != before


def test_on_the_way_back_the_triggers_go_with_their_table(world):
    migration = import_module("attendance.migrations.0020_calendar_state")
    migration.drop_triggers(apps, SimpleNamespace(connection=connection))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {state.TABLE}")
    for model in state.RESTS_ON:
        model.objects.update(valid_from=F("valid_from"))
    close(world).save()
    Closure.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_two_processes_never_disagree(today):
    """Each has its own memory; what one commits the other acts by from that moment on."""
    world = build_world(today)
    memories = [type(state._kept)(), type(state._kept)()]

    def asked_in(memory):
        """The answer of another process over another connection."""
        found = []

        def ask():
            token = state.read_state()
            found.append((token, is_due(world.class_a, world.today, "am", state=token)))
            connection.close()

        kept, state._kept = state._kept, memory
        try:
            thread = threading.Thread(target=ask)
            thread.start()
            thread.join()
        finally:
            state._kept = kept
        return found[0]

    steps = [lambda: None, close(world, area=world.province).save, Closure.objects.all().delete] * 3
    for step in steps:
        step()
        one, other = asked_in(memories[0]), asked_in(memories[1])
        assert one == other
        assert one[1] == is_due(world.class_a, world.today, "am")
    assert all(len(memory) > 2 for memory in memories)
    if connection.vendor != "postgresql":
        return
    # What is not committed yet holds for nobody else.
    with transaction.atomic():
        close(world, area=world.province).save()
        assert not is_due(world.class_a, world.today, "am", state=state.read_state())
        assert asked_in(memories[0])[1]
    assert not asked_in(memories[0])[1]


def test_the_tables_named_are_those_that_are_read(world):
    """Whoever lets the calendar rest on another table must watch that one too."""
    tables = {model._meta.db_table for model in state.RESTS_ON}
    with CaptureQueriesContext(connection) as queries:
        is_due(world.class_a, world.today, "am", state="a state that nobody has asked in")
        first, end = world.today - 40 * ONE_DAY, world.today + ONE_DAY
        due_bits_of(world.class_a, first, end, state="another one")
        send(world, date=world.today)
    asked = {
        table
        for each in queries
        for table in connection.introspection.table_names()
        if f'FROM "{table}"' in each["sql"] or f'JOIN "{table}"' in each["sql"]
    }
    own = {
        *("schools_schoolclass", "schools_enrolment", "attendance_register"),
        *("attendance_registerrevision", "attendance_uncounted", "attendance_calendarstate"),
    }
    assert asked - own <= tables
    assert {Area, ClusterMembership, SchoolYear} <= set(state.RESTS_ON)


def test_only_answers_of_the_newest_states_are_kept(monkeypatch):
    monkeypatch.setattr(state, "_kept", OrderedDict())
    monkeypatch.setattr(state, "MOST", 4)
    asked = []

    def ask(token, key):
        return state.remembered(token, key, lambda: asked.append((token, key)) or key)

    for token in ("a", "b", "c", "d"):
        for key in range(6):
            assert ask(token, key) == key
    assert [len(of_state) for of_state in state._kept.values()] == [4] * state.STATES
    asked.clear()
    ask("d", 5)
    assert asked == []
    ask("a", 5)
    assert asked == [("a", 5)]
