"""Each check of the doctor, well and broken."""

import datetime
import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.checks import Error
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone, translation

from accounts.models import User
from attendance.models import CalendarRule, YearFrame
from core import schema
from core.jobs import records
from core.models import Delivery, JobRecord, Notification
from core.months import Month
from lai_chau_edu.checks import jobs_survive_their_worker
from operations.backup.last_backup import LastBackup
from operations.backup.origins import Origin, origin_of
from operations.backup.postgresql import ASIDE
from operations.diagnostics import (
    CHECKS,
    OF_THE_DAY,
    Status,
    broker,
    database,
    disks,
    examine,
    installation,
    province,
    work,
)
from reports.models import ReportRun, StaleMonth
from reports.services.facts import mark_stale
from schools.areas.services.units import load_units
from schools.models import SchoolYear

WELL, WATCH, BROKEN = Status.WELL, Status.WATCH, Status.BROKEN
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)


def ago(**time):
    return timezone.now() - datetime.timedelta(**time)


def beat(**time):
    """The pulse ended so long ago."""
    JobRecord.objects.update_or_create(name=work.PULSE, defaults={"finished_at": ago(**time)})


# --- The list -----------------------------------------------------------------


def test_every_check_has_a_name_of_its_own_and_the_page_shows_some():
    assert set(OF_THE_DAY) <= set(CHECKS)
    assert len(set(CHECKS)) == len(CHECKS)


def test_fault_in_a_check_is_a_finding(monkeypatch):
    monkeypatch.setattr(installation, "run_checks", lambda: 1 / 0)
    found = installation.system_checks()
    assert (found.status, "ZeroDivisionError" in found.text) == (BROKEN, True)


def test_every_finding_that_is_not_well_says_how_to_mend_it(world, settings, monkeypatch):
    """With as much broken as one test can break."""
    settings.SECRET_KEY, settings.DEBUG, settings.REDIS_URL = "short", True, "redis://127.0.0.1:1"
    settings.HTTPS, settings.ALLOWED_HOSTS = False, ["chuyencan.laichau.edu.vn"]
    for check in CHECKS:
        found = check()
        if found is not None and found.status != WELL:
            assert found.mend
            assert found.title
            assert found.name


# --- Settings of the jobs -----------------------------------------------------


def test_settings_of_the_jobs_are_right_as_delivered():
    assert jobs_survive_their_worker(None) == []


@pytest.mark.parametrize(
    ("redis_url", "transport", "is_right"),
    [
        ("redis://127.0.0.1:1", "lai_chau_edu.broker:Transport", True),
        ("redis://127.0.0.1:1", "redis", False),
        ("redis://127.0.0.1:1", "memory", False),
        ("", "memory", True),
        ("", "lai_chau_edu.broker:Transport", False),
    ],
)
def test_transport_goes_with_the_address(settings, redis_url, transport, is_right):
    settings.REDIS_URL, settings.CELERY_BROKER_TRANSPORT = redis_url, transport
    assert (jobs_survive_their_worker(None) == []) == is_right


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CELERY_TASK_ACKS_LATE", False),
        ("CELERY_TASK_REJECT_ON_WORKER_LOST", False),
        ("CELERY_WORKER_PREFETCH_MULTIPLIER", 4),
        ("CELERY_TASK_SOFT_TIME_LIMIT", 600),
        ("CELERY_TASK_TIME_LIMIT", 801),
        ("CELERY_TASK_PUBLISH_RETRY", True),
    ],
)
def test_settings_that_lose_or_double_a_job_are_an_error(settings, name, value):
    setattr(settings, name, value)
    errors = jobs_survive_their_worker(None)
    assert errors
    assert {error.id for error in errors} == {"lce.E002"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("visibility_timeout", 899), ("socket_timeout", None), ("socket_connect_timeout", 30)],
)
def test_transport_that_waits_wrongly_is_an_error(settings, name, value):
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, name: value}
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {k: v for k, v in options.items() if v is not None}
    assert [error.id for error in jobs_survive_their_worker(None)] == ["lce.E002"]


# --- Installation -------------------------------------------------------------


def test_errors_of_the_system_checks_are_told(monkeypatch):
    assert installation.system_checks().status == WELL
    monkeypatch.setattr(installation, "run_checks", lambda: [Error("No such thing.")])
    assert installation.system_checks().text == "No such thing."


