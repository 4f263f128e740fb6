"""The two jobs: the check that makes the preview, and the save that writes all or nothing."""

import logging

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.workbooks import WorkbookRefused

from ... import events
from ...models import ImportBatch, School
from ...pupil_workbook.refusals import Refused
from .annotated_copy import write_marked_copy
from .change_set import CHANGED, NEW, REFUSED, UNCHANGED, make_plan
from .commit import write_plan
from .preview import kept_refusal, preview_of
from .reading import read_source
from .retention import forget_files, hash_of
from .state_machine import State, beat, marked_name, move, tell

logger = logging.getLogger(__name__)


class DatabaseChanged(Exception):
    """What the save would write is no longer what the preview showed."""


def check_batch(batch_id):
    """Make the preview of a batch that is CHECKING; the state tells the outcome.

    Safe to run twice. A fault leaves the state FAILED and is raised again for the log.
    """
    batch = _claim(batch_id)
    if batch is None:
        return
    try:
        plan = _plan(batch, progress=lambda done: beat(batch, rows_done=done))
        state = State.REFUSED if plan.counts[REFUSED] else State.READY
        _write_marked(batch, plan)
        _finish_check(batch, state, plan)
    except (Refused, WorkbookRefused) as refusal:
        _finish_check(batch, State.REFUSED, problem=refusal)
    except Exception:
        _finish_check(batch, State.FAILED, problem=Refused("crashed"))
        raise


def save_batch(batch_id):
    """Write a batch that is SAVING, whole or not at all.

    The file is hashed again and the plan made again. When it differs from the preview, the
    new preview is kept and shown instead of a save. Safe to run twice. A batch whose save FAILED
    is checked anew, for its owner to confirm: nothing was saved, and others may have written.
    """
    try:
        with transaction.atomic():
            state = _save(batch_id)
    except (DatabaseChanged, IntegrityError):
        logger.info("import %s: the database changed since the preview", batch_id)
        if _restart(batch_id):
            check_batch(batch_id)
            _note_change(batch_id)
    except (Refused, WorkbookRefused) as refusal:
        _stop_saving(batch_id, State.REFUSED, refusal)
    except Exception:
        _stop_saving(batch_id, State.FAILED, Refused("crashed"))
        raise
    else:
        if state == State.FAILED:
            check_batch(batch_id)
        forget_files(ImportBatch.objects.filter(pk=batch_id, state=State.DONE))


def _claim(batch_id):
    """The batch to check, its attempt counted; None when there is nothing to check."""
    batch = ImportBatch.objects.select_related("school", "year").filter(pk=batch_id).first()
    # FAILED too: a job that failed is tried again by itself, or by the operator.
    if batch is None or batch.state not in (State.CHECKING, State.FAILED):
        return None
    if not move(batch, {batch.state}, State.CHECKING, attempts=batch.attempts + 1, rows_done=0):
        return None
    return batch


def _plan(batch, *, lock=False, progress=None):
    path = batch.file.path
    with batch.file.open("rb") as file:
        if hash_of(file) != batch.file_hash:
            raise Refused("file_altered")
    source = read_source(path)
    if progress:
        beat(batch, rows_total=len(source.rows))
    return make_plan(
        source,
        school=batch.school,
        year=batch.year,
        starts_on=batch.starts_on,
        create_classes=batch.create_classes,
        lock=lock,
        progress=progress,
    )


def _save(batch_id):
    """Write a batch that is SAVING; returns the state it is in then, None when it is gone."""
    batches = ImportBatch.objects.select_for_update(of=("self",))
    batch = batches.select_related("school", "year", "made_by").filter(pk=batch_id).first()
    if batch is None or batch.state != State.SAVING:
        return batch and batch.state
    # Two workbooks of one school are saved one after the other.
    School.objects.select_for_update().get(pk=batch.school_id)
    plan = _plan(batch, lock=True)
    if plan.digest != batch.preview["digest"] or plan.counts[REFUSED]:
        raise DatabaseChanged
    write_plan(plan, by=batch.made_by)
    batch.state = State.DONE
    batch.finished_at = timezone.now()
    # The history of each pupil keeps the old values; the preview need not keep names.
    batch.preview = {key: batch.preview[key] for key in ("others_on_roll", "new_classes", "moves")}
    batch.save(update_fields=["state", "finished_at", "preview"])
    counts = ("created_count", "changed_count", "unchanged_count")
    changes = {name: (None, getattr(batch, name)) for name in counts}
    tell(events.IMPORT_SAVED, batch, batch.made_by, changes=changes)
    return batch.state


def _finish_check(batch, state, plan=None, problem=None):
    counts = plan.counts if plan else {}
    total = len(plan.outcomes) if plan else batch.rows_total
    move(
        batch,
        {State.CHECKING},
        state,
        preview=preview_of(plan) if plan else {"problem": kept_refusal(problem)},
        rows_total=total,
        rows_done=total if plan else 0,
        created_count=counts.get(NEW, 0),
        changed_count=counts.get(CHANGED, 0),
        unchanged_count=counts.get(UNCHANGED, 0),
        refused_count=counts.get(REFUSED, 0),
    )


def _stop_saving(batch_id, state, refusal):
    batch = ImportBatch(pk=batch_id)
    move(batch, {State.SAVING}, state, preview={"problem": kept_refusal(refusal)})


def _restart(batch_id):
    return move(ImportBatch(pk=batch_id), {State.SAVING}, State.CHECKING, attempts=0)


def _note_change(batch_id):
    """Tell on the new preview why there is one."""
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.state in (State.READY, State.REFUSED):
        move(batch, {batch.state}, batch.state, preview=batch.preview | {"changed_since": True})


def _write_marked(batch, plan):
    default_storage.delete(marked_name(batch))
    if plan.counts[REFUSED] or plan.counts[CHANGED]:
        default_storage.save(marked_name(batch), write_marked_copy(plan))
