"""How work is put off until after the commit, with or without a broker.

`settings.JOBS_MODE`: "celery" sends the task to the broker; "embedded" runs it in this
process, a slow one in a process of the embedded server's `pool` (elsewhere, in a command, in a
thread); "inline" runs it at once, for tests. A task that could not
be sent is logged, never raised: each kind of work leaves a row (a stale month, an import, a
report run) by which a sweep finds it again.
"""

import contextvars
import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from celery import Task
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import KombuError
from redis import RedisError

from core import log_context
from core.types import Arguments

logger = logging.getLogger(__name__)

UNREACHABLE = (KombuError, RedisError, OSError)


class CircuitBreaker:
    """Remembers that the broker did not answer, so that only one request in a while waits.

    After a failure it stays open for `seconds`; then the first who asks may try again, while
    the others still go on without waiting.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open_until: float | None = None

    def may_try(self, seconds: float) -> bool:
        """Whether to try the broker now; the caller reports how that went."""
        with self._lock:
            if self._open_until is None:
                return True
            if self._clock() < self._open_until:
                return False
            self._open_until = self._clock() + seconds
            return True

    def failed(self, seconds: float) -> None:
        """The broker did not answer: leave it alone for so long."""
        with self._lock:
            self._open_until = self._clock() + seconds

    def worked(self) -> None:
        """The broker answered."""
        with self._lock:
            self._open_until = None


broker = CircuitBreaker()


class Pool(Protocol):
    """Processes that run slow jobs."""

    def submit(self, name: str, kwargs: Arguments, headers: dict[str, str | int]) -> object: ...


# Set by the embedded server, which stands above us.
pool: Pool | None = None


class _Transaction:
    """The jobs of one transaction: equal ones are started once."""

    def __init__(self) -> None:
        self.started: set[tuple[str, str]] = set()


class _Start:
    """A callback of the commit: starts one job."""

    def __init__(self, task: Task, slow: bool, kwargs: Arguments, within: _Transaction) -> None:
        self.task, self.slow, self.kwargs, self.within = task, slow, kwargs, within
        # By this name Django logs a callback that fails.
        self.__qualname__ = f"start of {task.name}"

    def __call__(self) -> None:
        job = (self.task.name, json.dumps(self.kwargs, sort_keys=True))
        if job not in self.within.started:
            self.within.started.add(job)
            _start(self.task, self.slow, self.kwargs)


def enqueue(task: Task, *, slow: bool = False, **kwargs: Any) -> None:
    """Run a Celery task with keyword arguments once the current transaction has committed.

    The same task with the same arguments is started once per transaction, however often it
    was asked for.

    Args:
        task: a Celery task.
        slow: whether it may take longer than a page should wait.
        kwargs: JSON-able keyword arguments of the task.
    """
    transaction.on_commit(_Start(task, slow, kwargs, _current_transaction()), robust=True)


def _current_transaction() -> _Transaction:
    # Callbacks of a savepoint that is rolled back never run. So what counts as a repetition
    # is known only at the commit, where those that are left share this object.
    for _savepoints, callback, _robust in reversed(  # type: ignore[misc]  # stub: of two
        connection.run_on_commit
    ):
        if isinstance(callback, _Start):
            return _Transaction() if callback.within.started else callback.within
    return _Transaction()


def _start(task: Task, slow: bool, kwargs: Arguments) -> None:
    mode = settings.JOBS_MODE
    if mode == "celery":
        _publish(task, kwargs)
    elif mode == "embedded" and slow:
        if pool is not None:
            pool.submit(task.name, kwargs, log_context.carried())
        else:
            within = contextvars.copy_context()
            thread = threading.Thread(
                target=within.run, args=(_run_in_thread, task, kwargs), name=task.name
            )
            thread.start()
    else:
        run(task, kwargs)


def _publish(task: Task, kwargs: Arguments) -> None:
    pause = settings.BROKER_PAUSE
    if not broker.may_try(pause):
        logger.debug("task %s waits for the sweep: the broker was silent", task.name)
        return
    headers = {"sent_at": timezone.now().isoformat(), **log_context.carried()}
    try:
        task.apply_async(kwargs=kwargs, headers=headers)  # type: ignore[arg-type]  # stub: only texts
    except UNREACHABLE as error:
        broker.failed(pause)
        logger.warning(
            "task %s waits for the sweep, the broker is left alone for %s s: %s",
            task.name,
            pause,
            error,
        )
    else:
        broker.worked()


def _run_in_thread(task: Task, kwargs: Arguments) -> None:
    try:
        run(task, kwargs)
    finally:
        connection.close()


def run(task: Task, kwargs: Arguments, **options: Any) -> None:
    """Run a task here and now; a failure is logged, not raised. `options`: as of `apply`."""
    outcome = task.apply(kwargs=kwargs, **options)
    if outcome.failed():
        logger.error("task %s failed: %s", task.name, outcome.traceback)
