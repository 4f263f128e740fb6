"""A new version on one computer: the start copies the database first, and it can be put back."""

import contextlib
import gzip
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from io import StringIO
from types import SimpleNamespace

import pytest
from django.conf import settings as django_settings
from django.core.management.base import CommandError
from django.db.backends.sqlite3._functions import register

from core import schema
from core.version import VERSION
from lai_chau_edu.management.commands import serve
from operations.backup import plain_copies
from operations.backup.refusals import NoRoom, NotACopy
from tests.backup.databases import empty_database

from .test_first_state import FOLDER

PATIENCE = 120  # seconds, for a start


@pytest.fixture
def old(tmp_path):
    """The database of the first running state, as a file."""
    path = tmp_path / "old.sqlite3"
    with (
        gzip.open(FOLDER / "sqlite3.sql.gz", "rt", encoding="utf-8") as file,
        contextlib.closing(sqlite3.connect(path)) as database,
    ):
        register(database)
        database.executescript(file.read())
        # The start loads the official units: the invented ones get out of their way.
        database.execute("UPDATE schools_area SET code = 'X' || code")
        database.commit()
    return path


@pytest.fixture
def environment(old, tmp_path):
    """Variables for processes of the product on that database."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.upgrade.settings",
        "DATABASE_URL": f"sqlite:///{old}",
        "FILES_DIR": str(tmp_path / "files"),
        "TEST_VAR_DIR": str(tmp_path / "var"),
        "LOG_LEVEL": "ERROR",
    }


@pytest.fixture
def target(transactional_db, tmp_path):
    """A new database of SQLite with one row, whatever the suite runs on."""
    with empty_database("sqlite3", tmp_path) as connection:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE django_migrations (app, name)")
            cursor.execute("INSERT INTO django_migrations VALUES ('schools', '0001_initial')")
        yield connection


def content(path):
    """Every statement that would make the database again."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def names(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return [name for (name,) in database.execute("SELECT name FROM django_migrations")]


def manage(*arguments, environment):
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def start_and_stop(environment):
    """What the embedded server says until it serves."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "manage.py", "serve", "--prepare", "--port", str(port)]
    said = []
    with subprocess.Popen(
        command,
        cwd=django_settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        bufsize=1,
    ) as server:
        for line in server.stdout:
            said.append(line)
            if f":{port}/" in line:
                server.send_signal(signal.SIGTERM)
    assert server.returncode == 0, "".join(said)
    return "".join(said)


def test_start_of_a_new_version_copies_first_and_can_be_taken_back(old, environment, tmp_path):
    before = content(old)
    said = start_and_stop({**environment, "PYTHONUNBUFFERED": "1"})
    [copy] = (tmp_path / "var" / "backups").iterdir()
    assert copy.name.startswith(f"before-{VERSION}-")
    assert f"manage.py take_back {copy}" in said
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert content(copy) == before
    assert "0004_reopenings" in names(old)

    # A second start finds nothing to change, and copies nothing.
    start_and_stop({**environment, "PYTHONUNBUFFERED": "1"})
    assert len(list((tmp_path / "var" / "backups").iterdir())) == 1

    with contextlib.closing(sqlite3.connect(old)) as database:
        database.execute("UPDATE accounts_user SET full_name = 'Viết sau'")
        database.commit()
    done = manage("take_back", copy, environment=environment)
    assert done.returncode == 0, done.stderr
    assert content(old) == before
    # What was written since then is said, and kept.
    [kept] = (tmp_path / "var" / "backups").glob("after-*.sqlite3")
    assert str(kept) in done.stdout
    assert "Viết sau" in "\n".join(content(kept))


def test_tables_of_a_newer_version_are_not_served(old, environment):
    with contextlib.closing(sqlite3.connect(old)) as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('schools', '0999_newer', '2026-01-01')"
        )
        database.commit()
    before = content(old)
    done = manage("serve", "--prepare", "--port", "0", environment=environment)
    assert done.returncode == 1
    assert "schools.0999_newer" in done.stderr
    assert content(old) == before


def test_change_of_the_tables_that_fails_says_the_way_back(monkeypatch, target, tmp_path):
    def fails(*args, **kwargs):
        raise RuntimeError("no such column")

    monkeypatch.setattr(serve, "connection", target)
    monkeypatch.setattr(serve, "BACKUPS", tmp_path / "backups")
    monkeypatch.setattr(serve, "applied", lambda connection: ["schools.0001_initial"])
    monkeypatch.setattr(serve, "call_command", fails)
    with pytest.raises(CommandError, match=r"take_back .*before-.*\.sqlite3"):
        serve.Command(stdout=StringIO())._prepare(demo=False)
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_data_on_postgresql_are_not_changed_without_a_backup(monkeypatch):
    monkeypatch.setattr(serve, "connection", SimpleNamespace(vendor="postgresql"))
    monkeypatch.setattr(serve, "applied", lambda connection: ["schools.0001_initial"])
    monkeypatch.setattr(schema, "difference", lambda connection: schema.Difference(("a.b",)))
    with pytest.raises(CommandError, match="deploy/upgrade"):
        serve.Command(stdout=StringIO())._prepare(demo=False)


def test_newest_copies_are_kept_and_nothing_else_is_touched(target, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    mine = folder / "before-exam.sqlite3"
    mine.write_text("of somebody")
    made = []
    for number in range(plain_copies.KEPT + 2):
        made.append(plain_copies.copy_before(target, folder))
        os.utime(made[-1], (number, number))
    left = {path for path in folder.iterdir() if path != mine}
    assert left == set(made[-plain_copies.KEPT :])
    assert mine.exists()


def test_full_disk_leaves_no_copy(target, tmp_path, monkeypatch):
    monkeypatch.setattr(plain_copies.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1))
    with pytest.raises(NoRoom):
        plain_copies.copy_before(target, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


@pytest.mark.parametrize("damage", ["missing", "foreign", "cut", "other database"])
def test_what_is_no_whole_copy_is_refused(target, tmp_path, damage):
    path = plain_copies.copy_before(target, tmp_path / "backups")
    if damage == "missing":
        path.unlink()
    elif damage == "foreign":
        path.write_bytes(b"PK\x03\x04 a workbook" * 100)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:3000])
    else:
        path.unlink()
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE songs (name)")
    with pytest.raises(NotACopy):
        plain_copies.take_back(target, path, tmp_path / "backups")
    assert not list((tmp_path / "backups").glob("after-*"))
