"""The background work: whether it goes on, what waits, what failed."""

import copy
import datetime
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from celery import current_app
from celery.schedules import maybe_schedule
from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.hooks import Hook
from core.models import JobRecord
from core.notifications.records import summary_since
from core.selectors.jobs import job_records, open_failures
from reports.selectors.health import waiting_work

from ..backup.last_backup import last_backup
from ..backup.migration_state import made_at
from ..backup.origins import origin_of
from . import database
from .disks import room_on
from .findings import Finding, broken, check, watch, well

# Functions that say whether the people here are invented.
demonstrations: Hook[Callable[[], bool]] = Hook("whether the people are invented")

PULSE = "schools.tend_jobs"  # every minute
PULSE_LIMIT = datetime.timedelta(minutes=5)
LATE_BY = datetime.timedelta(minutes=30)
STALE_LONG = datetime.timedelta(minutes=30)
STALE_TOO_LONG = datetime.timedelta(hours=6)
EMAILS_OF = datetime.timedelta(days=7)
BACKUP_OLD = datetime.timedelta(hours=26)  # one night and two hours
BACKUP_TOO_OLD = datetime.timedelta(days=4)
CLOCKS_DIFFER = datetime.timedelta(minutes=5)


@dataclass(frozen=True)
class Entry:
    """One entry of the timetable and how it went. `record`: `JobRecord` or None."""

    title: str
    record: JobRecord | None
    late: bool


# Read on the page; the timetable itself is named for machines.
TITLES = {
    "tend-jobs": gettext_lazy("Try failed jobs again (every minute)"),
    "rebuild-stale-months": gettext_lazy("Find figures to recount (every 5 minutes)"),
    "open-new-day": gettext_lazy("Begin the new day (0:10)"),
    "raise-flags": gettext_lazy("Raise flags (1:00)"),
    "escalate-recommendations": gettext_lazy("Tell of recommendations overdue for too long (1:40)"),
    "remind-missing": gettext_lazy("Remind of missing registers (every 10 minutes, by day)"),
    "tend-digests": gettext_lazy("Make the digests (5:20 to 8:20)"),
    "remove-old-digests": gettext_lazy("Remove old digests (2:55)"),
    "remove-expired-uploads": gettext_lazy("Remove uploads not confirmed (every 10 minutes)"),
    "settle-reminders": gettext_lazy("Note how reminders ended (0:40)"),
    "restart-stuck-reports": gettext_lazy("Start reports again (every 10 minutes)"),
    "revive-imports": gettext_lazy("Start imports again (every 10 minutes)"),
    "tend-staff-imports": gettext_lazy("Start staff imports again (every 10 minutes)"),
    "tend-surveys": gettext_lazy("Start imports of surveys again (every 10 minutes)"),
    "revive-month-workbooks": gettext_lazy("Read month workbooks again (every 10 minutes)"),
    "remove-expired-imports": gettext_lazy("Remove old workbooks (2:10)"),
    "remove-expired-month-workbooks": gettext_lazy("Remove old month workbooks (2:15)"),
    "remove-expired-files": gettext_lazy("Remove old reports (2:00)"),
    "remove-old-job-rows": gettext_lazy("Remove old notes on jobs (2:20)"),
    "tend-notifications": gettext_lazy("Send e-mails again (every 5 minutes)"),
    "remove-old-notifications": gettext_lazy("Forget who was notified long ago (2:50)"),
    "remove-old-operations": gettext_lazy("Forget forms sent long ago (2:25)"),
    "remove-old-trail": gettext_lazy("Forget who saw names long ago (2:35)"),
    "anonymise-pupils": gettext_lazy("Make old records of pupils anonymous, or count them (3:40)"),
    "anonymise-surveys": gettext_lazy("Make old surveys anonymous (2:50)"),
    "compare-cases": gettext_lazy("Compare children followed with similar ones (3:20)"),
    "remove-old-sign-ins": gettext_lazy("Forget old sign-ins and ended sessions (2:35)"),
    "remove-orphan-files": gettext_lazy("Remove files that belong to nothing (2:40)"),
    "remove-old-letters": gettext_lazy("Remove old letters of leave (2:30)"),
    "tend-slips": gettext_lazy("Delete slips of first passwords (every 5 minutes)"),
    "remove-old-keys": gettext_lazy("Remove access keys that ended long ago (2:35)"),
}


