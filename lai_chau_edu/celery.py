"""The Celery application and its one timetable.

The embedded installation has no broker: `lai_chau_edu.embedded` reads the same
timetable and runs the same tasks inside the web process.
"""

import atexit
import contextlib
import logging.config
import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import (
    after_task_publish,
    beat_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
)

from core import log_context

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lai_chau_edu.settings")

# Two timetables by mistake, or a clock set back: the first of a day does it. What comes every
# few minutes may come twice, it finds nothing left to do.
ONCE_A_DAY = {"headers": {"once_a": "day"}}

BEAT_SCHEDULE = {
    # Also the pulse: no run of it for minutes means that timetable or workers stand still.
    "tend-jobs": {"task": "schools.tend_jobs", "schedule": 60.0},
    # A job that was never enqueued (broker down, process killed) is found here.
    "rebuild-stale-months": {"task": "reports.sweep_stale_months", "schedule": 300.0},
    # Coverage of the running month moves on with the calendar, not with a save.
    "open-new-day": {
        "task": "reports.open_new_day",
        "schedule": crontab(hour=0, minute=10),
        "options": ONCE_A_DAY,
    },
    "raise-flags": {
        "task": "reports.raise_flags",
        "schedule": crontab(hour=1, minute=0),
        "options": ONCE_A_DAY,
    },
    "escalate-recommendations": {
        "task": "inspections.escalate_recommendations",
        "schedule": crontab(hour=1, minute=40),
        "options": ONCE_A_DAY,
    },
    # The hours at which registers are late are dated rules: looked at all day long.
    "remind-missing": {
        "task": "attendance.remind_missing",
        "schedule": crontab(minute="*/10", hour="6-20"),
    },
    # What could not be sent is tried again; what was written is sent without waiting for this.
    "tend-notifications": {"task": "core.tend_notifications", "schedule": 300.0},
    # Monday and the first of the month in the morning; again while some are not made, and for some
    # days after a server that stood still.
    "tend-digests": {
        "task": "core.tend_digests",
        "schedule": crontab(minute=20, hour="5-8"),
    },
    "remove-old-digests": {
        "task": "core.remove_old_digests",
        "schedule": crontab(hour=2, minute=55),
        "options": ONCE_A_DAY,
    },
    "settle-reminders": {
        "task": "attendance.settle_reminders",
        "schedule": crontab(hour=0, minute=40),
        "options": ONCE_A_DAY,
    },
    "remove-expired-uploads": {"task": "core.remove_expired_uploads", "schedule": 600.0},
    "restart-stuck-reports": {"task": "reports.restart_stuck_runs", "schedule": 600.0},
    "revive-imports": {"task": "schools.revive_imports", "schedule": 600.0},
    "tend-staff-imports": {"task": "accounts.tend_staff_imports", "schedule": 600.0},
    "tend-surveys": {"task": "mobilisation.tend_surveys", "schedule": 600.0},
    "anonymise-surveys": {
        "task": "mobilisation.anonymise_surveys",
        "schedule": crontab(hour=2, minute=50),
        "options": ONCE_A_DAY,
    },
    "compare-cases": {
        "task": "mobilisation.compare_cases",
        "schedule": crontab(hour=3, minute=20),
        "options": ONCE_A_DAY,
    },
    "revive-month-workbooks": {"task": "attendance.revive_workbooks", "schedule": 600.0},
    "remove-expired-imports": {
        "task": "schools.remove_expired_imports",
        "schedule": crontab(hour=2, minute=10),
        "options": ONCE_A_DAY,
    },
    "remove-expired-month-workbooks": {
        "task": "attendance.remove_expired_workbooks",
        "schedule": crontab(hour=2, minute=15),
        "options": ONCE_A_DAY,
    },
    "remove-expired-files": {
        "task": "reports.remove_expired_runs",
        "schedule": crontab(hour=2, minute=0),
        "options": ONCE_A_DAY,
    },
    "remove-old-job-rows": {
        "task": "schools.remove_old_job_rows",
        "schedule": crontab(hour=2, minute=20),
        "options": ONCE_A_DAY,
    },
    "remove-old-notifications": {
        "task": "core.remove_old_notifications",
        "schedule": crontab(hour=2, minute=50),
        "options": ONCE_A_DAY,
    },
    "remove-old-operations": {
        "task": "schools.remove_old_operations",
        "schedule": crontab(hour=2, minute=25),
        "options": ONCE_A_DAY,
    },
    # First passwords lie in a file for an hour at most.
    "tend-slips": {"task": "accounts.tend_slips", "schedule": 300.0},
    "remove-old-keys": {
        "task": "accounts.remove_old_keys",
        "schedule": crontab(hour=2, minute=40),
        "options": ONCE_A_DAY,
    },
    "remove-old-sign-ins": {
        "task": "accounts.remove_old_sign_ins",
        "schedule": crontab(hour=2, minute=35),
        "options": ONCE_A_DAY,
    },
    "remove-old-trail": {
        "task": "schools.remove_old_trail",
        "schedule": crontab(hour=2, minute=35),
        "options": ONCE_A_DAY,
    },
    "anonymise-pupils": {
        "task": "schools.anonymise_pupils",
        "schedule": crontab(hour=3, minute=40),
        "options": ONCE_A_DAY,
    },
    "remove-orphan-files": {
        "task": "lai_chau_edu.remove_orphan_files",
        "schedule": crontab(hour=2, minute=40),
        "options": ONCE_A_DAY,
    },
    "remove-old-letters": {
        "task": "attendance.remove_old_letters",
        "schedule": crontab(hour=2, minute=30),
        "options": ONCE_A_DAY,
    },
}

app = Celery("lai_chau_edu", task_cls="core.jobs.job_task:SurvivingTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = BEAT_SCHEDULE
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_log(**kwargs):
    """Whoever connects here keeps Celery from putting its own lines in the place of ours."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@task_prerun.connect
def begin_lines_of_job(task_id, task, **kwargs):
    """Lines of a job carry its id and that of the request which asked for it."""
    given = getattr(task, "header", lambda name: None)
    task.request.update(log_tokens=log_context.begin_job(task_id, task.name, given))


@task_postrun.connect
def end_lines_of_job(task, **kwargs):
    """In this process other lines follow."""
    log_context.end_job(task.request.get("log_tokens") or {})


@worker_init.connect
@beat_init.connect
def refuse_moved_database(**kwargs):
    """Worker and beat end at once where the database was moved away."""
    from .starting import keep_files_private, require_database

    keep_files_private()
    require_database()


@beat_init.connect
def leave_a_name(**kwargs):
    """A beat says that it is one, whenever it has sent the pulse, and when it ends in order."""
    import redis
    from django.conf import settings

    from operations.beats import forget_beat, note_beat
    from operations.diagnostics.broker import ask

    if not settings.REDIS_URL:
        return

    def tell(what):
        with contextlib.suppress(redis.RedisError):
            ask(what)

    def note(**published):
        tell(note_beat)

    after_task_publish.connect(note, sender="schools.tend_jobs", weak=False)
    atexit.register(tell, forget_beat)