@pytest.mark.parametrize(
    ("key", "status"),
    [("x" * 60, WATCH), ("0123456789abcdefghijk", WATCH), ("0123456789abcdef" * 4, WELL)],
)
def test_secret_key(settings, key, status):
    settings.SECRET_KEY = key
    found = installation.secret_key()
    assert found.status == status
    assert key not in found.text + found.mend


def test_debug(settings):
    assert installation.debug().status == WELL
    settings.DEBUG = True
    assert installation.debug().status == BROKEN


@pytest.mark.parametrize(
    ("https", "hosts", "status"),
    [
        (True, ["lce.vn"], WELL),
        (False, ["127.0.0.1", "localhost"], WELL),
        (False, ["lce.vn"], BROKEN),
        (False, ["*"], BROKEN),
    ],
)
def test_https(settings, https, hosts, status):
    settings.HTTPS, settings.ALLOWED_HOSTS = https, hosts
    assert installation.https().status == status


@pytest.mark.django_db
def test_clock_that_was_set_back(settings):
    assert installation.clock().status == WELL
    JobRecord.objects.create(name="tests.note", started_at=timezone.now() + 6 * MINUTE)
    assert installation.clock().status == BROKEN
    JobRecord.objects.all().delete()
    settings.TIME_ZONE = "UTC"
    assert installation.clock().status == BROKEN


def test_translations(tmp_path, monkeypatch):
    source = tmp_path / "django.po"
    source.touch()
    monkeypatch.setattr(installation, "catalogues", lambda: [source])
    assert installation.translations().status == BROKEN
    source.with_suffix(".mo").touch()
    assert installation.translations().status == WELL


def test_static_files(settings, monkeypatch):
    assert installation.static_files().status == WELL
    settings.STATIC_MANIFEST = True

    def stored_name(name):
        raise ValueError(name)

    storage = SimpleNamespace(stored_name=stored_name)
    monkeypatch.setattr(installation, "staticfiles_storage", storage)
    assert installation.static_files().status == BROKEN
    storage.stored_name = str
    assert installation.static_files().status == WELL


@pytest.mark.parametrize(("free", "status"), [(0.5, BROKEN), (3, WATCH), (30, WELL)])
def test_room_for_files(settings, tmp_path, monkeypatch, free, status):
    settings.FILES_DIR = tmp_path / "files"
    usage = SimpleNamespace(free=free * disks.GIGABYTE)
    monkeypatch.setattr(disks.shutil, "disk_usage", lambda folder: usage)
    assert installation.files_folder().status == status


def test_folder_that_cannot_be_written(settings, tmp_path):
    (tmp_path / "file").touch()
    settings.FILES_DIR = tmp_path / "file" / "files"
    assert installation.files_folder().status == BROKEN


# --- Database -----------------------------------------------------------------


@pytest.mark.django_db
def test_database_tells_its_name_and_version():
    found = database.reachable()
    assert (found.status, connection.display_name in found.text) == (WELL, True)


@pytest.mark.django_db
def test_tables_of_another_version(monkeypatch):
    assert database.migrations().status == WELL
    monkeypatch.setattr(
        schema, "difference", lambda connection: schema.Difference(("schools.0099",))
    )
    assert database.migrations().status == BROKEN


@pytest.mark.django_db
def test_missing_guard_is_named():
    guard = "enrolments_of_a_pupil_do_not_overlap"
    assert database.constraints().status == WELL
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER {guard}_insert")
        else:
            cursor.execute(f"ALTER TABLE schools_enrolment DROP CONSTRAINT {guard}")
    found = database.constraints()
    assert found.status == BROKEN
    assert guard in found.text


@pytest.mark.django_db
def test_tables_of_before_a_restore_are_told():
    found = database.replaced_tables()
    if connection.vendor == "sqlite":
        assert found is None
        return
    assert found.status == WELL
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {ASIDE}")
        cursor.execute(f"CREATE TABLE {ASIDE}.schools_pupil (id integer)")
    found = database.replaced_tables()
    assert (found.status, ASIDE in found.mend) == (WATCH, True)


@pytest.mark.django_db
def test_official_units():
    assert database.official_units().status == BROKEN
    load_units()
    assert database.official_units().status == WELL


