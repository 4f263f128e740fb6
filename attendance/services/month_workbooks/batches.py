"""A batch from upload to save: what it says is kept, the workbook is not."""

import datetime

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.contention import AtMost
from schools.months import Month
from schools.workbooks import WorkbookRefused

from ...enums import RegisterState
from ...models import MonthBatch
from ...month_workbook.refusals import Refused, in_words
from ...selectors.month import class_month
from ..merging import merge
from ..month import MonthRefused, send_month
from .kept import entries_of
from .marking import write_marked_copy
from .plan import make_plan
from .reading import LIMITS, read_source

State = MonthBatch.State
# Of one process: a file is read while its sender waits, and must leave threads for the pages.
reading = AtMost(2)
KEPT_FOR = datetime.timedelta(hours=24)
UPLOADS_PER_HOUR = 40
SHOWN = 50


def receive_workbook(*, school_class, month, class_names, upload, by, answers_for_school):
    """Read an uploaded workbook and keep what it says; no register is written yet.

    Args:
        school_class: a class the caller found inside the sender's places.
        class_names: as for `reading.read_source`.
        upload: the uploaded file; it is not kept.
        answers_for_school: the sender may correct as long as a head may.

    Returns a `MonthBatch`: READY with the registers it would write, or REFUSED with what to
    mend and a marked-up copy.

    Raises:
        Busy: two others are read in this process at this moment.
        ValidationError: on `file`, when no sheet of it can be taken for this class and month;
            or more than UPLOADS_PER_HOUR by one person.
    """
    an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
    if MonthBatch.objects.filter(made_by=by, made_at__gt=an_hour_ago).count() >= UPLOADS_PER_HOUR:
        raise ValidationError(
            _("You have uploaded %(limit)s files within an hour. Wait a while, then go on.")
            % {"limit": UPLOADS_PER_HOUR}
        )
    today = timezone.localdate()
    try:
        with reading():
            source = read_source(
                upload.read(LIMITS.bytes + 1),
                file_name=upload.name,
                school_class=school_class,
                month=month,
                class_names=class_names,
            )
        book = class_month(school_class, month, today=today, answers_for_school=answers_for_school)
        plan = make_plan(source, book, today=today)
    except (Refused, WorkbookRefused) as refusal:
        told = " ".join(filter(None, in_words(refusal.code, refusal.params)))
        raise ValidationError({"file": told}) from refusal
    batch = MonthBatch(
        school_class=school_class,
        month=month.first,
        file_name=upload.name[-200:],
        state=State.REFUSED if plan.refusals else State.READY,
        content=_content(plan),
        made_by=by,
    )
    batch.full_clean()
    batch.save()
    if plan.refusals:
        default_storage.save(marked_name(batch), write_marked_copy(source, plan.refusals))
    return batch


def save_batch(*, batch, by, correction_reason="", device="", answers_for_school):
    """Send the registers of a READY batch, all or none; whether they are sent.

    Safe to repeat: a batch that is DONE stays as it is. What was sent meanwhile by others is
    merged by the rule of three versions; where that cannot be, nothing is written and the batch
    is compared anew: READY with another preview, or REFUSED.

    Raises:
        ValidationError: on `correction_reason`, when a sent register of an earlier day changes
            and it is empty.
    """
    with transaction.atomic():
        locked = MonthBatch.objects.select_for_update(of=("self",))
        batch = locked.select_related("school_class__year").get(pk=batch.pk)
        if batch.state != State.READY:
            return batch.state == State.DONE
        today = timezone.localdate()
        entries = entries_of(batch)
        if not correction_reason.strip() and any(each.needs_reason(today) for each in entries):
            raise ValidationError(
                {
                    "correction_reason": _(
                        "Say in a few words why the register of an earlier day is corrected."
                    )
                }
            )
        book = class_month(
            batch.school_class,
            Month.of(batch.month),
            today=today,
            answers_for_school=answers_for_school,
        )
        try:
            if any(each.roll and set(each.roll) != book.roll_on(each.date) for each in entries):
                raise MonthRefused([])
            send_month(
                school_class=batch.school_class,
                sent=[each.to_send() for each in entries],
                by=by,
                correction_reason=correction_reason,
                device=device,
                answers_for_school=answers_for_school,
            )
        except MonthRefused:
            _compare_anew(batch, entries, book, today)
            return False
        batch.state = State.DONE
        batch.finished_at = timezone.now()
        batch.content = {"operations": [str(each.operation_id) for each in entries]}
        batch.save(update_fields=["state", "finished_at", "content"])
    return True


