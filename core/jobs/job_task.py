"""The class of all our tasks: counts each run before it begins, and gives up a job that keeps
failing, also one that dies with its process before it can say anything.

Celery's own hooks are used, which run alike in a worker and in the web process. Notes are
written beside the job, outside its transaction; a note that cannot be written is logged and
the job goes on.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from billiard.einfo import ExceptionInfo
from celery import Task, current_app
from celery.exceptions import Ignore
from django.db import connection, transaction

from core import schema
from core.types import Arguments

from . import records

logger = logging.getLogger(__name__)

# A job that runs many times in a minute is noted once in so many seconds by each process.
NOTED_EVERY = 15.0
# While tables and program differ a job of the broker waits for so many seconds at a time.
PUT_OFF = 15
Given = ParamSpec("Given")
Answer = TypeVar("Answer")


class SurvivingTask(Task):
    """A task whose runs are recorded in `JobRecord` and `FailedJob`.

    `frequent = True` (an option of `shared_task`) thins out the notes of its successes. The
    header `once_a: day`, set by the timetable, lets only the first of a day run.
    """

    abstract = True
    frequent = False

    @staticmethod
    def lost(*, given_up: bool, **kwargs: Any) -> None:
        """What follows when a run died with its process; an option of `shared_task`.

        Args:
            given_up: the job is left to the operator now.
            kwargs: the arguments of the job.
        """

    def __init__(self) -> None:
        self._noted_at = -NOTED_EVERY
        self._noting = threading.Lock()

    def before_start(self, task_id: str, args: tuple[Any, ...], kwargs: Arguments) -> None:
        """Celery's hook. Raises Ignore or Retry for a job that should not run now."""
        if schema.watch.difference():
            self._put_off()
        redelivered = (self.request.delivery_info or {}).get("redelivered")
        if redelivered and _note(records.end_attempt, task_id):
            count_loss(self.name, kwargs, runs_again=True)
        # A run that was lost may go on with the day it had claimed.
        daily = self.header("once_a") == "day" and not redelivered
        if daily and _note(records.claim_day, self.name) is False:
            raise Ignore
        failure = _note(records.open_failure, self.name, kwargs)
        if failure and records.is_resting(failure):
            logger.warning("task %s %s rests after %s tries", self.name, kwargs, failure.tries)
            raise Ignore
        _note(records.begin_attempt, task_id, self.name, kwargs, seconds=self.seconds_allowed)
        if not self.frequent:
            _note(records.note_start, self.name)
        # Of this run alone: threads share the task, never its request.
        self.request.update(began=time.monotonic(), failed_before=failure is not None)

    @property
    def seconds_allowed(self) -> float:
        """After how many seconds a run is killed."""
        return self.time_limit or self.app.conf.task_time_limit

    def on_success(
        self, retval: object, task_id: str, args: tuple[Any, ...], kwargs: Arguments
    ) -> None:
        """Celery's hook."""
        _note(records.end_attempt, task_id)
        if not self.frequent or self._is_time_to_note():
            seconds = time.monotonic() - self.request.get("began")
            _note(records.note_success, self.name, seconds=seconds, answer=retval)
        if self.request.get("failed_before"):
            _note(records.settle, self.name, kwargs)

    def on_failure(
        self,
        exc: Exception,
        task_id: str,
        args: tuple[Any, ...],
        kwargs: Arguments,
        einfo: ExceptionInfo,
    ) -> None:
        """Celery's hook."""
        _note(records.end_attempt, task_id)
        if schema.watch.look():
            logger.warning(
                "task %s broke on tables of another version; a sweep asks again", self.name
            )
            return
        _note(records.note_failure, self.name, kwargs, exc)

    def _put_off(self) -> None:
        """Not now, and no try is counted. In this process a sweep asks again."""
        logger.info("task %s waits: tables and program differ", self.name)
        if self.request.is_eager:
            raise Ignore
        self.retry(countdown=PUT_OFF, max_retries=None)

    def header(self, name: str) -> str | None:
        """What came along with the job under a name, None when nothing did."""
        # A worker spreads the headers of a message over the request; a call in this process
        # keeps them together.
        return (self.request.headers or {}).get(name) or self.request.get(name)

    def _is_time_to_note(self) -> bool:
        now = time.monotonic()
        with self._noting:
            if now - self._noted_at < NOTED_EVERY:
                return False
            self._noted_at = now
            return True


def count_loss(name: str, kwargs: Arguments, *, runs_again: bool = False) -> None:
    """A run died with its process: count it, and let the task tidy up after it."""
    given_up = bool(_note(records.note_loss, name, kwargs, runs_again=runs_again))
    logger.error("task %s %s died with its process%s", name, kwargs, ": it is given up" * given_up)
    task = current_app.tasks.get(name)
    if isinstance(task, SurvivingTask):
        _note(task.lost, given_up=given_up, **kwargs)


def _note(
    service: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs
) -> Answer | None:
    """What a service of the records answers; None when it fails, for whatever reason."""
    try:
        if connection.in_atomic_block:
            with transaction.atomic():
                return service(*args, **kwargs)
        return service(*args, **kwargs)
    except Exception:
        logger.exception("%s could not be written", service.__name__)
        return None
