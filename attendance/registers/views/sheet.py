"""The sheet: everybody shown present, exceptions marked, sent as one."""

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from core.access import reach
from core.conditional import keep_in_browser
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from core.vietnamese import sort_key
from schools.access_trail import names_shown
from schools.directory.selectors.classes import class_in, lies_in
from schools.enums import NamesKind, Session
from schools.models import SchoolClass

from ...calendar.selectors.due_sessions import why_closed
from ...enums import AbsenceReason, NotHeldReason, RegisterState
from ..devices import device_of
from ..forms import read_submission
from ..refusals import (
    OperationReused,
    PeriodLocked,
    RegisterRefused,
    StaleRevision,
    UnknownRevision,
)
from ..selectors.days import next_not_taken
from ..selectors.registers import pupil_names
from ..selectors.sheet import Sheet, sheet_of
from ..selectors.windows import waiting_for, window_of
from ..services.sending import receipt_code, send_register
from ..submission import MarkAndReason, RegisterSubmission, marks_of


@requires(P.VIEW_REGISTER)
def sheet(
    request: ScopedRequest, class_id: int, date: datetime.date, session: Session
) -> HttpResponse:
    """Show or send the register of one class session."""
    scope = request.scope
    found = reach(scope, P.VIEW_REGISTER, lambda places: class_in(places, class_id))
    may_take = lies_in(scope.places(P.TAKE_REGISTER), found)
    if not found.year.is_valid_on(date) or session not in found.session_list:
        raise Http404
    if request.method == "POST":
        if not may_take:
            raise PermissionDenied
        answer = _send(request, found, date, session)
    else:
        answer = _show(request, sheet_of(found, date, session), may_take=may_take)
        # The device of who takes its registers keeps the class anyway (attendance.offline).
        if may_take:
            return keep_in_browser(answer)
    add_never_cache_headers(answer)
    return answer


def _send(
    request: ScopedRequest, school_class: SchoolClass, date: datetime.date, session: Session
) -> HttpResponse:
    submission = read_submission(
        request.POST,
        school_class=school_class,
        date=date,
        session=session,
        by=request.user,
        device=device_of(request),
        answers_for_school=_answers_for(request, school_class),
    )
    try:
        receipt = send_register(submission)
    except StaleRevision as stale:
        return _conflict(request, submission, stale)
    except RegisterRefused as refusal:
        current = sheet_of(school_class, date, session)
        _put_marks(current, submission)
        return _show(
            request,
            current,
            may_take=True,
            refusal=refusal,
            submission=submission,
            # A sheet sent before under this id needs a new one; its marks are all here.
            keep_operation=not isinstance(refusal, OperationReused | UnknownRevision),
            status=422,
        )
    sent_at = timezone.localtime(receipt.revision.sent_at)
    messages.success(
        request,
        _("Sent %(time)s · receipt %(code)s")
        % {"time": sent_at.strftime("%H:%M"), "code": receipt.code},
    )
    if receipt.is_merged:
        messages.info(
            request,
            _("Somebody had sent this register meanwhile; your marks were added to theirs."),
        )
    return redirect("attendance:sheet", class_id=school_class.pk, date=date, session=session)


