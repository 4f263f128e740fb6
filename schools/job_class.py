"""The class of all our tasks: notes each run, and gives up a job that keeps failing.

Celery's own hooks are used, which run alike in a worker and in the web process. Notes are
written beside the job, outside its transaction; a note that cannot be written is logged and
the job goes on.
"""

import logging
import threading
import time

from celery import Task
from celery.exceptions import Ignore
from django.db import connection, transaction

from core import schema

from .services import jobs

logger = logging.getLogger(__name__)

# A job that runs many times in a minute is noted once in so many seconds by each process.
NOTED_EVERY = 15.0
# While tables and program differ a job of the broker waits for so many seconds at a time.
PUT_OFF = 15


class SurvivingTask(Task):
    """A task whose runs are recorded in `schools.models.JobRecord` and `FailedJob`.

    `frequent = True` (an option of `shared_task`) thins out the notes of its successes. The
    header `once_a: day`, set by the timetable, lets only the first of a day run.
    """

    abstract = True
    frequent = False

    def __init__(self):
        self._noted_at = -NOTED_EVERY
        self._noting = threading.Lock()

    def before_start(self, task_id, args, kwargs):
        """Celery's hook. Raises Ignore or Retry for a job that should not run now."""
        if schema.watch.difference():
            self._put_off()
        redelivered = (self.request.delivery_info or {}).get("redelivered")
        if redelivered and _note(jobs.note_loss, self.name, kwargs) is False:
            logger.error("task %s %s is given up: the worker dies of it", self.name, kwargs)
            raise Ignore
        # A run that was lost may go on with the day it had claimed.
        daily = self._header("once_a") == "day" and not redelivered
        if daily and _note(jobs.claim_day, self.name) is False:
            raise Ignore
        failure = _note(jobs.open_failure, self.name, kwargs)
        if failure and jobs.is_resting(failure) and not redelivered:
            logger.warning("task %s %s rests after %s tries", self.name, kwargs, failure.tries)
            raise Ignore
        if not self.frequent:
            _note(jobs.note_start, self.name)
        # Of this run alone: threads share the task, never its request.
        self.request.update(began=time.monotonic(), failed_before=failure is not None)

    def on_success(self, retval, task_id, args, kwargs):
        """Celery's hook."""
        if not self.frequent or self._is_time_to_note():
            seconds = time.monotonic() - self.request.began
            _note(jobs.note_success, self.name, seconds=seconds, answer=retval)
        if self.request.failed_before:
            _note(jobs.settle, self.name, kwargs)

    def on_failure(self, exc, task_id, args, kwargs, einfo):
        """Celery's hook."""
        if schema.watch.look():
            logger.warning(
                "task %s broke on tables of another version; a sweep asks again", self.name
            )
            return
        _note(jobs.note_failure, self.name, kwargs, exc)

    def _put_off(self):
        """Not now, and no try is counted. In this process a sweep asks again."""
        logger.info("task %s waits: tables and program differ", self.name)
        if self.request.is_eager:
            raise Ignore
        self.retry(countdown=PUT_OFF, max_retries=None)

    def _header(self, name):
        # A worker spreads the headers of a message over the request; a call in this process
        # keeps them together.
        return (self.request.headers or {}).get(name) or self.request.get(name)

    def _is_time_to_note(self):
        now = time.monotonic()
        with self._noting:
            if now - self._noted_at < NOTED_EVERY:
                return False
            self._noted_at = now
            return True


def _note(service, *args, **kwargs):
    """What a service of the records answers; None when it fails, for whatever reason."""
    try:
        if connection.in_atomic_block:
            with transaction.atomic():
                return service(*args, **kwargs)
        return service(*args, **kwargs)
    except Exception:
        logger.exception("%s could not be written", service.__name__)
        return None
