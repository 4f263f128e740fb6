"""The life of an uploaded workbook: received, checked, saved or expired.

    upload -> CHECKING -> READY -> SAVING -> DONE
                 |          |        |
                 |          `--------+--> CHECKING   (the database changed: a new preview)
                 +-> REFUSED (rows or the file need mending)
                 `-> FAILED  (a fault of ours; "Check again")        any but DONE -> EXPIRED

States change by conditional updates, so that a job run twice, or one that comes back from
the dead, changes nothing. The save is one transaction: it is there whole or not at all.
"""

import datetime
import hashlib
import logging

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ...models import ImportBatch, School
from ...pupil_workbook.refusals import Refused
from ...workbooks import WorkbookRefused, check_upload
from .marking import write_marked_copy
from .plan import CHANGED, NEW, REFUSED, UNCHANGED, make_plan
from .preview import preview_of
from .reading import read_source
from .writing import write_plan

logger = logging.getLogger(__name__)

BYTES_LIMIT = 10 * 1024 * 1024
UPLOADS_PER_HOUR = 20
KEPT_FOR = datetime.timedelta(hours=24)
# A check moves its heartbeat on every few hundred rows. A save cannot while it is one
# transaction; the worker kills it after ten minutes.
CHECK_SILENT_FOR = datetime.timedelta(minutes=2)
SAVE_SILENT_FOR = datetime.timedelta(minutes=11)
ATTEMPTS = 3

State = ImportBatch.State


class DatabaseChanged(Exception):
    """What the save would write is no longer what the preview showed."""


@transaction.atomic
def receive_workbook(*, school, year, starts_on, create_classes, upload, by):
    """Keep an uploaded workbook to be checked; nothing of it is read into pupils yet.

    The size and the zip structure are looked at before any parser sees the file.

    Raises:
        ValidationError: not a sound .xlsx of at most BYTES_LIMIT, the day outside the
            school year, or more than UPLOADS_PER_HOUR by one person.
    """
    an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
    if ImportBatch.objects.filter(made_by=by, made_at__gt=an_hour_ago).count() >= UPLOADS_PER_HOUR:
        raise ValidationError(
            _("You have uploaded %(limit)s files within an hour. Wait a while, then go on.")
            % {"limit": UPLOADS_PER_HOUR}
        )
    if not year.is_valid_on(starts_on):
        raise ValidationError(
            {"starts_on": _("The day must lie in school year %(year)s.") % {"year": year.code}}
        )
    try:
        check_upload(upload, upload.name, max_bytes=BYTES_LIMIT)
    except WorkbookRefused as error:
        raise ValidationError({"file": str(error)}) from error
    batch = ImportBatch(
        school=school,
        year=year,
        starts_on=starts_on,
        create_classes=create_classes,
        file=upload,
        file_name=upload.name[-200:],
        file_hash=_hash(upload),
        made_by=by,
    )
    batch.full_clean()
    batch.save()
    return batch


def check_batch(batch_id):
    """Make the preview of a batch that is CHECKING; the state tells the outcome.

    Safe to run twice. A fault leaves the state FAILED and is raised again for the log.
    """
    batch = _claim(batch_id)
    if batch is None:
        return
    try:
        plan = _plan(batch, progress=lambda done: _beat(batch, rows_done=done))
        state = State.REFUSED if plan.counts[REFUSED] else State.READY
        _write_marked(batch, plan)
        _finish_check(batch, state, plan)
    except (Refused, WorkbookRefused) as refusal:
        _finish_check(batch, State.REFUSED, problem=refusal)
    except Exception:
        _finish_check(batch, State.FAILED, problem=Refused("crashed"))
        raise


def ask_to_save(batch):
    """READY -> SAVING; False when the batch is not ready (any more)."""
    return _move(batch, {State.READY}, State.SAVING)


def save_batch(batch_id):
    """Write a batch that is SAVING, whole or not at all.

    The file is hashed again and the plan made again. When it differs from the preview, the
    new preview is kept and shown instead of a save. Safe to run twice.
    """
    try:
        with transaction.atomic():
            _save(batch_id)
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
        _forget_files(ImportBatch.objects.filter(pk=batch_id, state=State.DONE))


def ask_to_check(batch):
    """Back to CHECKING; False while a job is alive, or when the batch is done or expired."""
    states = {State.READY, State.REFUSED, State.FAILED}
    if is_stuck(batch):
        states |= {State.CHECKING, State.SAVING}
    return _move(batch, states, State.CHECKING, attempts=0, rows_done=0)