def timetable_entries(now: datetime.datetime | None = None) -> list[Entry]:
    """Every entry of the timetable as an `Entry`; one query."""
    now = now or timezone.now()
    records = job_records()
    return [
        Entry(
            title=str(TITLES.get(name, name)),
            record=records.get(entry["task"]),
            late=_is_late(entry["schedule"], records.get(entry["task"]), now),
        )
        for name, entry in current_app.conf.beat_schedule.items()
    ]


def _is_late(schedule: Any, record: JobRecord | None, now: datetime.datetime) -> bool:
    """Whether a run was due `LATE_BY` ago and has not begun. What never ran is not late: the
    pulse tells whether anything runs."""
    if record is None or record.started_at is None:
        return False
    then = now - LATE_BY
    schedule = copy.copy(maybe_schedule(schedule))
    schedule.app, schedule.nowfun = current_app, lambda: then
    return record.started_at < then and schedule.is_due(record.started_at).is_due


@check(gettext_lazy("Background work"), after=database.migrations)
def pulse() -> Finding:
    """A job of the timetable ends every minute; when none does, timetable or workers rest."""
    record = job_records().get(PULSE)
    if settings.REDIS_URL:
        mend = _("Start the workers and exactly one beat; see docs/operations.md.")
    else:
        mend = _("Start the program with manage.py serve: it keeps the timetable itself.")
    if record is None or record.finished_at is None:
        if _is_younger_than(PULSE_LIMIT):
            return watch(
                _("No job of the timetable has ended yet."), _("The first one does in a minute.")
            )
        return broken(_("No job of the timetable has ever ended."), mend)
    at = timezone.localtime(record.finished_at).strftime("%H:%M %d/%m/%Y")
    if timezone.now() - record.finished_at > PULSE_LIMIT:
        return broken(_("Background work has stood still since %(at)s.") % {"at": at}, mend)
    return well(_("Background work goes on; last at %(at)s.") % {"at": at})


@check(gettext_lazy("Timetable"), after=database.migrations)
def timetable() -> Finding:
    """No entry is late."""
    late = [entry.title for entry in timetable_entries() if entry.late]
    if late:
        return watch(
            _("Late: %(titles)s.") % {"titles": "; ".join(late)},
            _("Look whether beat runs and whether the workers keep up."),
        )
    return well(_("Every entry ran in time."))


@check(gettext_lazy("Figures to recount"), after=database.migrations)
def stale_months() -> Finding:
    """Class-months marked for a recount are counted within minutes."""
    found = waiting_work()
    if not found.stale_months or found.oldest_stale is None:
        return well(_("All figures are counted."))
    age = timezone.now() - found.oldest_stale
    text = _("%(count)s class-months wait for a recount, the oldest for %(minutes)s minutes.") % {
        "count": found.stale_months,
        "minutes": round(age.total_seconds() / 60),
    }
    mend = _("Look at the background work and the failed jobs; then manage.py rebuild_months.")
    if age > STALE_TOO_LONG:
        return broken(text, mend)
    return watch(text, mend) if age > STALE_LONG else well(text)


@check(gettext_lazy("Reports and imports"), after=database.migrations)
def reports_and_imports() -> Finding:
    """Their owners see a fault on their own page and can ask again."""
    found = waiting_work()
    text = _("%(reports)s reports and %(imports)s imports are being worked on.") % {
        "reports": found.reports_waiting,
        "imports": found.imports_waiting,
    }
    failed = found.reports_failed + found.imports_failed
    if failed:
        text = f"{text} " + _("%(count)s stopped by a fault.") % {"count": failed}
        return watch(text, _("The owner can ask again; the log tells what happened."))
    return well(text)


