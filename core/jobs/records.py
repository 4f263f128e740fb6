"""The records of background work: written beside it, and never its undoing.

Each run is written down as a `JobAttempt` before its work begins. A job that ended with a
fault, or died with its process, is kept as an open `FailedJob` and tried again after each of
`PAUSES`; then it is left to the operator. While it rests, the sweeps ask for it in vain.
"""

import datetime
import hashlib
import json
import logging
import traceback
from collections.abc import Collection
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..events import declare, record
from ..models import FailedJob, JobAttempt, JobRecord
from ..types import Arguments, User

logger = logging.getLogger(__name__)

JOB_RESTARTED = declare("job.restarted", _("Failed job started again"))
JOB_DISMISSED = declare("job.dismissed", _("Failed job set aside"))

# Before the second and the third try.
PAUSES = (datetime.timedelta(minutes=1), datetime.timedelta(minutes=10))
MOST_TRIES = len(PAUSES) + 1
# A fault of the machine (a full disk) passes; a sweep may ask again after this.
REST = datetime.timedelta(days=1)
# Longer than the hard time limit of a job: whoever is silent for so long is dead.
SILENT_FOR = datetime.timedelta(minutes=20)
# Between the time limit of a run, when it is killed, and the moment it counts as dead.
MARGIN = datetime.timedelta(seconds=30)
KEPT_FOR = datetime.timedelta(days=90)


def note_start(name: str) -> None:
    """A task begins."""
    _write(name, started_at=timezone.now())


def note_success(name: str, *, seconds: float, answer: object) -> None:
    """A task ended well. `answer`: what it returned; kept when it is a dict."""
    now = timezone.now()
    _write(
        name,
        finished_at=now,
        duration_ms=round(seconds * 1000),
        answer=answer if isinstance(answer, dict) else {},
    )


def note_failure(name: str, kwargs: Arguments, error: BaseException) -> None:
    """A task ended with an exception: keep the job for another try, or for the operator."""
    _write(name, failed_at=timezone.now())
    _keep_failure(name, kwargs, described(error))


def begin_attempt(attempt_id: str, name: str, kwargs: Arguments, *, seconds: float) -> None:
    """Write down that a run begins, which is killed after so many `seconds`."""
    now = timezone.now()
    values = {
        "task": name,
        "kwargs": kwargs,
        "started_at": now,
        "deadline_at": now + datetime.timedelta(seconds=seconds) + MARGIN,
    }
    if not JobAttempt.objects.filter(pk=attempt_id).update(**values):
        JobAttempt.objects.create(pk=attempt_id, **values)


def end_attempt(attempt_id: str) -> bool:
    """A run has ended, well or with a fault; whether it was written down as running."""
    deleted, _by_model = JobAttempt.objects.filter(pk=attempt_id).delete()
    return bool(deleted)


def note_loss(name: str, kwargs: Arguments, *, runs_again: bool = False) -> bool:
    """A run died with its process; True when the job is given up.

    `runs_again`: it is about to run once more, so that no other try is due meanwhile.
    """
    _write(name, failed_at=timezone.now())
    due = timezone.now() + SILENT_FOR if runs_again else None
    tries = _keep_failure(name, kwargs, FailedJob.DIED, next_try_at=due)
    if tries < MOST_TRIES:
        return False
    _open_rows(name, kwargs).update(next_try_at=None)
    return True


def take_lost(*, all_of_them: bool = False) -> list[tuple[str, Arguments]]:
    """Runs that died with their process: list of (task name, kwargs), each taken once.

    `all_of_them`: no run of this installation can be alive, because its one process starts.
    """
    begun = JobAttempt.objects.order_by("started_at")
    if not all_of_them:
        begun = begun.filter(deadline_at__lt=timezone.now())
    return [(each.task, each.kwargs) for each in list(begun) if end_attempt(each.pk)]


def allow_one_try(name: str, kwargs: Arguments) -> None:
    """Let a job that was given up run once more, because a person asks for it."""
    _open_rows(name, kwargs).filter(tries__gte=MOST_TRIES).update(
        tries=MOST_TRIES - 1, next_try_at=timezone.now() + SILENT_FOR
    )


def settle(name: str, kwargs: Arguments) -> None:
    """A job that had failed before has succeeded: close its open failure."""
    _open_rows(name, kwargs).update(
        settled_at=timezone.now(), next_try_at=None, outcome=FailedJob.Outcome.SUCCEEDED
    )


def open_failure(name: str, kwargs: Arguments) -> FailedJob | None:
    """The `FailedJob` of a job that has not succeeded since; None when there is none."""
    return _open_rows(name, kwargs).first()


def is_resting(failure: FailedJob) -> bool:
    """Whether an open failure has used up its tries lately: only the operator starts it."""
    return (
        failure.tries >= MOST_TRIES
        and failure.next_try_at is None
        and failure.failed_at > timezone.now() - REST
    )