def _show(
    request: ScopedRequest,
    sheet: Sheet,
    *,
    may_take: bool,
    refusal: RegisterRefused | None = None,
    submission: RegisterSubmission | None = None,
    keep_operation: bool = True,
    status: int = 200,
) -> HttpResponse:
    names_shown(request, NamesKind.SHEET, school_class=sheet.school_class, count=len(sheet.rows))
    today = timezone.localdate()
    due = sheet.is_due
    window = window_of(
        sheet.school_class,
        sheet.date,
        today=today,
        answers_for_school=_answers_for(request, sheet.school_class),
        is_correction=sheet.register is not None,
        state=sheet.calendar,
    )
    may_write = may_take and due and sheet.date <= today and window.is_open
    may_ask = may_take and due and not window.is_open and window.lock is None
    kept = submission if submission is not None and keep_operation else None
    upcoming = None
    if may_take and sheet.register is not None and sheet.date == today:
        upcoming = next_not_taken(
            request.scope.places(P.TAKE_REGISTER), sheet.date, after=sheet.school_class
        )
    return render(
        request,
        "attendance/sheet.html",
        {
            "sheet": sheet,
            "crumbs": _crumbs(request, sheet),
            "may_write": may_write,
            # Without a script a reason is given on rows that have one already, or on all of them;
            # a draft that waits to be filled in finds the fields it was typed in.
            "full": "reasons" in request.GET or request.has_draft,
            "is_due": due,
            "closed_because": None
            if due
            else why_closed(sheet.school_class, sheet.date, sheet.session),
            "window": window,
            "locked": PeriodLocked(window.lock) if window.lock else None,
            "may_ask": may_ask,
            "asked": waiting_for(sheet.school_class, sheet.date) if may_ask else None,
            "is_future": sheet.date > today,
            "is_past": sheet.date < today,
            "is_correction": sheet.register is not None and sheet.date < today,
            "receipt": receipt_code(sheet.revision) if sheet.revision else "",
            "operation_id": kept.operation_id if kept else uuid.uuid4(),
            "base_revision": kept.base_revision if kept else sheet.base_revision,
            "correction_reason": submission.correction_reason if submission else "",
            "refusal": refusal,
            "reasons": AbsenceReason.choices,
            "not_held_reasons": NotHeldReason.choices,
            "upcoming": upcoming,
            "settle_url": reverse(
                "attendance:roll_settle",
                args=[sheet.school_class.pk, sheet.date, sheet.session],
            )
            if lies_in(request.scope.places(P.MANAGE_PUPILS), sheet.school_class)
            else "",
            "leave_url": reverse("attendance:leave_record", args=[sheet.school_class.pk])
            if may_take
            else "",
        },
        status=status,
    )


@dataclass
class Difference:
    """A pupil whose mark differs between the two versions."""

    pupil_id: int
    name: str
    mine: MarkAndReason
    theirs: MarkAndReason


def _conflict(
    request: ScopedRequest, submission: RegisterSubmission, stale: StaleRevision
) -> HttpResponse:
    school_class, date, session = submission.school_class, submission.date, submission.session
    theirs = marks_of(stale.revision)
    names = pupil_names(stale.pupil_ids, beside=stale.revision.roll)
    names_shown(request, NamesKind.SHEET, school_class=school_class, count=len(names))
    present = ("", "")
    differences = [
        Difference(
            pk, names.get(pk, str(pk)), submission.marks.get(pk, present), theirs.get(pk, present)
        )
        for pk in sorted(stale.pupil_ids, key=lambda pk: sort_key(names.get(pk, "")))
    ]
    return render(
        request,
        "attendance/conflict.html",
        {
            "school_class": school_class,
            "date": date,
            "session": session,
            "register": stale.register,
            "revision": stale.revision,
            "submission": submission,
            "differences": differences,
            "agreed": {pk: mark for pk, mark in stale.merged.items() if pk not in stale.pupil_ids},
            "both_taken": submission.state == stale.revision.state == RegisterState.TAKEN,
            "operation_id": uuid.uuid4(),
            "needs_reason": date < timezone.localdate(),
            "url": reverse("attendance:sheet", args=[school_class.pk, date, session]),
            "not_held_reasons": dict(NotHeldReason.choices),
        },
        status=409,
    )


def _answers_for(request: ScopedRequest, school_class: SchoolClass) -> bool:
    return lies_in(request.scope.places(P.MANAGE_SCHOOL), school_class)


def _put_marks(sheet: Sheet, submission: RegisterSubmission) -> None:
    for row in sheet.rows:
        row.mark, row.reason = submission.marks.get(row.pupil.pk, ("", ""))


def _crumbs(request: ScopedRequest, sheet: Sheet) -> list[dict[str, Any]]:
    school_class = sheet.school_class
    if request.scope.may(P.TAKE_REGISTER):
        url = f"{reverse('attendance:today')}?date={sheet.date.isoformat()}"
        return [{"label": _("Today"), "url": url}, {"label": school_class.name}]
    # Who only reads registers has no list of the day.
    url = reverse("schools:school_class", args=[school_class.pk])
    return [{"label": school_class.name, "url": url}, {"label": _("Register")}]
