"""Taking an uploaded workbook in."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.services.saving import one_at_a_time
from core.workbooks import WorkbookRefused, check_upload

from ... import events
from ...models import ImportBatch
from .retention import hash_of
from .state_machine import tell

BYTES_LIMIT = 10 * 1024 * 1024
UPLOADS_PER_HOUR = 20


@transaction.atomic
def receive_workbook(*, school, year, starts_on, create_classes, upload, by):
    """Keep an uploaded workbook to be checked; nothing of it is read into pupils yet.

    The size and the zip structure are looked at before any parser sees the file.

    Raises:
        ValidationError: not a sound .xlsx of at most BYTES_LIMIT, the day outside the
            school year, or more than UPLOADS_PER_HOUR by one person.
    """
    one_at_a_time(by)
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
        file_hash=hash_of(upload),
        made_by=by,
    )
    batch.full_clean()
    batch.save()
    tell(events.IMPORT_RECEIVED, batch, by)
    return batch
