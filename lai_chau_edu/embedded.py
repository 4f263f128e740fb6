"""The timetable of beat, kept by a thread of the web process when there is no broker.

It reads Celery's own schedules and runs Celery's own tasks, so that an installation without
Redis does the same work at the same hours (see docs/adr/0006).
"""

import copy
import datetime
import json
import logging
import os
import threading

from celery.schedules import maybe_schedule
from django.db import connections
from django.utils import timezone

from core import schema

from .celery import ONCE_A_DAY

logger = logging.getLogger(__name__)

# A wait is counted without the time a computer sleeps; a short one notices the morning.
LONGEST_WAIT = 60.0  # seconds
PATIENCE_AT_STOP = 10.0  # seconds


class EmbeddedScheduler:
    """Runs each entry of a timetable when it is due, one after the other.

    The time of each last run is kept in a file: a computer that is switched off at night
    catches up in the morning, once for each entry however many times it missed. An entry
    seen for the first time waits for its next turn, as under beat.

    Args:
        app: the Celery application that knows the tasks and the time zone.
        timetable: {name: {"task": name, "schedule": seconds, timedelta or crontab,
            "args": optional, "kwargs": optional}}, the format of beat.
        memory: path of the file with the times of the last runs.
        clock: function returning an aware datetime.
        pool: where the long work of once a day is run, a `job_pool.JobPool`; without one it is
            run here.
    """

    def __init__(self, *, app, timetable, memory, clock=timezone.now, pool=None):
        self._app = app
        self._pool = pool
        self._clock = clock
        self._memory = memory
        self._entries = {name: (self._schedule(entry), entry) for name, entry in timetable.items()}
        self._last_runs = self._recall()
        self._stopping = threading.Event()
        self._thread = None

    def start(self):
        """Begin to keep the timetable in a thread of its own."""
        self._app.loader.import_default_modules()
        self._thread = threading.Thread(target=self._keep, name="timetable", daemon=True)
        self._thread.start()

    def stop(self):
        """Start no further task, and give the running one `PATIENCE_AT_STOP` to end.

        A task that takes longer is cut off with the process: its transaction is undone, and
        it is safe to run again.
        """
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(PATIENCE_AT_STOP)

    def run_due(self):
        """Run every entry that is due now; returns the seconds until the next look."""
        if schema.watch.difference():
            return LONGEST_WAIT
        waits = [LONGEST_WAIT]
        for name, (schedule, entry) in self._entries.items():
            if self._stopping.is_set():
                break
            is_due, wait = schedule.is_due(self._last_runs[name])
            if is_due:
                # Noted first: a task that kills the process must not do so at every start.
                self._last_runs[name] = self._clock()
                self._remember()
                self._run(entry)
            waits.append(wait)
        return max(0.0, min(waits))

    def _keep(self):
        while not self._stopping.is_set():
            self._stopping.wait(self.run_due())

    def _run(self, entry):
        headers = entry.get("options", {}).get("headers")
        try:
            if self._pool and headers == ONCE_A_DAY["headers"]:
                self._pool.submit(entry["task"], entry.get("kwargs", {}), headers)
                return
            outcome = self._app.tasks[entry["task"]].apply(
                args=entry.get("args", ()),
                kwargs=entry.get("kwargs", {}),
                headers=headers,
            )
            if outcome.failed():
                logger.error("task %s failed: %s", entry["task"], outcome.traceback)
        except Exception:
            # One faulty entry must not end the timetable of the others.
            logger.exception("task %s could not be run", entry["task"])
        finally:
            # A connection that broke under this task must not fail the next one.
            connections.close_all()

    def _schedule(self, entry):
        schedule = copy.copy(maybe_schedule(entry["schedule"]))
        schedule.app = self._app
        schedule.nowfun = self._clock
        return schedule

    def _recall(self):
        now = self._clock()
        try:
            noted = json.loads(self._memory.read_text(encoding="utf-8"))
            # A clock that once ran ahead must not silence the timetable until then.
            return {
                name: min(datetime.datetime.fromisoformat(noted.get(name, now.isoformat())), now)
                for name in self._entries
            }
        except FileNotFoundError:
            pass
        except (ValueError, AttributeError, TypeError):
            logger.warning("%s is not readable; the timetable starts anew", self._memory)
        return dict.fromkeys(self._entries, now)

    def _remember(self):
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self._memory.with_suffix(".new")
        noted = {name: moment.isoformat() for name, moment in self._last_runs.items()}
        unfinished.write_text(json.dumps(noted, indent=1), encoding="utf-8")
        os.replace(unfinished, self._memory)
