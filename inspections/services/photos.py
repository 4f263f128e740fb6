"""Photos of a visit: received once, however often they are sent; taken out until the record."""

import datetime
import hashlib
import uuid

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.attachments import kind_of, sound_file
from core.services.saving import locked_row, save_checked
from core.types import User

from ..models import Visit, VisitPhoto
from ..models.visits import ADD_LATE_PHOTO, ADD_PHOTO, REMOVE_PHOTO, VISITS
from ..selectors.findings import questions_for

# A day of work of one person, and a visit of four people: explicit, so that no device fills a disk.
PHOTOS_PER_HOUR = 60
PHOTOS_PER_VISIT = 60
AN_HOUR = datetime.timedelta(hours=1)
# A device whose clock is ahead by more says no hour at all.
CLOCK_AHEAD = datetime.timedelta(minutes=5)


class _Already(Exception):
    """It was done before; ends the change without an event of its own."""

    def __init__(self, photo: VisitPhoto) -> None:
        super().__init__()
        self.photo = photo


def add_photo(
    *,
    visit: Visit,
    upload: UploadedFile,
    op_id: uuid.UUID,
    by: User,
    item_id: int | None = None,
    taken_at: datetime.datetime | None = None,
) -> VisitPhoto:
    """Keep a photo of a visit, made anew (`core.attachments`); returns its row.

    The same `op_id` again returns the row there is, also of a photo taken out since: nothing is
    doubled or brought back. A photo that arrives after the record is kept beside it and told to be
    later; a device may have had no signal.

    Args:
        item_id: of the question it belongs to; None: of the visit.
        taken_at: as the device says it.

    Raises PermissionDenied or IllegalTransition: `by` is not on the team, the visit was called off;
    ValidationError: no photo, too large, too many (code "later" within an hour, "too_many" in a
    visit), a question that is not asked, an id that was used for something else.
    """
    digest = hashlib.sha256(b"".join(upload.chunks())).hexdigest()
    there = _received_already(visit, op_id, digest, by)
    if there is not None:
        return there
    _check_pace(by)
    if kind_of(upload).content_type.startswith("image/"):
        # Before the row of the visit is locked: it is work.
        sound = sound_file(upload, "photo")
    else:
        raise ValidationError(_("Only a photo (JPEG, PNG) can be added here."), code="other_kind")
    is_late = Visit.objects.filter(pk=visit.pk, state=Visit.State.DONE).exists()
    try:
        with VISITS.change(ADD_LATE_PHOTO if is_late else ADD_PHOTO, visit, by=by) as step:
            photo = VisitPhoto(
                visit=step.row,
                item_id=item_id,
                op_id=op_id,
                digest=digest,
                file=sound,
                size=sound.size,
                taken_at=_sound_moment(taken_at),
                made_by=by,
                made_at=timezone.now(),
            )
            # The lock of the visit is held: a twin has arrived before, or waits.
            there = _received_already(visit, op_id, digest, by)
            if there is not None:
                raise _Already(there)
            present = _keep(photo)
            step.changes = {"photos": (present, present + 1)}
    except _Already as already:
        return already.photo
    return photo


def _keep(photo: VisitPhoto) -> int:
    """Save a photo of a visit that still takes one; returns how many there were."""
    present = photo.visit.photos.filter(removed_at=None).count()
    if present >= PHOTOS_PER_VISIT:
        raise ValidationError(
            _("A visit keeps %(limit)s photos. Take one out first.") % {"limit": PHOTOS_PER_VISIT},
            code="too_many",
        )
    item_id = photo.item_id
    if item_id is not None and not questions_for(photo.visit).filter(pk=item_id).exists():
        raise ValidationError(
            _("This question is not asked any more. Open the page again."), code="no_question"
        )
    save_checked(photo)
    return present


def remove_photo(*, photo: VisitPhoto, by: User) -> VisitPhoto:
    """Take a photo out, with its file; returns the row, which stays. Twice is once.

    Raises IllegalTransition: the visit is recorded, or `by` is not on the team.
    """
    try:
        with VISITS.change(REMOVE_PHOTO, photo.visit, by=by) as step:
            photo = locked_row(photo)
            if photo.removed_at is not None:
                raise _Already(photo)
            present = step.row.photos.filter(removed_at=None).count()
            storage, name = photo.file.storage, photo.file.name or ""
            photo.file, photo.removed_by, photo.removed_at = "", by, timezone.now()
            save_checked(photo)
            transaction.on_commit(lambda: storage.delete(name))
            step.changes = {"photos": (present, present - 1)}
    except _Already as already:
        return already.photo
    return photo


def _received_already(visit: Visit, op_id: uuid.UUID, digest: str, by: User) -> VisitPhoto | None:
    there = VisitPhoto.objects.filter(op_id=op_id).first()
    if there is not None and (there.visit_id, there.made_by_id, there.digest) != (
        visit.pk,
        by.pk,
        digest,
    ):
        raise ValidationError(
            _("This id was used for another photo. Take the photo again."), code="reused"
        )
    return there


def _check_pace(by: User) -> None:
    lately = timezone.now() - AN_HOUR
    if VisitPhoto.objects.filter(made_by=by, made_at__gt=lately).count() >= PHOTOS_PER_HOUR:
        raise ValidationError(
            _("You have uploaded %(limit)s files within an hour. Wait a while.")
            % {"limit": PHOTOS_PER_HOUR},
            code="later",
        )


def _sound_moment(moment: datetime.datetime | None) -> datetime.datetime | None:
    return moment if moment and moment <= timezone.now() + CLOCK_AHEAD else None
