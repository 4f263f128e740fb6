"""Backup and restore killed with SIGKILL: nothing half finished is ever taken for whole."""

import os
import signal
import subprocess
import sys

from attendance.models import Register
from operations.backup.restoring import restore
from operations.backup.saving import make_backup
from operations.backup.tables import PASSING

from .conftest import FILES
from .databases import HERE, address, objects, stored

# The function `place` kills its own process when it is called for the `number`th time.
KILLED = """
import importlib, os, signal, sys
import django
django.setup()
from django.core.management import call_command

place, number, *command = sys.argv[1:]
module, _, name = place.partition(":")
owner = importlib.import_module(module)
*path, last = name.split(".")
for each in path:
    owner = getattr(owner, each)
usual, calls = getattr(owner, last), []

def kill(*args, **kwargs):
    calls.append(1)
    if len(calls) == int(number):
        os.kill(os.getpid(), signal.SIGKILL)
    return usual(*args, **kwargs)

setattr(owner, last, kill)
call_command(*command)
"""
BACKUP_PLACES = [
    ("saving:copy_out", 1),
    ("saving:copy_out", 30),
    ("saving:_add_file", 2),
    ("archive:BackupWriter.finish", 1),
    ("archive:_digest", 1),
    ("archive:os.rename", 1),
]
RESTORE_PLACES = [
    ("stored_files:Staged._unpack", 1),
    ("rebuilding:migrate_empty", 1),
    ("sqlite:load" if HERE == "sqlite3" else "postgresql:load", 20),
    ("rebuilding:copy_out", 30),
    ("stored_files:Staged.put_beside", 1),
]


def run_killed(place, number, *command, database, files):
    """Run a management command that kills itself; returns its exit code."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lai_chau_edu.settings",
        "DATABASE_URL": address(database),
        "FILES_DIR": str(files),
    }
    arguments = [f"operations.backup.{place}", str(number), *map(str, command)]
    return subprocess.run(
        [sys.executable, "-c", KILLED, *arguments],
        env=environment,
        capture_output=True,
        timeout=600,
        check=False,
    ).returncode


def test_killed_backup_leaves_no_backup(source, files, tmp_path):
    folder = tmp_path / "backups"
    for place, number in BACKUP_PLACES:
        code = run_killed(place, number, "backup", "--to", folder, database=source, files=files)
        assert code == -signal.SIGKILL, place
        assert list(folder.glob("*.backup")) == [], place
    # And the next one is not hindered by what is left.
    make_backup(source, folder)
    assert len(list(folder.glob("*.backup"))) == 1


def test_killed_restore_leaves_the_old_system(source, target, files, settings, tmp_path):
    backup, _manifest = make_backup(source, tmp_path)
    settings.FILES_DIR = tmp_path / "fresh"
    restore(target, backup)
    Register.objects.using(target.alias).update(roll=39)
    (settings.FILES_DIR / "reports" / "new.txt").write_text("new")
    (settings.FILES_DIR / "imports" / "5f0c.xlsx").write_text("of the old system")
    before, kept = objects(target), stored(settings.FILES_DIR)
    for place, number in RESTORE_PLACES:
        target.close()
        code = run_killed(
            place,
            number,
            *("restore", backup, "--replace"),
            database=target,
            files=settings.FILES_DIR,
        )
        assert code == -signal.SIGKILL, place
        assert objects(target) == before, place
        assert stored(settings.FILES_DIR) == kept, place
    # The operator repeats the command.
    restore(target, backup, replace=True)
    assert objects(target, without=PASSING) == objects(source, without=PASSING)
    assert stored(settings.FILES_DIR) == FILES


def test_restore_killed_after_the_commit_has_every_row_and_file(
    source, target, files, settings, tmp_path
):
    backup, _manifest = make_backup(source, tmp_path)
    fresh = settings.FILES_DIR = tmp_path / "fresh"
    target.close()
    place = "stored_files:Staged.complete"
    code = run_killed(place, 1, "restore", backup, database=target, files=fresh)
    assert code == -signal.SIGKILL
    assert objects(target, without=PASSING) == objects(source, without=PASSING)
    assert stored(fresh) == FILES


def test_a_full_disk_leaves_nothing(source, files, tmp_path):
    """The kernel itself refuses to let the file grow."""
    folder = tmp_path / "backups"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lai_chau_edu.settings",
        "DATABASE_URL": address(source),
        "FILES_DIR": str(files),
    }
    (files / "reports" / "large.bin").write_bytes(os.urandom(3_000_000))
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000));"
    result = subprocess.run(
        [sys.executable, "-c", limited + COMMAND, "backup", "--to", str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 19, result.stderr
    assert "Không ghi được" in result.stderr
    assert list(folder.iterdir()) == []


COMMAND = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""