def is_stuck(batch):
    """Whether the job of a batch has been silent for too long to be alive."""
    silent_for = timezone.now() - batch.heartbeat_at
    limits = {State.CHECKING: CHECK_SILENT_FOR, State.SAVING: SAVE_SILENT_FOR}
    return batch.state in limits and silent_for > limits[batch.state]


def revive_stuck():
    """Ids of batches to check again, because their job was never started or died.

    A batch that has been tried ATTEMPTS times is given up as FAILED, with words for its
    owner. A stuck save goes back to the check too: it wrote nothing.
    """
    revived = []
    for batch in ImportBatch.objects.filter(state__in=[State.CHECKING, State.SAVING]):
        if not is_stuck(batch):
            continue
        if batch.attempts >= ATTEMPTS:
            problem = {"problem": _kept(Refused("crashed"))}
            _move(batch, {batch.state}, State.FAILED, preview=problem)
        elif _move(batch, {batch.state}, State.CHECKING):
            revived.append(batch.pk)
    return revived


def remove_expired():
    """Delete the files of batches done or older than KEPT_FOR; number of batches expired.

    The previews of expired batches go with them: they hold names.
    """
    old = ImportBatch.objects.filter(made_at__lt=timezone.now() - KEPT_FOR).exclude(
        state__in=[State.DONE, State.EXPIRED]
    )
    expired = list(old.values_list("pk", flat=True))
    for batch in old:
        _move(batch, {batch.state}, State.EXPIRED, preview={})
    leftovers = ImportBatch.objects.filter(state__in=[State.DONE, State.EXPIRED]).exclude(file="")
    _forget_files(leftovers)
    return len(expired)


def marked_name(batch):
    """Name in the storage of the marked-up copy."""
    return f"imports/{batch.pk}-marked.xlsx"


# --- the steps --------------------------------------------------------------------------


def _claim(batch_id):
    """The batch to check, its attempt counted; None when there is nothing to check."""
    batch = ImportBatch.objects.select_related("school", "year").filter(pk=batch_id).first()
    if batch is None or batch.state != State.CHECKING:
        return None
    _beat(batch, attempts=batch.attempts + 1, rows_done=0)
    return batch


def _plan(batch, *, lock=False, progress=None):
    path = batch.file.path
    with batch.file.open("rb") as file:
        if _hash(file) != batch.file_hash:
            raise Refused("file_altered")
    source = read_source(path)
    if progress:
        _beat(batch, rows_total=len(source.rows))
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
    batches = ImportBatch.objects.select_for_update(of=("self",))
    batch = batches.select_related("school", "year", "made_by").filter(pk=batch_id).first()
    if batch is None or batch.state != State.SAVING:
        return
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


def _finish_check(batch, state, plan=None, problem=None):
    counts = plan.counts if plan else {}
    total = len(plan.outcomes) if plan else batch.rows_total
    _move(
        batch,
        {State.CHECKING},
        state,
        preview=preview_of(plan) if plan else {"problem": _kept(problem)},
        rows_total=total,
        rows_done=total if plan else 0,
        created_count=counts.get(NEW, 0),
        changed_count=counts.get(CHANGED, 0),
        unchanged_count=counts.get(UNCHANGED, 0),
        refused_count=counts.get(REFUSED, 0),
    )


def _stop_saving(batch_id, state, refusal):
    batch = ImportBatch(pk=batch_id)
    _move(batch, {State.SAVING}, state, preview={"problem": _kept(refusal)})


def _restart(batch_id):
    return _move(ImportBatch(pk=batch_id), {State.SAVING}, State.CHECKING, attempts=0)


def _note_change(batch_id):
    """Tell on the new preview why there is one."""
    batch = ImportBatch.objects.get(pk=batch_id)
    if batch.state in (State.READY, State.REFUSED):
        _move(batch, {batch.state}, batch.state, preview=batch.preview | {"changed_since": True})


def _write_marked(batch, plan):
    default_storage.delete(marked_name(batch))
    if plan.counts[REFUSED] or plan.counts[CHANGED]:
        default_storage.save(marked_name(batch), write_marked_copy(plan))


def _forget_files(batches):
    for batch in batches:
        default_storage.delete(marked_name(batch))
        if batch.file:
            batch.file.delete(save=False)
            batch.save(update_fields=["file"])


def _move(batch, states, to, **values):
    """Change the state if it is still one of `states`; whether it was."""
    moved = ImportBatch.objects.filter(pk=batch.pk, state__in=states).update(
        state=to, heartbeat_at=timezone.now(), **values
    )
    return bool(moved)


def _beat(batch, **values):
    _move(batch, {State.CHECKING}, State.CHECKING, **values)


def _kept(refusal):
    return {"code": refusal.code, "params": {k: str(v) for k, v in (refusal.params or {}).items()}}


def _hash(file):
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
