"""Backup and restore between the engines: everything comes back, or nothing changes."""

import datetime
import json
import os
import stat
import time
import zipfile

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connections
from django.utils import timezone

from attendance.models import Register
from operations.backup import postgresql, rebuilding, restoring, saving
from operations.backup.last_backup import last_backup
from operations.backup.moving import open_database
from operations.backup.origins import Origin, origin_of
from operations.backup.refusals import (
    AlteredBackup,
    DatabaseRefuses,
    ForeignTables,
    NoRoom,
    NotADrill,
    TargetInUse,
    UnknownMigrations,
)
from operations.backup.restoring import restore
from operations.backup.saving import make_backup, prune
from operations.backup.tables import PASSING, every_table
from reports.models import ReportRun
from tests.frozen import freeze_time

from .conftest import FILES
from .databases import objects, stored


@pytest.fixture
def backup(source, tmp_path):
    """Path of a backup of the province."""
    path, _manifest = make_backup(source, tmp_path / "backups")
    return path


def empty_files(files, settings):
    settings.FILES_DIR = files.with_name("other_files")
    return settings.FILES_DIR


def test_everything_comes_back(source, any_target, backup, files, settings):
    fresh = empty_files(files, settings)
    manifest = restore(any_target, backup)
    before = objects(source, without=PASSING)
    assert objects(any_target, without=PASSING) == before
    assert manifest.rows == sum(map(len, before.values())) > 300
    assert stored(fresh) == FILES
    assert sorted(path.name for path in fresh.iterdir()) == ["imports", "reports"]


def test_nobody_stays_signed_in(source, target, backup, files, settings):
    empty_files(files, settings)
    restore(target, backup)
    Session.objects.using(target.alias).create(
        session_key="old", session_data="x", expire_date=timezone.now()
    )
    restore(target, backup, replace=True)
    assert not Session.objects.using(target.alias).exists()


def test_a_used_target_is_refused_and_left_as_it_was(target, backup, files, settings):
    fresh = empty_files(files, settings)
    restore(target, backup)
    Register.objects.using(target.alias).update(roll=39)
    (fresh / "reports" / "new.txt").write_text("new")
    before, kept = objects(target), stored(fresh)
    with pytest.raises(TargetInUse):
        restore(target, backup)
    assert (objects(target), stored(fresh)) == (before, kept)


def test_files_without_a_database_are_a_used_target(target, backup, files):
    with pytest.raises(TargetInUse, match=r"imports/5f0c\.xlsx"):
        restore(target, backup)
    assert not target.introspection.table_names()


def test_replace_puts_back_rows_and_files(source, target, backup, files, settings):
    fresh = empty_files(files, settings)
    restore(target, backup)
    Register.objects.using(target.alias).update(roll=39)
    ReportRun.objects.using(target.alias).all().delete()
    (fresh / "reports" / "new.txt").write_text("new")
    (fresh / "imports" / "5f0c.xlsx").write_text("altered")
    (fresh / "timetable.json").write_text("here")
    restore(target, backup, replace=True)
    assert objects(target, without=PASSING) == objects(source, without=PASSING)
    assert stored(fresh) == FILES
    assert (fresh / "timetable.json").read_text() == "here"


def test_tables_given_up_since_are_no_foreign_ones(target, backup, files, settings, monkeypatch):
    """A new version whose first change failed: the table that it knows no more is still there."""
    empty_files(files, settings)
    restore(target, backup)
    left = [table for table in every_table() if table.name != "schools_pupilmerge"]
    monkeypatch.setattr(rebuilding, "every_table", lambda: left)
    restore(target, backup, replace=True)
    with target.cursor() as cursor:
        cursor.execute("CREATE TABLE songs (name text)")
    with pytest.raises(ForeignTables, match="songs"):
        restore(target, backup, replace=True)


def test_a_failure_at_the_very_end_changes_nothing(target, backup, files, settings, monkeypatch):
    fresh = empty_files(files, settings)
    restore(target, backup)
    Register.objects.using(target.alias).update(roll=39)
    (fresh / "reports" / "new.txt").write_text("new")
    (fresh / "imports" / "5f0c.xlsx").write_text("of the old system")
    before, kept = objects(target), stored(fresh)

    def fail(files):
        usual(files)
        raise RuntimeError("power cut")

    usual = restoring.Staged.put_beside
    monkeypatch.setattr(restoring.Staged, "put_beside", fail)
    with pytest.raises(RuntimeError):
        restore(target, backup, replace=True)
    assert (objects(target), stored(fresh)) == (before, kept)
    assert not (fresh / ".restoring").exists()


