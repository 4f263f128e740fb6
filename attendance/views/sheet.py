"""The sheet: everybody shown present, exceptions marked, sent as one."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from schools.permissions import Permission as P
from schools.permissions import requires
from schools.selectors.classes import class_in
from schools.views.access import reach

from ..enums import AbsenceReason, NotHeldReason, RegisterState
from ..forms import read_submission
from ..selectors.calendar import is_due, why_closed
from ..selectors.registers import next_not_taken, pupil_names, sheet_of
from ..services.registers import (
    OperationReused,
    RegisterRefused,
    StaleRevision,
    correction_window_end,
    receipt_code,
    send_register,
)


@requires(P.VIEW_REGISTER)
@never_cache
def sheet(request, class_id, date, session):
    """Show or send the register of one class session."""
    scope = request.scope
    found = reach(scope, P.VIEW_REGISTER, lambda places: class_in(places, class_id))
    may_take = class_in(scope.places(P.TAKE_REGISTER), class_id) is not None
    if not found.year.is_valid_on(date) or session not in found.session_list:
        raise Http404
    if request.method == "POST":
        if not may_take:
            raise PermissionDenied
        return _send(request, found, date, session)
    return _show(request, sheet_of(found, date, session), may_take=may_take)


def _send(request, school_class, date, session):
    submission = read_submission(request.POST)
    try:
        receipt = send_register(
            school_class=school_class,
            date=date,
            session=session,
            by=request.user,
            **submission.values(),
        )
    except StaleRevision as stale:
        return _conflict(request, school_class, date, session, submission, stale)
    except RegisterRefused as refusal:
        current = sheet_of(school_class, date, session)
        _keep_marks(current, submission)
        return _show(
            request,
            current,
            may_take=True,
            refusal=refusal,
            submission=submission,
            # A sheet sent before under this id needs a new one; its marks are all here.
            keep_operation=not isinstance(refusal, OperationReused),
            status=422,
        )
    sent_at = timezone.localtime(receipt.revision.sent_at)
    messages.success(
        request,
        _("Sent %(time)s · receipt %(code)s")
        % {"time": sent_at.strftime("%H:%M"), "code": receipt.code},
    )
    return redirect("attendance:sheet", class_id=school_class.pk, date=date, session=session)


def _show(
    request, sheet, *, may_take, refusal=None, submission=None, keep_operation=True, status=200
):
    today = timezone.localdate()
    due = is_due(sheet.school_class, sheet.date, sheet.session)
    open_until = correction_window_end(sheet.date)
    may_write = may_take and due and sheet.date <= today < open_until
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
            "crumbs": _crumbs(sheet),
            "may_write": may_write,
            "is_due": due,
            "closed_because": None
            if due
            else why_closed(sheet.school_class, sheet.date, sheet.session),
            "window_closed": today >= open_until,
            "is_future": sheet.date > today,
            "is_correction": sheet.register is not None and sheet.date < today,
            "receipt": receipt_code(sheet.revision) if sheet.revision else "",
            "operation_id": kept.operation_id if kept else uuid.uuid4(),
            "base_revision": kept.base_revision if kept else sheet.base_revision,
            "correction_reason": submission.correction_reason if submission else "",
            "refusal": refusal,
            "reasons": AbsenceReason.choices,
            "not_held_reasons": NotHeldReason.choices,
            "upcoming": upcoming,
        },
        status=status,
    )


@dataclass
class Difference:
    """A pupil whose mark differs between the two versions."""

    pupil_id: int
    name: str
    mine: tuple
    theirs: tuple


def _conflict(request, school_class, date, session, submission, stale):
    theirs = {int(pk): tuple(mark) for pk, mark in stale.revision.marks.items()}
    names = pupil_names({*submission.marks, *theirs})
    absent = ("", "")
    differences = [
        Difference(
            pk, names.get(pk, str(pk)), submission.marks.get(pk, absent), theirs.get(pk, absent)
        )
        for pk in sorted({*submission.marks, *theirs}, key=lambda pk: names.get(pk, ""))
        if submission.marks.get(pk, absent) != theirs.get(pk, absent)
    ]
    different = {difference.pupil_id for difference in differences}
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
            "agreed": {pk: mark for pk, mark in theirs.items() if pk not in different},
            "both_taken": submission.state == stale.revision.state == RegisterState.TAKEN,
            "operation_id": uuid.uuid4(),
            "needs_reason": date < timezone.localdate(),
            "url": reverse("attendance:sheet", args=[school_class.pk, date, session]),
            "not_held_reasons": dict(NotHeldReason.choices),
        },
        status=409,
    )


def _keep_marks(sheet, submission):
    for row in sheet.rows:
        row.mark, row.reason = submission.marks.get(row.pupil.pk, ("", ""))


def _crumbs(sheet):
    today = reverse("attendance:today")
    return [
        {"label": _("Today"), "url": f"{today}?date={sheet.date.isoformat()}"},
        {"label": sheet.school_class.name},
    ]
