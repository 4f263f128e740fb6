"""A batch from upload to save: the workbook is kept until it is read, then what it says."""

import datetime

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.months import Month
from core.workbooks import WorkbookRefused, check_upload
from schools.selectors.imports import class_names

from ... import events
from ...enums import RegisterState
from ...models import MonthBatch
from ...month_workbook.refusals import Refused, in_words
from ...selectors.month import class_month
from ..merging import merge
from ..month import MonthRefused, send_month
from .annotated_copy import write_marked_copy
from .change_set import make_plan
from .reading import LIMITS, read_source
from .staged_registers import entries_of

State = MonthBatch.State
UNREAD = (State.READING, State.FAILED)
# The largest file is read in seconds; a job that is silent for so long is lost.
SILENT_FOR = datetime.timedelta(minutes=3)
KEPT_FOR = datetime.timedelta(hours=24)
UPLOADS_PER_HOUR = 40
SHOWN = 50


def receive_workbook(*, school_class, month, upload, by, answers_for_school):
    """Keep an uploaded workbook to be read by a job; nothing of it is looked at but its frame.

    Args:
        school_class: a class the caller found inside the sender's places.
        answers_for_school: the sender may correct as long as a head may.

    Returns a `MonthBatch` that is READING; the caller enqueues `tasks.read_workbook`.

    Raises:
        ValidationError: on `file`, when it is no sound .xlsx of at most LIMITS.bytes; or more
            than UPLOADS_PER_HOUR by one person.
    """
    an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
    if MonthBatch.objects.filter(made_by=by, made_at__gt=an_hour_ago).count() >= UPLOADS_PER_HOUR:
        raise ValidationError(
            _("You have uploaded %(limit)s files within an hour. Wait a while, then go on.")
            % {"limit": UPLOADS_PER_HOUR}
        )
    try:
        check_upload(upload, upload.name, max_bytes=LIMITS.bytes)
    except WorkbookRefused as refusal:
        told = " ".join(filter(None, in_words(refusal.code, refusal.params)))
        raise ValidationError({"file": told}) from refusal
    batch = MonthBatch(
        school_class=school_class,
        month=month.first,
        file_name=upload.name[-200:],
        answers_for_school=answers_for_school,
        read_from=timezone.now(),
        made_by=by,
    )
    batch.full_clean()
    batch.save()
    default_storage.save(kept_name(batch), upload)
    _tell(events.WORKBOOK_RECEIVED, batch, by)
    return batch


def read_batch(batch_id):
    """Read the workbook of a batch that is READING, and forget it; the state tells the outcome.

    READY with the registers it would write, REFUSED with what to mend and a marked-up copy, or
    with the one `problem` for which no sheet of it can be taken. Safe to run twice. A fault
    leaves it FAILED, keeps the file for another try and is raised again for the log.
    """
    batch = (
        MonthBatch.objects.select_related("school_class__school", "school_class__year")
        .filter(pk=batch_id, state__in=UNREAD)
        .first()
    )
    if batch is None:
        return
    try:
        state, content = _read(batch)
    except (Refused, WorkbookRefused) as refusal:
        params = {key: str(value) for key, value in refusal.params.items()}
        state, content = State.REFUSED, {"problem": {"code": refusal.code, "params": params}}
    except Exception:
        MonthBatch.objects.filter(pk=batch_id, state__in=UNREAD).update(state=State.FAILED)
        raise
    MonthBatch.objects.filter(pk=batch_id, state__in=UNREAD).update(state=state, content=content)
    default_storage.delete(kept_name(batch))


def _read(batch):
    """(state, content) of a workbook; raises Refused or WorkbookRefused."""
    school_class, month = batch.school_class, Month.of(batch.month)
    today = timezone.localdate()
    with default_storage.open(kept_name(batch)) as file:
        data = file.read(LIMITS.bytes + 1)
    source = read_source(
        data,
        file_name=batch.file_name,
        school_class=school_class,
        month=month,
        class_names=class_names(school_class.school, school_class.year),
    )
    book = class_month(
        school_class, month, today=today, answers_for_school=batch.answers_for_school
    )
    plan = make_plan(source, book, today=today)
    if plan.refusals:
        default_storage.delete(marked_name(batch))
        default_storage.save(marked_name(batch), write_marked_copy(source, plan.refusals))
    return (State.REFUSED if plan.refusals else State.READY), _content(plan)


def read_died(*, batch_id, given_up):
    """The process that read a workbook died: when it is given up, its owner is told."""
    if given_up:
        MonthBatch.objects.filter(pk=batch_id, state=State.READING).update(state=State.FAILED)


def is_stuck(batch):
    """Whether nothing has been heard of a reading for too long."""
    since = batch.read_from or batch.made_at
    return batch.state == State.READING and timezone.now() - since > SILENT_FOR


def revive_stuck():
    """Ids of the batches whose job was lost, each to be enqueued by the caller."""
    now = timezone.now()
    stuck = MonthBatch.objects.filter(state=State.READING, read_from__lt=now - SILENT_FOR)
    return [
        pk
        for pk in list(stuck.values_list("pk", flat=True))
        if stuck.filter(pk=pk).update(read_from=now)
    ]


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
        changes = {"registers": (None, len(entries))}
        _tell(events.WORKBOOK_SAVED, batch, by, changes=changes, reason=correction_reason)
    return True


def _tell(kind, batch, by, **more):
    school_class = batch.school_class
    name = f"{school_class.name} {Month.of(batch.month).label}"
    record(kind, by=by, about=batch, name=name, school=school_class.school_id, **more)


def remove_expired():
    """Forget the content and the copies of batches older than KEPT_FOR; how many there were."""
    old = MonthBatch.objects.filter(
        made_at__lt=timezone.now() - KEPT_FOR,
        state__in=[*UNREAD, State.READY, State.REFUSED],
    )
    expired = 0
    for batch in old.only("pk"):
        default_storage.delete(marked_name(batch))
        default_storage.delete(kept_name(batch))
        # Whoever is saving it at this moment has won.
        expired += old.filter(pk=batch.pk).update(state=State.EXPIRED, content={})
    return expired


def marked_name(batch):
    """Name in the storage of the marked-up copy."""
    return f"months/{batch.pk}-marked.xlsx"


def kept_name(batch):
    """Name in the storage of the workbook until it is read."""
    return f"months/{batch.pk}.xlsx"


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