def test_clock_of_another_computer(world, monkeypatch):
    monkeypatch.setattr(database, "SECONDS_APART", -1)
    found = database.server_clock()
    assert found is None if connection.vendor == "sqlite" else found.status == WATCH


# --- Broker -------------------------------------------------------------------


class FakeRedis:
    """Answers what a test puts in."""

    def __init__(self, **answers):
        self.answers = {"maxmemory": 0, "maxmemory_policy": "noeviction", "used_memory": 1}
        self.messages = []
        self.answers.update(answers)

    def info(self, section):
        return self.answers

    def llen(self, name):
        return len(self.messages)

    def lindex(self, name, at):
        return self.messages[at] if self.messages else None

    def ping(self):
        return True


@pytest.fixture
def redis(settings, monkeypatch):
    settings.REDIS_URL = "redis://nowhere"
    fake = FakeRedis()
    monkeypatch.setattr(broker, "ask", lambda question: question(fake))
    return fake


def test_without_a_broker_nothing_is_asked(settings):
    settings.REDIS_URL = ""
    assert broker.reachable().status == WELL
    assert broker.queue() is broker.workers() is None


def test_broker_that_is_gone(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert [check().status for check in (broker.reachable, broker.queue, broker.workers)] == [
        BROKEN
    ] * 3


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({}, WELL),
        ({"maxmemory": 100, "maxmemory_policy": "allkeys-lru"}, BROKEN),
        ({"maxmemory": 100, "used_memory": 91}, WATCH),
        ({"maxmemory": 100, "used_memory": 50}, WELL),
    ],
)
def test_memory_of_the_broker(redis, answers, status):
    redis.answers.update(answers)
    assert broker.reachable().status == status


@pytest.mark.parametrize(
    ("minutes", "status"), [(1, WELL), (11, WATCH), (61, BROKEN), (None, WELL)]
)
def test_age_of_the_queue(redis, minutes, status):
    assert broker.queue().status == WELL
    headers = {"sent_at": ago(minutes=minutes).isoformat()} if minutes else {}
    redis.messages = [b"{}", json.dumps({"headers": headers}).encode()]
    found = broker.queue()
    assert found.status == status
    assert "2" in found.text


def test_workers_that_answer_or_not(redis, monkeypatch):
    answers = []
    monkeypatch.setattr(broker.current_app.control, "ping", lambda timeout: answers)
    assert broker.workers().status == BROKEN
    answers.append({"celery@a": {"ok": "pong"}})
    assert broker.workers().status == WELL
    answers.append({"celery@a": {"ok": "pong"}})
    found = broker.workers()
    assert (found.status, "celery@a" in found.text) == (WATCH, True)


def test_two_timetables_are_told(redis, monkeypatch):
    monkeypatch.setattr(broker, "ask", lambda question: 2)
    assert broker.beats().status == WATCH
    monkeypatch.setattr(broker, "ask", lambda question: 1)
    assert broker.beats() is None


# --- Work ---------------------------------------------------------------------


@pytest.fixture
def made(monkeypatch):
    """Function: let the installation have been made so long ago."""

    def set_age(**time):
        monkeypatch.setattr(work, "made_at", lambda connection: ago(**time))

    set_age(days=400)
    return set_age


@pytest.mark.django_db
def test_pulse(made):
    made(minutes=4)
    assert work.pulse().status == WATCH
    made(minutes=6)
    assert work.pulse().status == BROKEN
    beat(minutes=4)
    assert work.pulse().status == WELL
    beat(days=3)
    assert work.pulse().status == BROKEN


@pytest.mark.django_db
def test_late_entry_of_the_timetable_is_named(today):
    """It is 7:10; the new day begins at 0:10."""
    record = JobRecord.objects.create(name="reports.open_new_day", started_at=ago(hours=7))
    assert work.timetable().status == WELL
    JobRecord.objects.filter(pk=record.pk).update(started_at=ago(hours=7, minutes=1))
    found = work.timetable()
    assert found.status == WATCH
    assert "Mở ngày mới" in found.text
    late = [entry.late for entry in work.timetable_entries()]
    assert late.count(True) == 1


