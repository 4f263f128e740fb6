"""What leaves nothing behind: answers, files, old sign-ins; and settings that open a province."""

import datetime
import os
import stat
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts.models import SignedIn
from accounts.retention import KEPT_DAYS
from accounts.tasks import remove_old_sign_ins
from core.models import Rule
from lai_chau_edu.checks import walk_views
from lai_chau_edu.unsafe import BUILD_KEY, DRILL_KEY, refuse_unsafe
from operations.orphan_files import ORPHAN_AGE
from operations.tasks import remove_orphan_files
from reports.models import ReportRun
from tests.frozen import freeze_time
from tests.permission_table import PEOPLE, own_objects

ROOT = Path(django_settings.BASE_DIR)
NAMES = sorted(name for name, _route, _view in walk_views() if not name.startswith("health_"))
# Kept by a browser, and why that is right.
MAY_BE_KEPT = {
    "manifest": "the name and the colours of the application, the same for everybody",
    "inspections:calendar_feed": "days of visits for one phone, which asks each time for changes",
    "robots": "one sentence for search engines",
}
# Kept by the browser of whom it is named for, who asks each time whether it is the same (ADR 106).
KEPT_BY_SOME = {"attendance:sheet": {"teacher_a", "head_a"}}


# --- Answers ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_no_answer_to_a_person_is_kept_by_the_browser(name, world, sign_in):
    url = own_objects(world).url(name)
    for person in PEOPLE:
        answer = sign_in(getattr(world, person)).get(url)
        if answer.streaming:
            answer.getvalue()
        kept = "no-store" not in answer.headers.get("Cache-Control", "")
        may_be = name in MAY_BE_KEPT or person in KEPT_BY_SOME.get(name, ())
        assert kept == may_be, (person, answer.status_code)
        assert "noindex" in answer.headers["X-Robots-Tag"]
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert "geolocation=()" in answer.headers["Permissions-Policy"]


@pytest.mark.django_db
def test_errors_and_sign_in_are_not_kept_either():
    for path in ("/accounts/sign-in/", "/nowhere/", "/schools/pupils/?q=%00"):
        assert "no-store" in Client().get(path).headers["Cache-Control"], path


@pytest.mark.django_db
def test_pages_load_nothing_of_others_and_stand_in_no_frame():
    headers = Client().get("/accounts/sign-in/").headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_what_strangers_programs_look_for(settings):
    client = Client()
    assert client.get("/robots.txt").content.decode() == "User-agent: *\nDisallow: /\n"
    assert client.get("/.well-known/change-password").url == "/accounts/password/"
    settings.SITE_URL = "https://chuyencan.example.vn/"
    with freeze_time("2026-10-12"):
        lines = client.get("/.well-known/security.txt").content.decode().splitlines()
    assert lines == [
        "Contact: mailto:an-toan@example.vn",
        "Expires: 2027-04-10T00:00:00Z",
        "Preferred-Languages: vi, en",
        "Canonical: https://chuyencan.example.vn/.well-known/security.txt",
    ]
    settings.SECURITY_CONTACT = ""
    assert client.get("/.well-known/security.txt").status_code == 404


# --- Files --------------------------------------------------------------------------------


def test_uploads_are_for_the_program_alone():
    name = default_storage.save("imports/private.txt", ContentFile(b"a name"))
    path = Path(default_storage.path(name))
    try:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        path.unlink()


def test_new_folder_of_uploads_is_for_the_program_alone():
    name = default_storage.save(f"{uuid.uuid4().hex}/private.txt", ContentFile(b"a name"))
    path = Path(default_storage.path(name))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.unlink()
    path.parent.rmdir()


@pytest.mark.parametrize(
    ("command", "private"),
    [
        (["manage.py", "shell", "--no-imports", "--command", "pass"], True),
        (["manage.py", "compile_translations", "--check"], False),
        (["-c", "import runpy; runpy.run_path('gunicorn.conf.py')"], True),
    ],
)
def test_processes_write_for_their_user_alone(command, private, tmp_path):
    """Each is told to write one more file when it ends."""
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, os\n"
        "atexit.register(lambda: os.close(os.open(os.environ['AT_END'], os.O_CREAT, 0o666)))\n"
    )
    at_end = tmp_path / "at_end"
    environment = os.environ | {
        "PYTHONPATH": str(tmp_path), "AT_END": str(at_end), "DATABASE_URL": "sqlite://:memory:",
        "DJANGO_SETTINGS_MODULE": "lai_chau_edu.settings",
    }  # fmt: skip
    before = os.umask(0o022)
    try:
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True
        )
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(at_end.stat().st_mode) == (0o600 if private else 0o644)