def remove_expired():
    """Forget the content and the copies of batches older than KEPT_FOR; how many there were."""
    old = MonthBatch.objects.filter(
        made_at__lt=timezone.now() - KEPT_FOR, state__in=[State.READY, State.REFUSED]
    )
    expired = 0
    for batch in old.only("pk"):
        default_storage.delete(marked_name(batch))
        # Whoever is saving it at this moment has won.
        expired += old.filter(pk=batch.pk).update(state=State.EXPIRED, content={})
    return expired


def marked_name(batch):
    """Name in the storage of the marked-up copy."""
    return f"months/{batch.pk}-marked.xlsx"


def _content(plan):
    aside = sorted([*plan.matched.left_out, *plan.source.repeated])
    about = {
        "sheet": plan.source.sheet.name,
        "other_sheets": plan.source.other_sheets,
        "aside": aside[:SHOWN],
        "rows_aside": len(aside),
        "unused_columns": [
            place.text or place.letter
            for place in [*plan.source.other_columns, *plan.source.apart][:SHOWN]
        ],
        "hidden": plan.hidden[:SHOWN],
        "hidden_rows": len(plan.hidden),
        "hidden_columns": plan.hidden_columns[:SHOWN],
        "same": plan.same,
        "blank": plan.blank,
    }
    if plan.refusals:
        return about | _refused([_as_json(each) for each in plan.refusals])
    return about | {"entries": [entry.as_json() for entry in plan.entries]}


def _refused(refusals):
    """`refusals` as dicts of cell, value, code and params; how many, and the first SHOWN."""
    return {"refusals": len(refusals), "refused": refusals[:SHOWN]}


def _as_json(refusal):
    return {
        "cell": refusal.cell,
        "value": refusal.value,
        "code": refusal.code,
        "params": {key: str(value) for key, value in refusal.params.items()},
    }


def _compare_anew(batch, entries, book, today):
    """Look again at what is on record now: other marks beside ours stay, ours are proposed."""
    columns = {column.key: column for column in book.columns}
    refused, proposed = [], []
    for entry in entries:
        column = columns.get(entry.key)
        code = _closed(entry, column, book, today)
        if code:
            value = f"{entry.session.label} {entry.date:%d/%m}"
            refused.append({"cell": entry.column, "value": value, "code": code, "params": {}})
            continue
        now = book.marks_of(column.key)
        both_taken = RegisterState.NOT_HELD not in (entry.state, column.state)
        if column.base_revision != entry.base_revision and both_taken:
            entry.marks = _merged(entry, now)
        entry.look_at(column, now)
        if entry.changes_anything:
            proposed.append(entry)
    batch.content |= {"changed_since": True, "entries": [each.as_json() for each in proposed]}
    if refused:
        batch.state = State.REFUSED
        del batch.content["entries"]
        batch.content |= _refused(refused)
    batch.save(update_fields=["state", "content"])


def _merged(entry, now):
    """Both versions of the marks; where they contradict each other, the file's is proposed."""
    merged, contested = merge(entry.before, entry.marks, now)
    merged = {pupil: mark for pupil, mark in merged.items() if pupil not in contested}
    return merged | {pk: entry.marks[pk] for pk in contested if pk in entry.marks}


def _closed(entry, column, book, today):
    """Code of the refusal that keeps an entry from being sent now, or ""."""
    if column is None or not column.is_due:
        return "no_school"
    if entry.date > today:
        return "future"
    if not column.is_open:
        return "window"
    if entry.roll and set(entry.roll) != book.roll_on(entry.date):
        return "roll_changed"
    return ""
