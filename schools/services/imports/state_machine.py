"""The states of a batch and how they change.

    upload -> CHECKING -> READY -> SAVING -> DONE
                 |          |        |
                 |          `--------+--> CHECKING   (the database changed: a new preview)
                 +-> REFUSED (rows or the file need mending)
                 `-> FAILED  (a fault of ours; "Check again")        any but DONE -> EXPIRED

States change by conditional updates, so that a job run twice, or one that comes back from
the dead, changes nothing.
"""

import datetime

from django.db import transaction
from django.utils import timezone

from core.events import record
from core.jobs import records

from ... import events
from ...models import ImportBatch

State = ImportBatch.State

# A check moves its heartbeat on every few hundred rows. A save cannot while it is one
# transaction; the worker kills it after ten minutes.
CHECK_SILENT_FOR = datetime.timedelta(minutes=2)
SAVE_SILENT_FOR = datetime.timedelta(minutes=11)


def must_tell_apart(batch):
    """Whether new rows have the name and birth date of pupils on record."""
    return bool(batch.preview.get("alike_count"))


@transaction.atomic
def ask_to_save(batch, *, by, told_apart=False):
    """READY -> SAVING; False when the batch is not ready (any more).

    `told_apart`: the person said that new rows are other children than those on record of the
    same name and birth date; False while that was asked for and not said.
    """
    if must_tell_apart(batch) and not told_apart:
        return False
    if not move(batch, {State.READY}, State.SAVING):
        return False
    # It may be resting: a save that died, the check begun anew, and now confirmed once more.
    records.allow_one_try("schools.save_import", {"batch_id": str(batch.pk)})
    tell(events.IMPORT_ASKED, batch, by)
    return True


def ask_to_check(batch):
    """Back to CHECKING; False while a job is alive, or when the batch is done or expired."""
    states = {State.READY, State.REFUSED, State.FAILED}
    if is_stuck(batch):
        states |= {State.CHECKING, State.SAVING}
    if not move(batch, states, State.CHECKING, attempts=0, rows_done=0):
        return False
    records.allow_one_try("schools.check_import", {"batch_id": str(batch.pk)})
    return True


def is_stuck(batch):
    """Whether the job of a batch has been silent for too long to be alive."""
    silent_for = timezone.now() - batch.heartbeat_at
    limits = {State.CHECKING: CHECK_SILENT_FOR, State.SAVING: SAVE_SILENT_FOR}
    return batch.state in limits and silent_for > limits[batch.state]


def marked_name(batch):
    """Name in the storage of the marked-up copy."""
    return f"imports/{batch.pk}-marked.xlsx"


def move(batch, states, to, **values):
    """Change the state if it is still one of `states`; whether it was."""
    moved = ImportBatch.objects.filter(pk=batch.pk, state__in=states).update(
        state=to, heartbeat_at=timezone.now(), **values
    )
    return bool(moved)


def tell(kind, batch, by, **more):
    """One event about a list."""
    name = batch.file_name
    record(kind, by=by, about=batch, name=name, school=batch.school_id, **more)


def beat(batch, **values):
    """Show that a check is alive, and how far it is."""
    move(batch, {State.CHECKING}, State.CHECKING, **values)