def test_worker_and_beat_write_for_their_user_alone(monkeypatch, db):
    from celery.signals import beat_init, worker_init

    monkeypatch.setattr("lai_chau_edu.starting.require_database", lambda: None)
    before = os.umask(0o022)
    try:
        for signal in (worker_init, beat_init):
            os.umask(0o022)
            signal.send(sender=None)
            assert os.umask(0o022) == 0o077
    finally:
        os.umask(before)


def test_files_without_a_row_go_after_a_day(world):
    folder = Path(django_settings.FILES_DIR)
    run = ReportRun.objects.create(
        kind="monthly", area=world.commune_a, month=world.today.replace(day=1)
    )
    run.file.save("kept.xlsx", ContentFile(b"kept"))
    names = {
        "kept": folder / run.file.name,
        "old": folder / "reports" / "of_nobody.xlsx",
        "young": folder / "reports" / "just_now.xlsx",
        "not ours": folder / "notes" / "of_the_operator.txt",
        "memory": folder / "timetable.json",
    }
    for name, path in names.items():
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        if name != "young":
            os.utime(path, (time.time() - 2 * ORPHAN_AGE,) * 2)
    try:
        assert remove_orphan_files.apply().get() == {"files": 1}
        assert {name for name, path in names.items() if not path.exists()} == {"old"}
        assert remove_orphan_files.apply().get() == {"files": 0}
    finally:
        for path in names.values():
            path.unlink(missing_ok=True)


# --- Sign-ins -----------------------------------------------------------------------------


def test_old_sign_ins_and_ended_sessions_are_forgotten(world):
    now = timezone.now()
    days = int(Rule.objects.get(key=KEPT_DAYS).value)
    for age in (days - 1, days + 1):
        SignedIn.objects.create(
            user=world.head_a,
            session_key=f"key-{age}",
            began_at=now,
            seen_at=now - datetime.timedelta(days=age),
        )
    for name, seconds in (("ended", -1), ("alive", 60)):
        expires = now + datetime.timedelta(seconds=seconds)
        Session.objects.create(session_key=name, session_data="x", expire_date=expires)
    removed = remove_old_sign_ins.apply().get()
    assert removed == {"attempts": 0, "browsers": 1, "sessions": 1}
    assert SignedIn.objects.get().session_key == f"key-{days - 1}"
    assert Session.objects.get().session_key == "alive"

    # A rule of another length, from today on.
    Rule.objects.filter(key=KEPT_DAYS).update(value=30)
    assert remove_old_sign_ins.apply().get()["browsers"] == 1


# --- Settings -----------------------------------------------------------------------------

GOOD = {
    "engine": "django.db.backends.postgresql",
    "debug": False,
    "allowed_hosts": ["chuyencan.example.vn"],
    "secret_key": "Zr8-kq0vYw3nTb7LxJ5mPd2HsGf9CeUa4QiRo6WtXyMzNbVc",
    "is_drill": False,
}


def test_a_province_as_documented_starts():
    refuse_unsafe(**GOOD)
    refuse_unsafe(**GOOD | {"secret_key": DRILL_KEY, "is_drill": True})


@pytest.mark.parametrize(
    ("wrong", "cure"),
    [
        ({"debug": True}, "DEBUG=false"),
        ({"allowed_hosts": ["chuyencan.example.vn", "*"]}, "ALLOWED_HOSTS=chuyencan"),
        ({"secret_key": BUILD_KEY}, "token_urlsafe"),
        ({"secret_key": DRILL_KEY}, "token_urlsafe"),
        ({"secret_key": "django-insecure-" + GOOD["secret_key"]}, "token_urlsafe"),
        ({"secret_key": "abcabcab" * 8}, "token_urlsafe"),
    ],
)
def test_an_open_province_is_refused_with_the_cure(wrong, cure):
    with pytest.raises(ImproperlyConfigured, match=cure) as refusal:
        refuse_unsafe(**GOOD | wrong)
    assert "\n  " in str(refusal.value)  # both languages
    # One computer may be set as its owner likes.
    refuse_unsafe(**GOOD | wrong | {"engine": "django.db.backends.sqlite3"})


def test_no_process_starts_on_such_settings():
    environment = os.environ | {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "lai_chau_edu.settings",
    }  # fmt: skip
    for program in (["manage.py", "check"], ["-c", "import lai_chau_edu.wsgi"]):
        done = subprocess.run(
            [sys.executable, *program], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 1, program
        assert "DEBUG đang bật" in done.stderr


def test_known_keys_are_those_of_the_repository():
    assert BUILD_KEY in (ROOT / "Dockerfile").read_text()
    assert DRILL_KEY in (ROOT / "deploy" / "drill.example").read_text()