def test_stale_months(world):
    assert work.stale_months().status == WELL
    mark_stale([world.class_a.pk], [Month.of(world.today)])
    for time, status in (({"minutes": 29}, WELL), ({"hours": 1}, WATCH), ({"hours": 7}, BROKEN)):
        StaleMonth.objects.update(marked_at=ago(**time))
        assert work.stale_months().status == status


def test_reports_that_failed_lately(world):
    run = ReportRun.objects.create(
        kind="monthly", area=world.commune_a, month=world.today, state="failed"
    )
    assert work.reports_and_imports().status == WATCH
    ReportRun.objects.filter(pk=run.pk).update(made_at=ago(days=8))
    assert work.reports_and_imports().status == WELL


@pytest.mark.django_db
def test_failed_jobs():
    assert work.failed_jobs().status == WELL
    for status in (WATCH, WATCH, BROKEN):
        records.note_failure("tests.note", {}, ValueError())
        assert work.failed_jobs().status == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "at", "status"),
    [
        ({"days": 9}, None, BROKEN),
        ({"hours": 25}, None, WATCH),
        ({"days": 9}, {"days": 5}, BROKEN),
        ({"days": 9}, {"hours": 25}, WELL),
    ],
)
def test_backup(monkeypatch, made, age, at, status):
    made(**age)
    monkeypatch.setattr(work, "last_backup", lambda: at and mark(**at))
    assert work.backup().status == status


def mark(database=None, file="/nowhere/at/all.backup", **time):
    """A finished backup so long ago, of the database in use unless said otherwise."""
    return LastBackup(ago(**time), Path(file), database or origin_of(connection))


@pytest.mark.django_db
def test_backup_of_yesterday_is_broken_on_a_server_and_to_be_watched_on_one_computer(monkeypatch):
    monkeypatch.setattr(work, "last_backup", lambda: mark(hours=27))
    assert work.backup().status == (WATCH if connection.vendor == "sqlite" else BROKEN)


@pytest.mark.django_db
def test_backup_of_another_database_is_broken_and_both_are_named(monkeypatch):
    other = Origin("sqlite", "", "", "/srv/old.sqlite3")
    monkeypatch.setattr(work, "last_backup", lambda: mark(database=other, minutes=5))
    found = work.backup()
    assert found.status == BROKEN
    assert "/srv/old.sqlite3" in found.text
    assert str(origin_of(connection)) in found.text


@pytest.mark.django_db
def test_backup_whose_file_is_gone_is_broken(monkeypatch, tmp_path):
    monkeypatch.setattr(work, "last_backup", lambda: mark(file=tmp_path / "x.backup", hours=1))
    assert work.backup().status == BROKEN
    (tmp_path / "x.backup").touch()
    assert work.backup().status == WELL


# --- What stands on what ------------------------------------------------------


def test_silent_database_is_told_once_with_its_cure_and_first(monkeypatch):
    def gone():
        raise OperationalError('connection to server at "127.0.0.1", port 5432 failed')

    silent = SimpleNamespace(
        cursor=gone, vendor="postgresql", settings_dict={"HOST": "", "PORT": "", "NAME": "lai_chau"}
    )
    monkeypatch.setattr(database, "connection", silent)
    findings = examine(CHECKS)
    assert findings[0].name == "database.reachable"
    assert "systemctl start postgresql" in findings[0].mend
    broken = [finding for finding in findings if finding.status == BROKEN]
    assert [each.name for each in broken if each.name.startswith(("database", "work"))] == [
        "database.reachable"
    ]
    assert not {each.name for each in findings} & {"province.roles", "work.pulse", "work.backup"}


