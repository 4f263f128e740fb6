"""A real web server over the books, and people who are signed in to it.

gunicorn, as a province runs it; SQLite is served by `manage.py serve`, as one computer runs
it. The people are made for the measurement and taken away again with all they sent.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module

import redis
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleGrant, User
from attendance.calendar.selectors.due_sessions import due_sessions
from attendance.models import Absence, Register, RegisterRevision
from lai_chau_edu.demo import staff
from schools.areas.selectors.tree import AreaTree
from schools.models import Enrolment, School, SchoolClass

PREFIX = "bench-"
BROKER = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/7")
CSRF = "b" * 32
WORKER = [
    *(sys.executable, "-m", "celery", "-A", "lai_chau_edu", "worker", "-O", "fair"),
    *("--concurrency", "1", "--loglevel", "error", "--without-mingle", "--without-gossip"),
]


@contextmanager
def serving(*, workers=2, threads=4, with_worker=False):
    """The address of a server over DATABASE_URL, ended afterwards.

    On PostgreSQL jobs go to the broker at BENCH_REDIS_URL, whose database is emptied; a Celery
    worker takes them `with_worker`.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if connection.vendor == "postgresql":
        command = [
            *(sys.executable, "-m", "gunicorn", "lai_chau_edu.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--workers", str(workers), "--worker-class", "gthread", "--threads", str(threads)),
            *("--log-level", "error", "--keep-alive", "75"),
        ]
    else:
        command = [
            *(sys.executable, "manage.py", "serve", "--port", str(port)),
            *("--threads", str(workers * threads)),
        ]
    environ = {**os.environ, "ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "false", "LOG_LEVEL": "ERROR"}
    if connection.vendor == "postgresql":
        environ["REDIS_URL"] = BROKER
    with ExitStack() as running:
        running.enter_context(_process(command, environ))
        if with_worker and connection.vendor == "postgresql":
            running.enter_context(_process(WORKER, environ))
        _wait_for(f"http://127.0.0.1:{port}/health/ready/")
        yield f"http://127.0.0.1:{port}"
    if connection.vendor == "postgresql":
        redis.Redis.from_url(BROKER).flushdb()


@contextmanager
def _process(command, environ):
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_for(url):
    for _attempt in range(150):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer")


@dataclass(frozen=True)
class Page:
    """A register that can be sent: its address, the roll, and the cookies of who may."""

    url: str
    roll: list
    cookies: dict


@contextmanager
def pages_to_send(count, date):
    """(`count` `Page`s of sessions of `date`, cookies of a province officer).

    One sender for each school. Whatever was sent is taken away afterwards.
    """
    _clean(date)
    running = SchoolClass.objects.running_on(date).select_related("year")
    classes = list(running.order_by("name", "pk"))
    due = due_sessions(classes, date, date.fromordinal(date.toordinal() + 1))
    # Mornings first; a province has fewer classes than the morning asked for has registers.
    sessions = [(session, each) for each in classes for _date, session in due[each.pk]]
    sessions.sort(key=lambda pair: pair[0])
    chosen = [(each, session) for session, each in sessions[:count]]
    try:
        cookies = _senders({each.school_id for each, _session in chosen}, date)
        officer = User.objects.get(username=staff.SIGN_INS["province_officer"])
        rolls = _rolls([each.pk for each, _session in chosen], date)
        yield (
            [
                Page(
                    f"/attendance/{each.pk}/{date}/{session}/",
                    rolls.get(each.pk, []),
                    cookies[each.school_id],
                )
                for each, session in chosen
            ],
            cookies_of(officer),
        )
    finally:
        _clean(date)


def due_date():
    """The last day on which most classes have school and the correction window is open."""
    some = list(SchoolClass.objects.running_on(timezone.localdate()).select_related("year")[:400])
    day = timezone.localdate()
    for _back in range(14):
        due = due_sessions(some, day, day.fromordinal(day.toordinal() + 1))
        if sum(map(bool, due.values())) > len(some) * 0.9:
            return day
        day = day.fromordinal(day.toordinal() - 1)
    raise RuntimeError("there is no school in these two weeks: measure in term")


def stored(date):
    """Registers and revisions of the day in the database."""
    return (
        Register.objects.filter(date=date).count(),
        RegisterRevision.objects.filter(register__date=date).count(),
    )


def _rolls(class_ids, date):
    rolls = {}
    for class_id, pupil_id in (
        Enrolment.objects.on(date)
        .filter(school_class_id__in=class_ids)
        .order_by()
        .values_list("school_class_id", "pupil_id")
    ):
        rolls.setdefault(class_id, []).append(pupil_id)
    return rolls


def _senders(school_ids, date):
    schools = School.objects.filter(pk__in=school_ids).order_by("pk")
    users = User.objects.bulk_create(
        User(username=f"{PREFIX}{school.pk}", full_name="Đo tải", password="!")
        for school in schools
    )
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role="school_head", school=school, valid_from=date)
        for user, school in zip(users, schools, strict=True)
    )
    return {school.pk: cookies_of(user) for user, school in zip(users, schools, strict=True)}


def cookies_of(user):
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"session": session.session_key, "csrf": CSRF}


def _clean(date):
    """Take away the day's registers, those of the books too: every class is to be sent."""
    RegisterRevision.objects.filter(register__date=date).delete()
    Absence.objects.filter(register__date=date).delete()
    Register.objects.filter(date=date).delete()
    # Of the measurement alone: a grant of a person is never deleted.
    grants = RoleGrant.objects.filter(user__username__startswith=PREFIX)
    grants._raw_delete(grants.db)
    User.objects.filter(username__startswith=PREFIX).delete()


def province_url():
    """Address of the dashboard of the first province."""
    tree = AreaTree.on(timezone.localdate())
    province = next(area for area in tree.provinces if "." not in area.code)
    return reverse("reports:area", args=[province.pk])


def any_pupil():
    """Id of a pupil, for a row that needs one."""
    return Enrolment.objects.order_by("pk").values_list("pupil_id", flat=True).first()


def forget_before(date):
    """Take away the registers of a floor that wrote them on days before any school."""
    old = f"SELECT id FROM attendance_register WHERE date <= '{date}'"
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM attendance_registerrevision WHERE register_id IN ({old})")
        cursor.execute(f"DELETE FROM attendance_absence WHERE register_id IN ({old})")
        cursor.execute(f"DELETE FROM attendance_register WHERE date <= '{date}'")
        cursor.execute(f"DELETE FROM reports_stalemonth WHERE month <= '{date}'")
