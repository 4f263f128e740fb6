"""How long files and names are kept, and what becomes of work that died."""

import datetime
import hashlib

from django.core.files.storage import default_storage
from django.utils import timezone

from ...models import ImportBatch
from ...pupil_workbook.refusals import Refused
from .preview import kept_refusal
from .state_machine import State, is_stuck, marked_name, move

KEPT_FOR = datetime.timedelta(hours=24)
ATTEMPTS = 3


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
            problem = {"problem": kept_refusal(Refused("crashed"))}
            move(batch, {batch.state}, State.FAILED, preview=problem)
        elif move(batch, {batch.state}, State.CHECKING):
            revived.append(batch.pk)
    return revived


def check_died(*, batch_id, given_up):
    """The process that checked a batch died: when it is given up, its owner is told."""
    if given_up:
        _fail(batch_id, State.CHECKING)


def save_died(*, batch_id, given_up):
    """The process that saved a batch died, and wrote nothing."""
    if given_up:
        _fail(batch_id, State.SAVING)


def _fail(batch_id, state):
    problem = {"problem": kept_refusal(Refused("crashed"))}
    move(ImportBatch(pk=batch_id), {state}, State.FAILED, preview=problem)


def remove_expired():
    """Delete the files of batches done or older than KEPT_FOR; number of batches expired.

    The previews of expired batches go with them: they hold names.
    """
    old = ImportBatch.objects.filter(made_at__lt=timezone.now() - KEPT_FOR).exclude(
        state__in=[State.DONE, State.EXPIRED]
    )
    expired = list(old.values_list("pk", flat=True))
    for batch in old:
        move(batch, {batch.state}, State.EXPIRED, preview={})
    leftovers = ImportBatch.objects.filter(state__in=[State.DONE, State.EXPIRED]).exclude(file="")
    forget_files(leftovers)
    return len(expired)


def forget_files(batches):
    """Delete the stored workbooks of batches, and their marked-up copies."""
    for batch in batches:
        default_storage.delete(marked_name(batch))
        if batch.file:
            batch.file.delete(save=False)
            batch.save(update_fields=["file"])


def hash_of(file):
    """SHA-256 of a file, which is left at its beginning."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