def test_silent_broker_is_told_once(settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    names = [each.name for each in examine([broker.reachable, broker.queue, broker.workers])]
    assert names == ["broker.reachable"]


# --- A fresh province ---------------------------------------------------------


@pytest.mark.django_db
def test_fresh_province_is_told_what_is_missing_one_by_one():
    def found():
        return [
            look() and look().status
            for look in (
                province.administrator,
                province.roles,
                province.school_year,
                province.weekly_pattern,
                province.year_frame,
            )
        ]

    assert found() == [BROKEN, WATCH, BROKEN, None, None]
    User.objects.create_superuser("admin", password="x" * 12)
    today = timezone.localdate()
    year = SchoolYear.objects.create(
        code="2026-2027", valid_from=today - 9 * DAY, valid_to=today + 200 * DAY
    )
    assert found() == [WELL, WATCH, WELL, BROKEN, WATCH]
    CalendarRule.objects.create(valid_from=year.valid_from)
    assert found() == [WELL, WATCH, WELL, WELL, WATCH]
    YearFrame.objects.create(year=year, valid_from=year.valid_from, valid_to=year.valid_to)
    assert found() == [WELL, WATCH, WELL, WELL, WELL]
    CalendarRule.objects.update(morning="0" * 7, afternoon="0" * 7)
    assert found() == [WELL, WATCH, WELL, BROKEN, WELL]


# --- Addresses ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("site", "status"),
    [
        ("https://chuyencan.example.vn", WELL),
        ("https://other.example.vn", BROKEN),
        ("http://chuyencan.example.vn", BROKEN),
        ("", WATCH),
    ],
)
def test_site_address_fits_the_hosts(settings, site, status):
    settings.SITE_URL, settings.ALLOWED_HOSTS = site, ["chuyencan.example.vn"]
    settings.HTTPS = True
    assert installation.site_address().status == status


def test_address_of_one_computer_is_not_asked_for(settings):
    settings.SITE_URL, settings.HTTPS = "", False
    assert installation.site_address() is None


def test_proxy_that_is_not_believed_is_found_by_its_requests(settings, tmp_path):
    settings.FILES_DIR, settings.HTTPS = tmp_path, False
    Client().get("/health/live/")
    assert installation.proxy().status == WELL
    stranger = {"REMOTE_ADDR": "203.0.113.5", "HTTP_X_FORWARDED_FOR": "1.2.3.4"}
    Client().get("/app.webmanifest", **stranger)
    assert installation.proxy().status == WELL
    Client().get("/app.webmanifest", HTTP_X_FORWARDED_FOR="203.0.113.5")
    assert installation.proxy().status == BROKEN
    settings.TRUSTED_PROXY = True
    assert installation.proxy().status == WELL
    settings.TRUSTED_PROXY, settings.HTTPS = False, True
    assert installation.proxy().status == BROKEN


# --- The letter ---------------------------------------------------------------


@pytest.mark.django_db
def test_doctor_writes_a_letter_when_something_is_broken(settings, made, mailoutbox):
    settings.ALARM_TO = ["admin@example.vn"]
    with pytest.raises(CommandError) as raised:
        call_command("doctor", mail=True)
    assert raised.value.returncode == 1
    assert mailoutbox[0].to == ["admin@example.vn"]
    assert "createsuperuser" in mailoutbox[0].body
    with pytest.raises(CommandError):
        call_command("doctor", mail=True, failed_unit="lai-chau-backup.service")
    assert "lai-chau-backup.service" in mailoutbox[1].subject


@pytest.mark.django_db
def test_letter_that_nobody_gets_ends_with_2(settings, made):
    settings.ALARM_TO = []
    with pytest.raises(CommandError) as raised:
        call_command("doctor", mail=True)
    assert raised.value.returncode == 2


# --- The command --------------------------------------------------------------


@pytest.mark.django_db
def test_doctor_ends_with_1_when_something_is_broken(made):
    out = StringIO()
    with pytest.raises(CommandError) as raised:
        call_command("doctor", stdout=out)
    assert raised.value.returncode == 1
    assert "Chưa có việc nào của lịch chạy từng hoàn thành" in out.getvalue()


def test_doctor_is_content_with_a_well_installation(world, monkeypatch, settings):
    settings.SECRET_KEY, settings.HTTPS = "0123456789abcdef" * 4, True
    settings.TRUSTED_PROXY = True
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://testserver", ["testserver"]
    YearFrame.objects.get_or_create(
        year=world.year,
        defaults={"valid_from": world.year.valid_from, "valid_to": world.year.valid_to},
    )
    monkeypatch.setattr(work, "last_backup", lambda: mark(minutes=1))
    # The world stands still on its day; the clock of PostgreSQL goes on.
    monkeypatch.setattr(database, "SECONDS_APART", float("inf"))
    # Whether they are compiled is a matter of this checkout, not of the command.
    monkeypatch.setattr(installation, "catalogues", list)
    beat(minutes=1)
    out = StringIO()
    call_command("doctor", "--json", stdout=out)
    findings = json.loads(out.getvalue())
    assert [finding for finding in findings if finding["status"] != "well"] == []
    assert len(findings) >= 17


