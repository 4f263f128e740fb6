"""Long jobs of the embedded server, each in a process that may freeze or die without it.

The server answers pages with threads of one interpreter: a job that holds the interpreter, or
takes all memory, would take the pages with it (see docs/adr/0020). A process is started when
there is work, kept while more comes, and ended after `IDLE_SECONDS`. `lai_chau_edu.job_worker`
is what runs inside it.
"""

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import threading
import uuid

from django.conf import settings
from django.db import connections

from core.jobs import job_task, records

logger = logging.getLogger(__name__)

# Two, so that one heavy file does not hold up everybody else's work.
MOST_PROCESSES = 2
IDLE_SECONDS = 60.0
# A process ends itself at the time limit of its job; after so many more it is killed.
GRACE_SECONDS = 5.0
# At a stop, for jobs that are about to end.
PATIENCE_AT_STOP = 5.0
COMMAND = (sys.executable, "-m", "lai_chau_edu.job_worker")


class JobPool:
    """Runs tasks in processes of their own, at most `MOST_PROCESSES` at the same time.

    A process that dies over a task, or is killed at its time limit, costs the task one attempt
    (`core.jobs.job_task.count_loss`); the next task gets a new process.

    Args:
        app: the Celery application that knows the tasks.
        command: program and arguments of the process.
    """

    def __init__(self, *, app, command=COMMAND):
        self._app = app
        self._command = command
        self._waiting = queue.Queue()
        self._lock = threading.Lock()
        # Keys of the jobs that wait: an equal one is not put in line twice.
        self._keys = set()
        self._slots = set()
        self._idle = 0
        self._stopping = threading.Event()

    def submit(self, name, kwargs, headers=None):
        """Run a task soon, unless an equal one waits already."""
        key = (name, json.dumps(kwargs, sort_keys=True))
        with self._lock:
            if key in self._keys or self._stopping.is_set():
                return
            self._keys.add(key)
            self._waiting.put((key, name, kwargs, headers))
            if self._waiting.qsize() > self._idle and len(self._slots) < MOST_PROCESSES:
                slot = _Slot(self, self._app, self._command)
                self._slots.add(slot)
                slot.start()

    def stop(self):
        """Start no further job, give those that run `PATIENCE_AT_STOP`, then end them.

        What is cut off is undone by the database, is safe to run again, and is no attempt that
        failed: the sweeps of the next start find it.
        """
        with self._lock:
            self._stopping.set()
            slots = list(self._slots)
            for _slot in slots:
                self._waiting.put(None)
        for slot in slots:
            slot.join(PATIENCE_AT_STOP)
        for slot in slots:
            slot.kill()
        for slot in slots:
            slot.join(PATIENCE_AT_STOP)

    def next_job(self, slot):
        """(name, kwargs, headers) for a slot; None when it should end."""
        with self._lock:
            self._idle += 1
        try:
            found = self._waiting.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            found = None
        with self._lock:
            self._idle -= 1
            if found is None and not self._stopping.is_set():
                # Put in line between the end of the wait and this line.
                with contextlib.suppress(queue.Empty):
                    found = self._waiting.get_nowait()
            if found is None or self._stopping.is_set():
                self._slots.discard(slot)
                return None
            key, *job = found
            self._keys.discard(key)
            return job

    @property
    def is_stopping(self):
        """Whether jobs are cut off because the server stops."""
        return self._stopping.is_set()


class _Slot(threading.Thread):
    """A thread that speaks with one process at a time. On Linux the process ends with it."""

    def __init__(self, pool, app, command):
        super().__init__(name="job-process", daemon=True)
        self._pool, self._app, self._command = pool, app, command
        self._process = None

    def run(self):
        try:
            while job := self._pool.next_job(self):
                self._run_job(*job)
        finally:
            self._end_process()

    def kill(self):
        """End the process at once."""
        process = self._process
        if process is not None:
            process.kill()

    def _run_job(self, name, kwargs, headers):
        task = self._app.tasks[name]
        attempt_id, limit = str(uuid.uuid4()), task.seconds_allowed
        order = {"id": attempt_id, "task": name, "kwargs": kwargs, "headers": headers}
        ended = False
        try:
            process = self._open_process()
            alarm = threading.Timer(limit + GRACE_SECONDS, process.kill)
            alarm.daemon = True
            alarm.start()
            try:
                ended = self._ask(process, order | {"seconds": limit})
            finally:
                alarm.cancel()
        except Exception:
            # Whatever it is, the pool goes on: with a new process.
            logger.exception("the process of task %s is gone", name)
        if not ended:
            self._end_process()
            self._count_loss(attempt_id, name, kwargs)

    def _ask(self, process, order):
        """Whether the process says that the job has ended, before it ends itself."""
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            said = json.loads(line)
            if "submit" in said:
                self._pool.submit(said["submit"], said["kwargs"], said["headers"])
            elif said.get("ended") == order["id"]:
                return True
        return False

    def _count_loss(self, attempt_id, name, kwargs):
        try:
            records.end_attempt(attempt_id)
            if not self._pool.is_stopping:
                job_task.count_loss(name, kwargs)
        except Exception:
            # The attempt stays written down and counts when its deadline has passed.
            logger.exception("the loss of task %s could not be written", name)
        finally:
            connections.close_all()

    def _open_process(self):
        if self._process is None or self._process.poll() is not None:
            self._end_process()
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                cwd=settings.BASE_DIR,
                env=os.environ | {"LAI_CHAU_PARENT": str(os.getpid())},
            )
        return self._process

    def _end_process(self):
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.stdout.close()
        process.wait()
