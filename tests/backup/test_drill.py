"""The drill: a backup while teachers send, the installation gone, restored on another engine."""

import os
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from accounts.models import User
from attendance.models import Absence, Register, RegisterRevision
from core.months import Month
from operations.backup import saving
from operations.backup.digests import copy_out
from operations.backup.saving import make_backup
from reports.services.facts import rebuild
from tests.sending import send_register
from tests.world import PASSWORD, build_world

from .conftest import FILES
from .databases import address

ROOT = Path(__file__).parents[2]


@pytest.fixture
def world_of_today(transactional_db, files):
    """The small province on the day every process sees, with passwords every process knows."""
    world = build_world(timezone.localdate())
    User.objects.update(password=PBKDF2PasswordHasher().encode(PASSWORD, "salt"))
    for month in Month.of(world.today).since(Month.of(world.since)):
        rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=month)
    return world


@pytest.fixture
def sender(world_of_today):
    """A teacher's thread that corrects one register again and again, until it is stopped."""
    world = world_of_today
    pupils = list(world.class_a.spells.order_by("pk").values_list("pupil_id", flat=True))
    state = SimpleNamespace(
        sent=0, stop=threading.Event(), progress=threading.Condition(), failure=None
    )

    def send_on():
        try:
            while not state.stop.is_set():
                absent = pupils[: state.sent % len(pupils)]
                send_register(
                    school_class=world.class_a,
                    date=world.today,
                    session="am",
                    operation_id=uuid.uuid4(),
                    base_revision=state.sent,
                    marks=dict.fromkeys(absent, ("K", "")),
                    correction_reason="Đếm lại" if state.sent else "",
                    by=world.teacher_a,
                )
                with state.progress:
                    state.sent += 1
                    state.progress.notify_all()
        except Exception as error:
            state.failure = error
        finally:
            connection.close()

    def wait_for_more(count=1):
        with state.progress:
            wanted = state.sent + count
            assert state.progress.wait_for(lambda: state.sent >= wanted, 30), state.failure

    state.wait_for_more = wait_for_more
    thread = threading.Thread(target=send_on)
    thread.start()
    yield state
    state.stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert state.failure is None


def test_drill(world_of_today, sender, any_target, settings, tmp_path, monkeypatch, capsys):
    world = world_of_today
    usual = saving.copy_out

    def copy_between_registers(connection, table, sink=None):
        if table.name.startswith("attendance_"):
            sender.wait_for_more()
        return usual(connection, table, sink)

    monkeypatch.setattr(saving, "copy_out", copy_between_registers)
    sender.wait_for_more(3)
    acknowledged = sender.sent
    path, manifest = make_backup(connections["default"], tmp_path / "backups")
    assert sender.sent >= acknowledged + 5
    sender.stop.set()

    fresh = settings.FILES_DIR = tmp_path / "fresh"
    any_target.close()
    assert "0 chỗ khác" in manage(any_target, fresh, "restore", path)

    # Equal to the backup, table by table and file by file.
    for entry in manifest.tables:
        assert copy_out(any_target, entry.table) == entry.print, entry.table.name
    assert {name: (fresh / name).read_bytes() for name in FILES} == FILES

    # One moment: the register, its marks and its last revision tell the same.
    alias = any_target.alias
    register = Register.objects.using(alias).get()
    revisions = RegisterRevision.objects.using(alias)
    assert acknowledged <= register.revision <= sender.sent
    numbers = sorted(revisions.values_list("number", flat=True))
    assert numbers == list(range(1, register.revision + 1))
    absent = {
        str(pupil) for pupil in Absence.objects.using(alias).values_list("pupil_id", flat=True)
    }
    assert absent == set(revisions.get(number=register.revision).marks)

    # The first morning: sign in, send a register, and the figures are those of the books.
    any_target.close()
    morning = [sys.executable, "-m", "tests.backup.first_morning", "teacher_b"]
    answer = run(any_target, fresh, *morning, str(world.class_b.pk), str(world.today), "am")
    assert answer.split() == ["302", "302"]
    assert Register.objects.using(alias).count() == 2
    manage(any_target, fresh, "rebuild_months", "--month", f"{world.today:%Y-%m}")
    assert " 0 chỗ sai" in manage(any_target, fresh, "verify_months")


def test_drill_of_the_move(world_of_today, any_target, files):
    """The same first morning after a move."""
    call_command("move_database", to=address(any_target), verbosity=0)
    world = world_of_today
    morning = [sys.executable, "-m", "tests.backup.first_morning", "teacher_b"]
    answer = run(any_target, files, *morning, str(world.class_b.pk), str(world.today), "am")
    assert answer.split() == ["302", "302"]
    manage(any_target, files, "rebuild_months", "--month", f"{world.today:%Y-%m}")
    assert " 0 chỗ sai" in manage(any_target, files, "verify_months")


def manage(database, files, *command):
    """Run manage.py on a database and a folder of files; returns what it said."""
    return run(database, files, sys.executable, "manage.py", *map(str, command))


def run(database, files, *command):
    """Run a command as an operator would, with the product's own settings."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lai_chau_edu.settings",
        "DATABASE_URL": address(database),
        "FILES_DIR": str(files),
    }
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
