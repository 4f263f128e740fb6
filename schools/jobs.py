"""How work is put off until after the commit, with or without a broker.

`settings.JOBS_MODE`: "celery" sends the task to the broker; "embedded" runs it in this
process (a slow one in a thread); "inline" runs it at once, for tests. A task that could not
be sent is logged, never raised: each kind of work leaves a row (a stale month, an import, a
report run) by which a sweep finds it again.
"""

import logging
import threading

from django.conf import settings
from django.db import connection, transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(task, *, slow=False, **kwargs):
    """Run a Celery task with keyword arguments once the current transaction has committed.

    Args:
        task: a Celery task.
        slow: whether it may take longer than a page should wait.
        kwargs: JSON-able keyword arguments of the task.
    """
    transaction.on_commit(lambda: _start(task, slow, kwargs), robust=True)


def _start(task, slow, kwargs):
    mode = settings.JOBS_MODE
    if mode == "celery":
        try:
            task.apply_async(kwargs=kwargs)
        except (OperationalError, OSError) as error:
            logger.warning("task %s waits for the sweep: %s", task.name, error)
    elif mode == "embedded" and slow:
        threading.Thread(target=_run_in_thread, args=(task, kwargs), name=task.name).start()
    else:
        _run(task, kwargs)


def _run_in_thread(task, kwargs):
    try:
        _run(task, kwargs)
    finally:
        connection.close()


def _run(task, kwargs):
    outcome = task.apply(kwargs=kwargs)
    if outcome.failed():
        logger.error("task %s failed: %s", task.name, outcome.traceback)
