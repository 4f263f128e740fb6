"""A layout is tried, looked at and kept from a day on, taken back, ended.

A paper issued before keeps its bytes; PDF keeps its own layout (ADR 88).
"""

import datetime
import hashlib

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.documents.official_papers import OfficialPaper
from core.documents.word_templates import TemplateRefused, Trial, trial_of
from core.events import record
from core.models import PendingUpload
from core.services import pending_uploads
from core.services.saving import save_checked
from core.services.versions import next_version, standing
from core.types import User
from schools.areas.selectors.tree import province_id_on

from ...models import PaperTemplate
from ...report_types import ReportType
from .. import events
from ..files import columns_of
from .words import words_of

ONE_DAY = datetime.timedelta(days=1)


def tried(content: bytes, example: OfficialPaper) -> Trial:
    """The example in a layout, as a Word file; raises ValidationError on `file`, in words."""
    try:
        return trial_of(content, example.as_data())
    except TemplateRefused as refused:
        raise ValidationError({"file": words_of(refused)}, code=refused.code) from refused


def bring_template(
    *,
    paper: ReportType,
    file_name: str,
    content: bytes,
    example: OfficialPaper,
    valid_from: datetime.date,
    by: User,
) -> PendingUpload:
    """Try a layout with an example and let it wait for its uploader's word; no paper follows it.

    Raises ValidationError: it is refused, the day is not after today, or another one begins on
    that day or later.
    """
    _check_day(valid_from, "valid_from")
    trial = tried(content, example)
    # What would be refused in the end is refused before somebody looks at an example.
    _check_order(_standing(paper.paper).first(), valid_from)
    return pending_uploads.put(
        purpose=purpose_of(paper.paper),
        file_name=file_name,
        content=content,
        params={
            "valid_from": valid_from.isoformat(),
            "columns": columns_of(example),
            "used": [*sorted(trial.used)],
        },
        by=by,
    )


@transaction.atomic
def keep_template(*, paper: ReportType, upload: PendingUpload, by: User) -> PaperTemplate:
    """Keep a layout that was tried, from its day on; returns it. The upload is over with that.

    Raises ValidationError: its day has come meanwhile, another one begins on that day or later, or
    the upload was kept or discarded already.
    """
    valid_from = datetime.date.fromisoformat(upload.params["valid_from"])
    _check_day(valid_from, NON_FIELD_ERRORS)
    if not pending_uploads.take(upload):
        raise ValidationError(_("This file was kept or discarded already."), code="taken")
    content, columns = bytes(upload.content), upload.params["columns"]
    return _keep(paper.paper, upload.file_name, content, columns, valid_from, by)


def purpose_of(paper: str) -> str:
    """What an upload of a layout is for (`core.services.pending_uploads`)."""
    return f"paper_template:{paper}"


def _keep(
    paper: str, file_name: str, content: bytes, columns: int, valid_from: datetime.date, by: User
) -> PaperTemplate:
    said = {
        "file_name": file_name[:100],
        "content": content,
        "file_hash": hashlib.sha256(content).hexdigest(),
        "columns": columns,
        "uploaded_by_id": by.pk,
        "uploaded_at": timezone.now(),
    }
    before = _standing(paper).select_for_update().first()
    _check_order(before, valid_from, field=NON_FIELD_ERRORS)
    if before is None:
        made = save_checked(PaperTemplate(paper=paper, valid_from=valid_from, **said))
    else:
        made = next_version(before, on=valid_from, **said)
    record(
        events.TEMPLATE_ADDED,
        by=by,
        about=made,
        area=province_id_on(timezone.localdate()),
        changes={
            "paper": (None, paper),
            "file_hash": (before.file_hash if before else None, made.file_hash),
            "valid_from": (before.valid_from if before else None, valid_from),
        },
    )
    return made


@transaction.atomic
def end_template(*, template: PaperTemplate, on: datetime.date, by: User) -> None:
    """Go back to the built-in layout from a day on; one that has not begun is taken back.

    Raises ValidationError: the day is not after today, or somebody ended it meanwhile.
    """
    last = standing(
        template, refusal=_("Somebody changed this template meanwhile. Look at it again.")
    )
    if last.valid_from > timezone.localdate():
        record(
            events.TEMPLATE_REMOVED,
            by=by,
            about=last,
            area=province_id_on(timezone.localdate()),
            changes={"paper": (last.paper, None), "file_hash": (last.file_hash, None)},
        )
        last.delete()
        return
    _check_day(on, "on")
    last.valid_to = on
    save_checked(last)
    record(
        events.TEMPLATE_ENDED,
        by=by,
        about=last,
        area=province_id_on(timezone.localdate()),
        changes={"valid_to": (None, on)},
    )


def _standing(paper: str) -> QuerySet[PaperTemplate]:
    """Versions of a layout without an end, the newest first."""
    return PaperTemplate.objects.filter(paper=paper, valid_to=None).order_by("-valid_from")


def _check_order(
    before: PaperTemplate | None, valid_from: datetime.date, field: str = "valid_from"
) -> None:
    """A layout begins after the one before it."""
    if before is not None and before.valid_from >= valid_from:
        raise ValidationError(
            {
                field: _("A template begins on %(day)s. Take it back first, or choose a later day.")
                % {"day": f"{before.valid_from:%d/%m/%Y}"}
            }
        )


def _check_day(day: datetime.date, field: str) -> None:
    """Papers of today are made already: a layout changes from tomorrow at the earliest."""
    if day <= timezone.localdate():
        raise ValidationError({field: _("Choose tomorrow or a later day.")})