def is_given_up(name: str, kwargs: Arguments) -> bool:
    """Whether a job has used up its tries and rests."""
    failure = open_failure(name, kwargs)
    return failure is not None and is_resting(failure)


def claim_day(name: str) -> bool:
    """Take today's run of a daily job; False when it was taken already.

    Any other day than the one noted is free, an earlier one too: a clock that once ran
    ahead must not silence the job until then.
    """
    today = timezone.localdate()
    JobRecord.objects.bulk_create([JobRecord(name=name)], ignore_conflicts=True)
    free = JobRecord.objects.filter(Q(claimed_on=None) | ~Q(claimed_on=today), name=name)
    return bool(free.update(claimed_on=today))


def take_due(*, known_names: Collection[str]) -> list[tuple[str, Arguments]]:
    """Jobs whose next try is due: list of (task name, kwargs). Each is handed out once."""
    now = timezone.now()
    due = []
    for failed in FailedJob.objects.filter(
        settled_at=None, next_try_at__lte=now, task__in=known_names
    ).order_by("pk"):
        # Pushed on rather than emptied: should this try be lost as well, it is due again.
        taken = FailedJob.objects.filter(pk=failed.pk, next_try_at=failed.next_try_at)
        if taken.update(next_try_at=now + SILENT_FOR):
            due.append((failed.task, failed.kwargs))
    return due


@transaction.atomic
def restart(*, failed_id: int, by: User) -> FailedJob | None:
    """Give an open failed job all its tries anew; returns it, or None when it is settled.

    The caller enqueues it.
    """
    failed = FailedJob.objects.select_for_update().filter(pk=failed_id, settled_at=None).first()
    if failed is None:
        return None
    failed.tries = 0
    failed.next_try_at = timezone.now() + SILENT_FOR
    failed.save(update_fields=["tries", "next_try_at"])
    record(JOB_RESTARTED, by=by, about=failed, name=failed.task)
    return failed


@transaction.atomic
def dismiss(*, failed_id: int, by: User) -> bool:
    """Set an open failed job aside; False when it is settled already."""
    failed = FailedJob.objects.select_for_update().filter(pk=failed_id, settled_at=None).first()
    if failed is None:
        return False
    failed.settled_at, failed.settled_by, failed.next_try_at = timezone.now(), by, None
    failed.outcome = FailedJob.Outcome.DISMISSED
    failed.save(update_fields=["settled_at", "settled_by", "next_try_at", "outcome"])
    record(JOB_DISMISSED, by=by, about=failed, name=failed.task)
    return True


def remove_old(*, known_names: Collection[str]) -> int:
    """Delete failures settled long ago and records of tasks that are no more; their number."""
    settled, _by_model = FailedJob.objects.filter(settled_at__lt=timezone.now() - KEPT_FOR).delete()
    unknown, _by_model = JobRecord.objects.exclude(name__in=known_names).delete()
    return settled + unknown


def described(error: BaseException) -> str:
    """A fault in one line: its class and the place in our code, without the message.

    Messages of a database quote the row that was refused, with names; those are in the log.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(settings.BASE_DIR)]
    ours = [frame for frame in ours if "site-packages" not in frame.filename] or frames
    place = ""
    if ours:
        name = Path(ours[-1].filename)
        if name.is_relative_to(settings.BASE_DIR):
            name = name.relative_to(settings.BASE_DIR)
        place = f" ({name}:{ours[-1].lineno}, {ours[-1].name})"
    return type(error).__name__ + place


def hash_of(kwargs: Arguments) -> str:
    """The key by which equal arguments are known."""
    return hashlib.sha256(json.dumps(kwargs, sort_keys=True).encode()).hexdigest()


def _open_rows(name: str, kwargs: Arguments) -> QuerySet[FailedJob]:
    """The one open failure of a job, or none."""
    return FailedJob.objects.filter(task=name, kwargs_hash=hash_of(kwargs), settled_at=None)


def _keep_failure(
    name: str, kwargs: Arguments, error: str, next_try_at: datetime.datetime | None = None
) -> int:
    """Count one more failure of a job; returns the tries so far."""
    found = open_failure(name, kwargs)
    now = timezone.now()
    tries = found.tries + 1 if found else 1
    if next_try_at is None and tries < MOST_TRIES:
        next_try_at = now + PAUSES[tries - 1]
    values = {"error": error, "tries": tries, "failed_at": now, "next_try_at": next_try_at}
    if found is None:
        try:
            with transaction.atomic():
                FailedJob.objects.create(
                    task=name, kwargs=kwargs, kwargs_hash=hash_of(kwargs), **values
                )
        except IntegrityError:
            # Another worker failed at the same job in this moment; its row tells the same.
            logger.info("job %s failed twice at once", name)
    else:
        FailedJob.objects.filter(pk=found.pk).update(**values)
    return tries


def _write(name: str, **values: Any) -> None:
    if not JobRecord.objects.filter(name=name).update(**values):
        JobRecord.objects.bulk_create([JobRecord(name=name, **values)], ignore_conflicts=True)