# --- Letters ------------------------------------------------------------------


class DeafServer:
    def open(self):
        raise ConnectionRefusedError

    def close(self):
        pass


def test_mail_server_is_not_needed_and_must_answer_when_it_is_set(settings, monkeypatch):
    settings.EMAIL_CONFIGURED = False
    assert installation.mail_server().status == WELL
    assert "chỉ thấy nhắc trên trang" in installation.mail_server().text
    settings.EMAIL_CONFIGURED = True
    assert installation.mail_server().status == WELL
    monkeypatch.setattr(installation, "get_connection", DeafServer)
    found = installation.mail_server()
    assert (found.status, "ConnectionRefusedError" in found.text) == (BROKEN, True)


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"state": "sent", "sent_at": ago()}, WELL),
        ({"state": "waiting", "try_at": ago(), "code": "unreachable"}, WELL),
        ({"state": "skipped", "code": "nothing_left"}, WELL),
        ({"state": "failed", "code": "refused"}, WATCH),
    ],
)
def test_emails_that_could_not_be_sent(world, settings, values, status):
    assert work.emails() is None
    settings.EMAIL_CONFIGURED = True
    notification = Notification.objects.create(
        kind="some", key="1", recipient=world.teacher_a, created_at=ago(), expires_at=ago()
    )
    Delivery.objects.create(notification=notification, channel="email", **values)
    assert work.emails().status == status


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"EMAIL_URL": "mail.example.vn"}, "EMAIL_URL"),
        ({"EMAIL_URL": "smtp+tls://mail.example.vn:587"}, "SITE_URL"),
        (
            {"EMAIL_URL": "smtp://mail.example.vn", "SITE_URL": "https://chuyencan.example.vn"},
            "EMAIL_FROM",
        ),
        (
            {
                "EMAIL_URL": "smtp+tls://u:p@mail.example.vn:587",
                "SITE_URL": "https://chuyencan.example.vn",
                "EMAIL_FROM": "chuyencan@example.vn",
            },
            None,
        ),
    ],
)
def test_half_a_mail_setting_stops_the_start_and_is_named(environment, named):
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from lai_chau_edu.settings import *; print(EMAIL_HOST, EMAIL_PORT)",
        ],
        env={**os.environ, "SECRET_KEY": "only-for-the-test-suite-" + "x" * 32, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if named is None:
        assert done.stdout == "mail.example.vn 587\n"
    else:
        assert f"ImproperlyConfigured: {named} must" in done.stderr


def test_files_that_others_may_read_are_told_with_the_cure(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"
    settings.FILES_DIR.mkdir()
    settings.FILES_DIR.chmod(0o755)
    found = installation.files_folder()
    assert (found.status, "chmod -R go=" in found.mend) == (WATCH, True)
    settings.FILES_DIR.chmod(0o700)
    assert "chmod" not in installation.files_folder().mend


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("Connection refused\n\tIs the server running on that host", "systemctl start postgresql"),
        ("FATAL:  the database system is starting up", "look again in a minute"),
        ("FATAL:  the database system is shutting down", "look again in a minute"),
        ("FATAL:  the database system is in recovery mode", "look again in a minute"),
        ("FATAL:  the database system is not yet accepting connections", "look again in a minute"),
        ("FATAL:  sorry, too many clients already", "max_connections"),
        ("FATAL:  remaining connection slots are reserved", "max_connections"),
        ("FATAL:  could not write init file: No space left on device", "Make room"),
        ('FATAL:  password authentication failed for user "lai_chau"', "Correct user, password"),
        ('FATAL:  database "lai_chau" does not exist', "Correct user, password"),
    ],
)
def test_what_postgresql_says_has_its_own_cure(monkeypatch, said, cure):
    monkeypatch.setattr(database, "connection", SimpleNamespace(vendor="postgresql"))
    monkeypatch.setattr(database, "origin_of", lambda connection: "PostgreSQL lai_chau")
    with translation.override("en"):
        found = database._unreachable(OperationalError(f"connection to server failed: {said}"))
    assert (found.status, cure in found.mend) == (BROKEN, True), found.mend
