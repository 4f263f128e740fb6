"""A layout is tried and kept from a day on, taken back, ended.

A paper issued before keeps its bytes; PDF keeps its own layout (ADR 88).
"""

import datetime
import hashlib

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.documents.official_papers import OfficialPaper
from core.documents.word_templates import TemplateRefused, try_template
from core.events import record
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


def tried(content: bytes, example: OfficialPaper) -> bytes:
    """The example in a layout, as a Word file; raises ValidationError on `file`, in words."""
    try:
        return try_template(content, example.as_data())
    except TemplateRefused as refused:
        raise ValidationError({"file": words_of(refused)}, code=refused.code) from refused


def add_template(
    *,
    paper: ReportType,
    file_name: str,
    content: bytes,
    example: OfficialPaper,
    valid_from: datetime.date,
    by: User,
) -> PaperTemplate:
    """Keep a layout from a day on, after it was filled with an example; returns it.

    Raises ValidationError: it is refused, the day is not after today, or another one begins on
    that day or later.
    """
    _check_day(valid_from, "valid_from")
    # Outside the transaction: it may take seconds.
    tried(content, example)
    with transaction.atomic():
        return _keep(paper.paper, file_name, content, columns_of(example), valid_from, by)


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
    before = (
        PaperTemplate.objects.select_for_update()
        .filter(paper=paper, valid_to=None)
        .order_by("-valid_from")
        .first()
    )
    if before is None:
        made = save_checked(PaperTemplate(paper=paper, valid_from=valid_from, **said))
    elif before.valid_from >= valid_from:
        raise ValidationError(
            {
                "valid_from": _(
                    "A template begins on %(day)s. Take it back first, or choose a later day."
                )
                % {"day": f"{before.valid_from:%d/%m/%Y}"}
            }
        )
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


def _check_day(day: datetime.date, field: str) -> None:
    """Papers of today are made already: a layout changes from tomorrow at the earliest."""
    if day <= timezone.localdate():
        raise ValidationError({field: _("Choose tomorrow or a later day.")})