def test_an_altered_backup_changes_nothing(target, backup, files, settings):
    fresh = empty_files(files, settings)
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)
    with pytest.raises(AlteredBackup):
        restore(target, backup)
    assert not target.introspection.table_names()
    assert not fresh.exists()


def test_a_backup_of_a_version_to_come_changes_nothing(
    source, target, files, settings, tmp_path, monkeypatch
):
    state = [*saving.applied(source), "schools.9999_of_tomorrow"]
    monkeypatch.setattr(saving, "applied", lambda connection: state)
    path, _manifest = make_backup(source, tmp_path)
    empty_files(files, settings)
    with pytest.raises(UnknownMigrations, match=r"schools\.9999_of_tomorrow"):
        restore(target, path)
    assert not target.introspection.table_names()


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    source, target, files, settings, tmp_path, monkeypatch
):
    """The tables of inspections did not exist yet when it was made."""
    state = [name for name in saving.applied(source) if not name.startswith("inspections.")]
    tables = [table for table in saving.kept_tables() if not table.name.startswith("inspections_")]
    monkeypatch.setattr(saving, "applied", lambda connection: state)
    monkeypatch.setattr(saving, "kept_tables", lambda: tables)
    path, _manifest = make_backup(source, tmp_path)
    empty_files(files, settings)
    restore(target, path)
    monkeypatch.undo()
    assert saving.applied(target) == saving.applied(source)
    found, wanted = objects(target), objects(source)
    assert found["inspections.Committee"] == {}
    for label in ("attendance.Register", "schools.Pupil", "accounts.User"):
        assert found[label] == wanted[label] != {}


def test_a_database_in_use_is_said_to_be(target, backup, files, settings, monkeypatch):
    empty_files(files, settings)
    restore(target, backup)
    before = objects(target)
    if target.vendor == "postgresql":
        monkeypatch.setattr(postgresql, "LOCK_TIMEOUT", "200ms")
    else:
        with target.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 200")
    other = open_database(target.settings_dict, "other")
    with other.cursor() as cursor:
        cursor.execute("BEGIN" if target.vendor == "postgresql" else "BEGIN IMMEDIATE")
        cursor.execute("UPDATE schools_school SET name = 'x'")
        with pytest.raises(DatabaseRefuses):
            restore(target, backup, replace=True)
        cursor.execute("ROLLBACK")
    other.close()
    del connections["other"]
    assert objects(target) == before


def test_a_file_that_vanishes_while_it_is_listed_is_left_out(source, files, tmp_path, monkeypatch):
    monkeypatch.setattr(saving, "list_files", lambda: ["reports/expired.xlsx", *sorted(FILES)])
    _path, manifest = make_backup(source, tmp_path)
    assert [entry.path for entry in manifest.files] == sorted(FILES)


def test_links_and_own_memory_are_not_backed_up(source, files, tmp_path):
    _path, manifest = make_backup(source, tmp_path)
    assert [entry.path for entry in manifest.files] == sorted(FILES)


