"""A batch from upload to save: the workbook is kept until it is read, then what it says."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import Kind, record
from core.months import Month
from core.services import background_runs
from core.services.saving import locked_row
from core.types import User
from core.workbooks import WorkbookRefused, check_upload
from schools.models import SchoolClass
from schools.pupil_import.selectors import class_names

from ... import events
from ...enums import RegisterState
from ...models import MonthBatch
from ...month_sheet.selectors import ClassMonth, Column, class_month
from ...month_sheet.services import MonthRefused, send_month
from ...registers.services.merging import merge
from ...registers.submission import MarkAndReason, Marks
from ..refusals import Refused, in_words
from .annotated_copy import write_marked_copy
from .change_set import Plan, make_plan
from .matching import Refusal
from .reading import LIMITS, read_source
from .staged_registers import Entry, entries_of

State = MonthBatch.State
KEPT_FOR = datetime.timedelta(hours=24)
UPLOADS_PER_HOUR = 40
SHOWN = 50


def receive_workbook(
    *,
    school_class: SchoolClass,
    month: Month,
    upload: UploadedFile,
    by: User,
    answers_for_school: bool,
) -> MonthBatch:
    """Keep an uploaded workbook to be read by a job; nothing of it is looked at but its frame.

    Args:
        school_class: a class the caller found inside the sender's places.
        answers_for_school: the sender may correct as long as a head may.

    Returns a `MonthBatch` that is READING; the caller enqueues `tasks.read_workbook`.

    Raises:
        ValidationError: on `file`, when it is no sound .xlsx of at most LIMITS.bytes; or more
            than UPLOADS_PER_HOUR by one person.
    """
    name = upload.name or ""
    an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
    if MonthBatch.objects.filter(made_by=by, made_at__gt=an_hour_ago).count() >= UPLOADS_PER_HOUR:
        raise ValidationError(
            _("You have uploaded %(limit)s files within an hour. Wait a while, then go on.")
            % {"limit": UPLOADS_PER_HOUR}
        )
    try:
        check_upload(upload, name, max_bytes=LIMITS.bytes)  # type: ignore[arg-type]  # reads as one
    except WorkbookRefused as refusal:
        told = " ".join(filter(None, in_words(refusal.code, refusal.params)))
        raise ValidationError({"file": told}) from refusal
    batch = MonthBatch(
        school_class=school_class,
        month=month.first,
        file_name=name[-200:],
        answers_for_school=answers_for_school,
        expires_at=timezone.now() + KEPT_FOR,
        made_by=by,
    )
    batch.full_clean()
    batch.save()
    default_storage.save(batch.kept_name, upload)
    _tell(events.WORKBOOK_RECEIVED, batch, by)
    return batch


def read_batch(batch_id: str) -> None:
    """Read the workbook of a batch that is READING, and forget it; the state tells the outcome.

    READY with the registers it would write, REFUSED with what to mend and a marked-up copy, or
    with the one `problem` for which no sheet of it can be taken. Safe to run twice. A fault
    leaves it FAILED, keeps the file for another try and is raised again for the log.
    """
    batch = background_runs.claim(
        MonthBatch.objects.select_related("school_class__school", "school_class__year"),
        batch_id,
        states={State.READING},
        into=State.READING,
    )
    if batch is None:
        return
    with background_runs.at_work(batch):
        try:
            state, content = _read(batch)
        except (Refused, WorkbookRefused) as refusal:
            problem = background_runs.problem(refusal.code, refusal.params)
            background_runs.finish(batch, State.REFUSED, content={}, **problem)
        else:
            background_runs.finish(batch, state, content=content)
        default_storage.delete(batch.kept_name)


def _read(batch: MonthBatch) -> tuple[str, dict[str, Any]]:
    """(state, content) of a workbook; raises Refused or WorkbookRefused."""
    school_class, month = batch.school_class, Month.of(batch.month)
    today = timezone.localdate()
    with default_storage.open(batch.kept_name) as file:
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
    # Before anything is stored of a workbook that nobody waits for.
    background_runs.beat(batch)
    if plan.refusals:
        default_storage.delete(batch.marked_name)
        default_storage.save(batch.marked_name, write_marked_copy(source, plan.refusals))
    return (State.REFUSED if plan.refusals else State.READY), _content(plan)


def read_died(*, batch_id: str, given_up: bool) -> None:
    """The process that read a workbook died: when it is given up, its owner is told."""
    background_runs.lost(MonthBatch, batch_id, given_up=given_up)


def revive_stuck() -> list[UUID]:
    """Ids of the batches whose job was lost, each to be enqueued by the caller."""
    return [batch.pk for batch in background_runs.revive(MonthBatch)]


@transaction.atomic
def cancel(batch: MonthBatch, *, by: User) -> bool:
    """Stop the reading of a workbook and forget it; False when it is too late for that."""
    if not background_runs.cancel(batch, content={}):
        return False
    _tell(events.WORKBOOK_CANCELLED, batch, by)
    transaction.on_commit(lambda: background_runs.forget_files(batch))
    return True


def save_batch(
    *,
    batch: MonthBatch,
    by: User,
    correction_reason: str = "",
    device: str = "",
    answers_for_school: bool,
) -> bool:
    """Send the registers of a READY batch, all or none; whether they are sent.

    Safe to repeat: a batch that is DONE stays as it is. What was sent meanwhile by others is
    merged by the rule of three versions; where that cannot be, nothing is written and the batch
    is compared anew: READY with another preview, or REFUSED.

    Raises:
        ValidationError: on `correction_reason`, when a sent register of an earlier day changes
            and it is empty.
    """
    with transaction.atomic():
        batch = locked_row(batch, "school_class__year")
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
                each.submission(
                    school_class=batch.school_class,
                    by=by,
                    correction_reason=correction_reason,
                    device=device,
                    answers_for_school=answers_for_school,
                )
                for each in entries
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


def _tell(kind: Kind, batch: MonthBatch, by: User, **more: Any) -> None:
    school_class = batch.school_class
    name = f"{school_class.name} {Month.of(batch.month).label}"
    record(kind, by=by, about=batch, name=name, school=school_class.school_id, **more)


def remove_expired() -> int:
    """Forget the content and the copies of batches past their end; how many there were."""
    return background_runs.expire(MonthBatch, content={})


def _content(plan: Plan) -> dict[str, Any]:
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


def _refused(refusals: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """`refusals` as dicts of cell, value, code and params; how many, and the first SHOWN."""
    return {"refusals": len(refusals), "refused": refusals[:SHOWN]}


def _as_json(refusal: Refusal) -> dict[str, Any]:
    return {
        "cell": refusal.cell,
        "value": refusal.value,
        "code": refusal.code,
        "params": {key: str(value) for key, value in refusal.params.items()},
    }


def _compare_anew(
    batch: MonthBatch, entries: Iterable[Entry], book: ClassMonth, today: datetime.date
) -> None:
    """Look again at what is on record now: other marks beside ours stay, ours are proposed."""
    columns = {column.key: column for column in book.columns}
    refused, proposed = [], []
    for entry in entries:
        column = columns.get(entry.key)
        code = _closed(entry, column, book, today)
        if code or column is None:
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


def _merged(entry: Entry, now: Marks) -> dict[int, MarkAndReason]:
    """Both versions of the marks; where they contradict each other, the file's is proposed."""
    merged, contested = merge(entry.before, entry.marks, now)
    merged = {pupil: mark for pupil, mark in merged.items() if pupil not in contested}
    return merged | {pk: entry.marks[pk] for pk in contested if pk in entry.marks}


def _closed(entry: Entry, column: Column | None, book: ClassMonth, today: datetime.date) -> str:
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
