"""The move: every row arrives, whichever the engines, or the target stays as it was."""

import os
import re
import sqlite3
import threading
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.test import Client
from django.utils import timezone

from operations.backup import moving, postgresql, rebuilding, sqlite
from operations.backup.digests import copy_out
from operations.backup.moved_away import TABLE, MovedAway, note_move
from operations.backup.moving import move
from operations.backup.origins import origin_of
from operations.backup.refusals import (
    BadAddress,
    CopyDiffers,
    DamagedRow,
    DatabaseRefuses,
    ForeignTables,
    NotMigrated,
    SameDatabase,
    TargetInUse,
    UnknownMigrations,
)
from operations.backup.tables import every_table
from operations.diagnostics import database
from schools.models import Enrolment, School

from . import ready_tables
from .databases import HERE, address, empty_database, engine_name, objects


@pytest.fixture
def third(tmp_path):
    """One more empty database: the way back."""
    with empty_database(HERE, tmp_path, "third") as found:
        yield found


def is_untouched(target):
    return set(target.introspection.table_names()) <= {"sqlite_stat1"}


@pytest.fixture(params=[1, postgresql.LARGE], ids=["large", "small"])
def every_size(request, monkeypatch):
    """Once every table is loaded as a large one, once none."""
    monkeypatch.setattr(postgresql, "LARGE", request.param)


def test_every_object_arrives_and_comes_back(source, any_target, third, every_size):
    Session.objects.create(session_key="Zz", session_data="x", expire_date=timezone.now())
    Session.objects.create(session_key="aB", session_data="x", expire_date=timezone.now())
    moved = move(source, any_target)
    before = objects(source)
    assert moved.rows == sum(map(len, before.values()))
    assert moved.rows > 300
    assert objects(any_target) == before
    move(any_target, third)
    assert objects(third) == before


def test_the_next_row_gets_a_number_never_given_before(source, target, province):
    move(source, target)
    school = School(code="12NEW", name="New", levels="TH", valid_from=province.today)
    school.save(using=target.alias)
    assert school.pk > province.gone_id


def test_the_rules_of_the_tables_hold_in_the_target(source, target, every_size):
    move(source, target)
    spell = Enrolment.objects.using(target.alias).first()
    spell.pk = None
    with pytest.raises(IntegrityError):
        spell.save(using=target.alias, force_insert=True)
    orphan = Enrolment.objects.using(target.alias).first()
    orphan.school_id = 999_999
    with pytest.raises(IntegrityError), transaction.atomic(using=target.alias):
        orphan.save(using=target.alias)


CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")


def test_the_tables_of_the_target_are_those_that_migrate_makes(
    source, any_target, tmp_path, real_migrations, monkeypatch
):
    move(source, any_target)
    with empty_database(engine_name(any_target), tmp_path, "fresh") as fresh:
        call_command("migrate", database="fresh", verbosity=0, interactive=False)
        assert structure(any_target) == structure(fresh)
        # And those that the other tests copy.
        monkeypatch.setattr(rebuilding, "migrate_empty", ready_tables.migrate_empty)
        move(source, any_target, replace=True)
        assert structure(any_target) == structure(fresh)