def test_no_room_leaves_nothing_behind(source, tmp_path, monkeypatch):
    def full(connection, table, sink=None):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving, "copy_out", full)
    with pytest.raises(NoRoom, match="No space left"):
        make_backup(source, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []
    assert last_backup() is None


def test_a_folder_that_is_a_file_is_refused(source, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(NoRoom):
        make_backup(source, tmp_path / "taken")


def test_last_backup_is_remembered(source, tmp_path, files):
    assert last_backup() is None
    with freeze_time("2026-10-12 02:03:04"):
        path, _manifest = make_backup(source, tmp_path)
    mark = last_backup()
    assert mark.made_at == datetime.datetime(2026, 10, 12, 2, 3, 4, tzinfo=datetime.UTC)
    assert mark.database == origin_of(source)
    assert mark.file.exists()
    assert path.name == "lai-chau-edu-20261012-0903.backup"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("noted", ["", "[]", "{}", '{"made_at": 7}', '{"made_at": "2026-10-12"}'])
def test_an_unreadable_note_is_no_backup(files, noted):
    (files / "last_backup.json").write_text(noted)
    assert last_backup() is None


def test_two_backups_of_one_minute_are_two_files(source, tmp_path):
    with freeze_time("2026-10-12 02:03:04"):
        names = [make_backup(source, tmp_path)[0].name for _ in range(2)]
    assert names == ["lai-chau-edu-20261012-0903.backup", "lai-chau-edu-20261012-0903-2.backup"]


def test_prune_keeps_the_newest_and_whatever_is_not_a_whole_backup(source, tmp_path):
    made = []
    for day in (3, 1, 2):
        with freeze_time(f"2026-10-0{day} 02:00:00"):
            made.append(make_backup(source, tmp_path)[0])
    cut = tmp_path / "lai-chau-edu-20260101-0000.backup"
    cut.write_bytes(made[0].read_bytes()[:-1])
    altered = tmp_path / "lai-chau-edu-20260102-0000.backup"
    altered.write_bytes(b"PK\x03\x04x" + made[0].read_bytes()[5:])
    other = tmp_path / "another.backup"
    other.write_bytes(made[0].read_bytes())
    assert prune(tmp_path, 2, origin_of(source)) == [made[1]]
    assert sorted(tmp_path.glob("*.backup")) == sorted([made[0], made[2], cut, altered, other])


def test_prune_never_removes_a_backup_of_another_database(source, tmp_path, monkeypatch):
    other = Origin("sqlite", "", "", "/srv/old.sqlite3")
    with freeze_time("2026-10-01 02:00:00"):
        right = make_backup(source, tmp_path)[0]
    monkeypatch.setattr(saving, "origin_of", lambda connection: other)
    wrong = []
    for day in (2, 3, 4):
        with freeze_time(f"2026-10-0{day} 02:00:00"):
            wrong.append(make_backup(source, tmp_path)[0])
    assert prune(tmp_path, 1, other) == [wrong[1], wrong[0]]
    assert right.exists()
    assert prune(tmp_path, 1, origin_of(source)) == []


@pytest.mark.parametrize("variable", ["REDIS_URL", "EMAIL_URL"])
def test_a_drill_that_could_reach_live_workers_or_mail_is_refused(
    source, backup, settings, variable
):
    setattr(settings, variable, "redis://127.0.0.1:1/0")
    with pytest.raises(CommandError, match=variable) as refusal:
        call_command("restore", str(backup), drill=True)
    assert refusal.value.returncode == NotADrill.code


def test_a_drill_on_the_database_of_the_backup_is_refused(source, backup):
    with pytest.raises(CommandError) as refusal:
        call_command("restore", str(backup), drill=True)
    assert refusal.value.returncode == NotADrill.code


def test_leftovers_of_killed_backups_go_after_a_day(source, tmp_path):
    old, young = (tmp_path / f".lai-chau-edu-{name}.backup.7.unfinished" for name in "ab")
    for path in (old, young):
        path.write_text("x")
    day_ago = time.time() - saving.LEFTOVER_AGE - 1
    os.utime(old, (day_ago, day_ago))
    make_backup(source, tmp_path)
    assert (old.exists(), young.exists()) == (False, True)


def test_commands_make_check_and_prune(source, tmp_path, capsys):
    for _number in range(3):
        call_command("backup", to=tmp_path, keep=2)
    assert len(list(tmp_path.glob("*.backup"))) == 2
    said = capsys.readouterr().out
    assert said.count("Đã ghi bản sao lưu") == 3
    assert said.count(str(origin_of(source))) == 3
    assert said.count("Đã xoá bản sao lưu cũ") == 1
    call_command("backup", check=next(tmp_path.glob("*.backup")))
    said = capsys.readouterr().out
    assert "còn nguyên vẹn" in said
    assert str(origin_of(source)) in said


def test_restore_command_refuses_the_present_system_with_its_code(source, backup):
    with pytest.raises(CommandError, match="--replace") as refusal:
        call_command("restore", str(backup))
    assert refusal.value.returncode == TargetInUse.code


@pytest.mark.parametrize("keep", ["0", "-1", "many"])
def test_at_least_one_backup_is_kept(keep, capsys):
    with pytest.raises(CommandError):
        call_command("backup", "--keep", keep)


def test_the_manifest_says_what_made_it(source, backup):
    with zipfile.ZipFile(backup) as archive:
        content = json.loads(archive.read("manifest.json"))
    assert content["format"] == 1
    assert content["engine"] == source.vendor
    assert content["database"]["vendor"] == source.vendor
    assert content["database"]["name"] in str(origin_of(source))
    assert "schools.0001_initial" in content["state"]
    assert not PASSING & {entry["table"]["name"] for entry in content["tables"]}
