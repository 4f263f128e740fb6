"""Answers for a load balancer or an operator's alarm; no data, no sign-in.

Each has its own short time limit: a database or broker that is silent rather than gone must
not hold up the alarm that should tell of it.
"""

import threading
from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse

from core import schema
from core.permissions import public

from .diagnostics import Status, database, work
from .diagnostics.broker import ask
from .diagnostics.findings import Check

LIMIT = 2.5  # seconds


class Probe:
    """Asks one question in a thread, for `LIMIT` seconds at most.

    A database driver that waits for a silent server cannot be interrupted. So the answer
    does not wait for it, and while it hangs no further thread is started after it.
    """

    def __init__(self, question: Callable[[], bool]) -> None:
        self._question = question
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def is_well(self) -> bool:
        """Whether the question was answered with yes, in time."""
        answer: list[bool] = []
        with self._lock:
            if self._thread is not None and self._thread.is_alive():
                return False
            thread = threading.Thread(target=self._ask, args=[answer], daemon=True)
            self._thread = thread
            thread.start()
            thread.join(LIMIT)
        return answer == [True]

    def _ask(self, answer: list[bool]) -> None:
        try:
            answer.append(self._question())
        finally:
            connection.close()


def _status(look: Check) -> Status | None:
    found = look()
    return found.status if found is not None else None


database_probe = Probe(lambda: _status(database.reachable) == Status.WELL)
pulse_probe = Probe(lambda: _status(work.pulse) == Status.WELL)
# A young installation, or one computer without a nightly timer, is not nagged.
backup_probe = Probe(lambda: _status(work.backup) != Status.BROKEN)


@public("a load balancer has no account")
def live(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return _answer(True, "")


@public("a load balancer has no account")
def ready(request: HttpRequest) -> JsonResponse:
    """The process can reach its database, and its tables are those of this program."""
    if not database_probe.is_well():
        return _answer(False, "no database")
    return _answer(not schema.watch.difference(), "tables and program differ")


@public("an alarm has no account")
def broker(request: HttpRequest) -> JsonResponse:
    """Redis answers; 503 when it does not. Without a broker there is nothing to miss."""
    if not settings.REDIS_URL:
        return JsonResponse({"status": "no broker is used"})
    try:
        ask(lambda client: client.ping())
    except redis.RedisError:
        return _answer(False, "no broker")
    return _answer(True, "")


@public("an alarm has no account")
def workers(request: HttpRequest) -> JsonResponse:
    """A job of the timetable ended within `work.PULSE_LIMIT`; 503 when none did, that is when
    timetable or workers stand still."""
    return _answer(pulse_probe.is_well(), "background work stands still")


@public("an alarm has no account")
def backup(request: HttpRequest) -> JsonResponse:
    """The last backup is whole, of the database in use and younger than `work.BACKUP_OLD`; 503
    when it is not."""
    return _answer(backup_probe.is_well(), "no backup of last night")


def _answer(is_well: bool, problem: str) -> JsonResponse:
    return (
        JsonResponse({"status": "ok"}) if is_well else JsonResponse({"status": problem}, status=503)
    )