@check(gettext_lazy("Failed jobs"), after=database.migrations)
def failed_jobs() -> Finding:
    """Those given up need the operator; the others are tried again by themselves."""
    failures = open_failures()
    given_up = sum(failure.next_try_at is None for failure in failures)
    if given_up:
        return broken(
            _("%(count)s jobs failed three times and were given up.") % {"count": given_up},
            _("Read the fault in the list of failed jobs, mend it, then start them again."),
        )
    if failures:
        return watch(
            _("%(count)s jobs failed and will be tried again.") % {"count": len(failures)},
            _("Wait some minutes; if they stay, look at the log of the workers."),
        )
    return well(_("No job has failed."))


@check(gettext_lazy("E-mails"), after=database.migrations)
def emails() -> Finding | None:
    """Those of the last days went out; without a mail server the question does not arise."""
    if not settings.EMAIL_CONFIGURED:
        return None
    found = summary_since(timezone.now() - EMAILS_OF)
    if found.failed:
        return watch(
            _("%(count)s e-mails of the last %(days)s days could not be sent.")
            % {"count": found.failed, "days": EMAILS_OF.days},
            _("Look at EMAIL_URL and the addresses of the accounts. The pages remind as before."),
        )
    return well(
        _("%(count)s e-mails were sent in the last %(days)s days.")
        % {"count": found.sent, "days": EMAILS_OF.days}
    )


@check(gettext_lazy("Backup"), after=database.migrations)
def backup() -> Finding:
    """The last one that `operations.backup` noted is young, of this database, and there.

    The demo has nothing to lose. On one computer nobody makes one each night: there an old one
    is broken after `BACKUP_TOO_OLD` only.
    """
    mend = _("Run manage.py backup and look at its timer; see docs/operations.md.")
    mark = last_backup()
    if mark is None:
        if any(is_demo() for is_demo in demonstrations):
            return well(_("The demo needs no backup."))
        say = watch if _is_younger_than(BACKUP_OLD) else broken
        return say(_("No backup has ever been made."), mend)
    text = _("The last backup was made at %(at)s.") % {
        "at": timezone.localtime(mark.made_at).strftime("%H:%M %d/%m/%Y")
    }
    here = origin_of(connection)
    if mark.database is not None and mark.database != here:
        return broken(
            _("The last backup is of another database: %(other)s instead of %(here)s.")
            % {"other": mark.database, "here": here},
            _("Correct the settings of the backup's timer: it runs bin/manage backup."),
        )
    if is_gone(mark.file):
        return broken(
            _("The file of the last backup is gone: %(file)s.") % {"file": mark.file},
            _("Make a backup now: bin/manage backup. Copy them elsewhere instead of moving them."),
        )
    age = timezone.now() - mark.made_at
    limit = BACKUP_OLD if here.vendor != "sqlite" else BACKUP_TOO_OLD
    if age > limit or mark.made_at - timezone.now() > CLOCKS_DIFFER:
        return broken(text, mend)
    if age > BACKUP_OLD:
        return watch(text, mend)
    return well(f"{text} {here}.")


@check(gettext_lazy("Room of the backups"), after=database.reachable)
def backup_room() -> Finding | None:
    """The disk of the last backup has room for the next; None where it is not this computer's."""
    mark = last_backup()
    if mark is None or not can_see(mark.file.parent) or not mark.file.exists():
        return None
    return room_on(
        mark.file.parent,
        _("%(free)s GB are free on the disk of the backups."),
        needed=mark.file.stat().st_size,
    )


def is_gone(file: Path) -> bool:
    """Whether a file is missing from a folder that can be looked into."""
    return can_see(file.parent) and not file.exists()


def can_see(folder: Path) -> bool:
    """Whether this user may look into a folder; in a container it is often not there."""
    return folder.is_dir() and os.access(folder, os.R_OK | os.X_OK)


def _is_younger_than(age: datetime.timedelta) -> bool:
    """Whether the installation was made so short a time ago that nothing can be late yet."""
    began = made_at(connection)
    return began is not None and timezone.now() - began < age
