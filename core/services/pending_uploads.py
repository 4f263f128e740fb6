"""An upload waits for a word: put there, found again by its owner, taken, or gone by itself."""

import datetime
import uuid
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from .. import rules
from ..models import PendingUpload
from ..types import JSON, User

# A dated rule.
PENDING_HOURS = "core.pending_hours"
# Of one file; whoever takes uploads has a bound of its own, and this one is beneath it.
MOST_BYTES = 4 * 1024 * 1024


@transaction.atomic
def put(
    *, purpose: str, file_name: str, content: bytes, params: Mapping[str, JSON], by: User
) -> PendingUpload:
    """Keep a file until its uploader says what becomes of it; the one before it goes.

    Raises ValueError: it is larger than MOST_BYTES.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"{len(content)} bytes are too many for an upload that waits")
    now = timezone.now()
    hours = float(rules.value(PENDING_HOURS, on=timezone.localdate(now)))
    PendingUpload.objects.filter(purpose=purpose, uploaded_by=by).delete()
    return PendingUpload.objects.create(
        purpose=purpose,
        uploaded_by=by,
        file_name=file_name[:100],
        content=content,
        params=dict(params),
        uploaded_at=now,
        expires_at=now + datetime.timedelta(hours=hours),
    )


def waiting(upload_id: uuid.UUID, *, purpose: str, by: User) -> PendingUpload | None:
    """A file that its own uploader has waiting for this purpose, or None; one query."""
    return PendingUpload.objects.filter(
        pk=upload_id, purpose=purpose, uploaded_by=by, expires_at__gt=timezone.now()
    ).first()


def take(upload: PendingUpload) -> bool:
    """Take a file away in the transaction that keeps it; False when another one did already."""
    removed, _by_model = PendingUpload.objects.filter(pk=upload.pk).delete()
    return bool(removed)


def remove_expired() -> int:
    """Delete the uploads nobody said anything about in time; returns how many."""
    removed, _by_model = PendingUpload.objects.filter(expires_at__lte=timezone.now()).delete()
    return removed