def structure(connection):
    """Constraints, indexes and triggers of a database."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"
            )
            return sorted(cursor.fetchall())
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), condeferrable,"
            " condeferred, convalidated FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace"
        )
        found = cursor.fetchall()
        cursor.execute(
            "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname='public'"
        )
        found += cursor.fetchall()
    # Read again from its own text, a list of values has its casts elsewhere.
    return sorted(CASTS.sub("", str(row)) for row in found)


def test_a_target_with_rows_is_refused_unless_replaced(source, target, province):
    move(source, target)
    School.objects.using(target.alias).create(
        code="12OLD", name="Old", levels="TH", valid_from=province.today
    )
    before = objects(target)
    with pytest.raises(TargetInUse):
        move(source, target)
    assert objects(target) == before
    move(source, target, replace=True)
    assert objects(target) == objects(source)


def test_a_target_that_was_only_migrated_counts_as_empty(source, target):
    call_command("migrate", database=target.alias, verbosity=0, interactive=False)
    move(source, target)
    assert objects(target) == objects(source)


@pytest.mark.skipif(HERE == "sqlite3", reason="SQLite has one lock")
def test_locks_of_a_replaced_database_fit_a_server_as_delivered(source, target, monkeypatch):
    call_command("migrate", database=target.alias, verbosity=0, interactive=False)
    held = []

    def count(connection):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(DISTINCT (locktype, relation, classid, objid, objsubid))"
                " FROM pg_locks WHERE pid = pg_backend_pid() AND NOT fastpath"
            )
            held.append(cursor.fetchone()[0])

    monkeypatch.setattr(postgresql, "check", count)
    move(source, target)
    # PostgreSQL has room for 64 times its 100 connections; others want some too.
    assert 1_000 < held[0] < 3_500


@pytest.mark.skipif(HERE == "sqlite3", reason="SQLite drops in the transaction")
def test_tables_that_were_replaced_and_could_not_be_dropped_go_with_the_next_move(
    source, target, monkeypatch
):
    move(source, target)
    with target.cursor() as reader, monkeypatch.context() as patch:
        # Before the transaction there is nothing to drop; after it somebody is in the way.
        dropping = Mock(side_effect=[None, OperationalError("canceling statement")])
        patch.setattr(postgresql, "drop_aside", dropping)
        move(source, target, replace=True)
        assert objects(target) == objects(source)
        reader.execute(f"SELECT count(*) FROM {postgresql.ASIDE}.schools_school")
        assert reader.fetchone()[0] > 1
    move(source, target, replace=True)
    with target.cursor() as reader:
        reader.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", [postgresql.ASIDE])
        assert reader.fetchone()[0] == 0


def test_tables_of_something_else_are_never_dropped(source, target):
    with target.cursor() as cursor:
        cursor.execute("CREATE TABLE payroll (id integer)")
    for replace in (False, True):
        with pytest.raises(ForeignTables, match="payroll"):
            move(source, target, replace=replace)
    assert target.introspection.table_names() == ["payroll"]


def test_source_and_target_must_differ(source, target):
    with pytest.raises(SameDatabase):
        move(source, source)


def test_the_same_file_under_another_name_is_the_same_database(source, target, tmp_path):
    if target.vendor != "sqlite":
        pytest.skip("a server has no links")
    move(source, target)
    link = tmp_path / "link.sqlite3"
    os.symlink(target.settings_dict["NAME"], link)
    again = moving.open_database(target.settings_dict | {"NAME": str(link)}, "again")
    with pytest.raises(SameDatabase):
        move(target, again, replace=True)
    again.close()
    del connections["again"]


def test_a_source_with_other_tables_than_the_program_is_refused(source, target):
    recorded = "INSERT INTO django_migrations (app, name, applied) VALUES ('schools', %s, %s)"
    with connection.cursor() as cursor:
        cursor.execute(recorded, ["9999_of_tomorrow", timezone.now()])
    with pytest.raises(UnknownMigrations, match=r"schools\.9999_of_tomorrow"):
        move(source, target)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name = '9999_of_tomorrow'")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'inspections'")
    try:
        with pytest.raises(NotMigrated, match="migrate"):
            move(source, target)
    finally:
        call_command("migrate", "inspections", fake=True, verbosity=0)
    assert is_untouched(target)


def test_a_row_lost_on_the_way_is_noticed_and_undone(source, target, monkeypatch):
    engine = moving.engine_of(target)
    usual = engine.load

    def lose_one(connection, table, stream):
        usual(connection, table, stream)
        if table.name == "attendance_absence":
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM attendance_absence")

    monkeypatch.setattr(engine, "load", lose_one)
    with pytest.raises(CopyDiffers, match=r"attendance_absence \(\d+ → 0\)"):
        move(source, target)
    assert is_untouched(target)


def test_a_changed_letter_is_noticed_and_undone(source, target, monkeypatch):
    engine = moving.engine_of(target)
    usual = engine.load

    def change_one(connection, table, stream):
        usual(connection, table, stream)
        if table.name == "schools_pupil":
            with connection.cursor() as cursor:
                cursor.execute("UPDATE schools_pupil SET full_name = full_name || ' '")

    monkeypatch.setattr(engine, "load", change_one)
    with pytest.raises(CopyDiffers, match="schools_pupil"):
        move(source, target)
    assert is_untouched(target)


def test_a_value_sqlite_let_through_is_named(source, tmp_path, target):
    with empty_database("sqlite3", tmp_path, "worn") as worn:
        move(source, worn)
        with sqlite3.connect(worn.settings_dict["NAME"]) as raw:
            raw.execute("UPDATE attendance_register SET date = x'00ff'")
        raw.close()
        with pytest.raises(DamagedRow, match=r"attendance_register.*date"):
            move(worn, target)
    assert is_untouched(target)


def test_a_name_too_long_for_the_target_is_the_database_s_refusal(source, tmp_path, target):
    if target.vendor != "postgresql":
        pytest.skip("SQLite does not measure texts")
    with empty_database("sqlite3", tmp_path, "worn") as worn:
        move(source, worn)
        with sqlite3.connect(worn.settings_dict["NAME"]) as raw:
            raw.execute("UPDATE schools_school SET name = ?", ["x" * 5000])
        raw.close()
        with pytest.raises(DatabaseRefuses, match="schools_school"):
            move(worn, target)
    assert is_untouched(target)


def test_rows_that_overlap_are_refused_by_the_target(source, tmp_path, target, every_size):
    with empty_database("sqlite3", tmp_path, "worn") as worn:
        move(source, worn)
        columns = ", ".join(
            each.column for each in Enrolment._meta.local_concrete_fields if not each.primary_key
        )
        with sqlite3.connect(worn.settings_dict["NAME"]) as raw:
            raw.execute("DROP TRIGGER enrolments_of_a_pupil_do_not_overlap_insert")
            raw.execute(
                f"INSERT INTO schools_enrolment (id, {columns}) SELECT id + 90000, {columns}"
                " FROM schools_enrolment LIMIT 1"
            )
        raw.close()
        with pytest.raises(DatabaseRefuses, match="enrolments_of_a_pupil_do_not_overlap"):
            move(worn, target)
    assert is_untouched(target)


def test_a_row_whose_owner_is_gone_is_refused_by_the_target(source, tmp_path, target, every_size):
    with empty_database("sqlite3", tmp_path, "worn") as worn:
        move(source, worn)
        with sqlite3.connect(worn.settings_dict["NAME"]) as raw:
            raw.execute("UPDATE attendance_absence SET pupil_id = pupil_id + 987654")
        raw.close()
        with pytest.raises(DatabaseRefuses, match="attendance_absence"):
            move(worn, target)
    assert is_untouched(target)


def test_what_is_written_meanwhile_stays_behind_whole(source, target, monkeypatch, province):
    """A register sent while the tables are read is in the copy altogether or not at all."""
    usual = moving.copy_out
    sent = []

    def write_between(connection, table, sink=None):
        if table.name == "attendance_register" and not sent:
            sent.append(_in_thread(lambda: _delete_absences()))
        return usual(connection, table, sink)

    before = objects(source)
    monkeypatch.setattr(moving, "copy_out", write_between)
    move(source, target)
    assert sent == [None]
    assert objects(source) != before
    assert objects(target) == before


def _delete_absences():
    try:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM attendance_absence")
            cursor.execute("UPDATE attendance_register SET excused = 0, unexcused = 0")
    finally:
        connection.close()


def _in_thread(work):
    failures = []

    def run():
        try:
            work()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    return failures[0] if failures else None


def test_fingerprints_do_not_depend_on_the_engine(source, any_target):
    move(source, any_target)
    for table in every_table():
        assert copy_out(source, table) == copy_out(any_target, table)


def test_command_says_what_to_do_next(source, target, capsys):
    try:
        call_command("move_database", to=address(target))
        said = capsys.readouterr().out
        assert "0 chỗ khác" in said
        assert "DATABASE_URL" in said
        source.close()
        with pytest.raises(MovedAway, match=origin_of(target).name) as refusal:
            source.ensure_connection()
        assert "đã được chuyển" in str(refusal.value)
        assert "was moved" in str(refusal.value)
        with pytest.raises(MovedAway):
            source.ensure_connection()
        assert database.reachable().status == "failed"
        visitor = Client(raise_request_exception=False)
        visitor.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
        assert visitor.get("/").status_code == 503
    finally:
        call_command("move_database", take_back=True)
    assert objects(target) == objects(source)
    assert "dùng lại" in capsys.readouterr().out


def test_a_database_that_was_moved_away_may_be_the_target_of_the_way_back(source, target, third):
    move(source, target)
    note_move(target, origin_of(third))
    with pytest.raises(TargetInUse):
        move(source, target)
    move(source, target, replace=True)
    assert TABLE not in target.introspection.table_names()


def test_command_ends_with_the_code_of_the_refusal(source, target):
    with pytest.raises(CommandError, match="--to") as refusal:
        call_command("move_database", to=address(source))
    assert refusal.value.returncode == SameDatabase.code


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://x/y", "postgres://", "sqlite://"])
def test_command_refuses_what_is_no_address(province, url):
    with pytest.raises(CommandError, match="postgres://") as refusal:
        call_command("move_database", to=url)
    assert refusal.value.returncode == BadAddress.code


def test_command_says_when_the_target_cannot_be_reached(province):
    with pytest.raises(CommandError) as refusal:
        call_command("move_database", to="postgres://nobody@127.0.0.1:1/none")
    assert refusal.value.returncode == DatabaseRefuses.code


def test_sqlite_reader_sees_one_moment(source, tmp_path):
    with empty_database("sqlite3", tmp_path, "one") as one:
        move(source, one)
        with sqlite.snapshot(one):
            with sqlite3.connect(one.settings_dict["NAME"]) as writer:
                writer.execute("DELETE FROM attendance_absence")
            writer.close()
            table = next(each for each in every_table() if each.name == "attendance_absence")
            assert copy_out(one, table).rows > 0
        assert copy_out(one, table).rows == 0
