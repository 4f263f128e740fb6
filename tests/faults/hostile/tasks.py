"""Hostile jobs, and a timetable that comes for them every second."""

import datetime
import os
import signal
import unicodedata

from celery import shared_task

from core.jobs import records
from lai_chau_edu.celery import BEAT_SCHEDULE

BEAT_SCHEDULE["tend-jobs"]["schedule"] = 1.0
records.MARGIN = datetime.timedelta(seconds=1)
records.PAUSES = (datetime.timedelta(seconds=1), datetime.timedelta(seconds=1))


@shared_task(name="hostile.freeze", time_limit=3, soft_time_limit=3)
def freeze():
    """Hold the interpreter in one call that never returns."""
    unicodedata.normalize("NFC", "a" + "\u0301\u0327" * 5_000_000)


@shared_task(name="hostile.stay_frozen")
def stay_frozen():
    """As `freeze`, for longer than a test takes."""
    freeze.run()


@shared_task(name="hostile.spin", time_limit=3, soft_time_limit=3)
def spin():
    """Run for ever."""
    while True:
        pass


@shared_task(name="hostile.die")
def die():
    """End the process without a word."""
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="hostile.eat")
def eat():
    """Ask for more memory than a job may have."""
    return {"bytes": len(bytearray(8 * 1024**3))}


@shared_task(name="hostile.work")
def work():
    """What an honest job does."""
    return {"pid": os.getpid()}
