"""The steps of a month: confirmed, assessed, closed and published, reopened."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from attendance.models import PeriodLock
from attendance.registers.selectors.windows import lock_in_force
from attendance.registers.services.period_locks import lock_period, unlock_period
from core.events import record
from core.months import Month
from core.services.saving import save_checked
from core.types import User
from schools.models import Area, School

from .. import events
from ..models import MonthAssessment, MonthConfirmation, Publication, PublicationReceipt
from ..models.month_steps import (
    ACCEPT,
    ASSESSMENTS,
    CONFIRM,
    CONFIRMATIONS,
    GIVE_BACK,
    SEND,
    WITHDRAW,
    WRITE,
)
from .details import detail_of, keep_detail
from .events import RESULTS_ACKNOWLEDGED
from .freezing import code_of, fingerprint, frozen_content, with_detail
from .selectors import latest_publication
from .steps import lacking_of


@transaction.atomic
def publish_month(*, area: Area, month: Month, by: User | None) -> Publication:
    """Lock the registers of an area's month, freeze its figures and publish them.

    The figures are counted after the lock is written, so that no register is sent between. What
    was published before and reopened is replaced, never rewritten.

    Args:
        by: who decides it; None for a command on the server.

    Raises ValidationError: the month is not over or the area did not exist in it; it is
    published and was not reopened; registers still wait to be counted; there is nothing to
    publish.
    """
    before = latest_publication(area, month)
    if before is not None and before.lock.unlocked_at is None:
        raise ValidationError(
            _("%(publication)s is published already. Reopen it first, with a reason.")
            % {"publication": before},
            code="published",
        )
    lock = lock_in_force(area, month, level="") or lock_period(area=area, month=month, by=by)
    number = 1 if before is None else before.number + 1
    figures, stale = frozen_content(area=area, month=month, number=number)
    if stale:
        raise ValidationError(
            _("%(count)d class-months are still being counted. Try again in some minutes.")
            % {"count": stale},
            code="stale",
        )
    if not figures["rows"]:
        raise ValidationError(
            _("Nothing was counted in %(area)s in %(month)s: there is nothing to publish.")
            % {"area": area, "month": month.label},
            code="nothing",
        )
    detail = detail_of(area, month)
    content = with_detail(figures, detail)
    publication = Publication(
        area=area,
        month=month.first,
        number=number,
        replaces=before,
        lock=lock,
        content=content,
        fingerprint=fingerprint(content),
        code=code_of(content),
        published_at=timezone.now(),
        published_by=by,
    )
    save_checked(publication)
    keep_detail(publication, detail)
    record(
        events.MONTH_PUBLISHED,
        by=by,
        about=publication,
        area=area.pk,
        changes={"code": (before.code if before else None, publication.code)},
    )
    return publication


@transaction.atomic
def reopen_month(*, publication: Publication, by: User | None, reason: str) -> PeriodLock:
    """Open the registers of a published month again, so that it is corrected and published anew.

    Returns the lock that was taken back. The publication keeps its figures.

    Raises ValidationError: no reason, or it was reopened before.
    """
    lock = unlock_period(lock=publication.lock, by=by, reason=reason)
    record(
        events.MONTH_REOPENED,
        by=by,
        about=publication,
        area=publication.area_id,
        reason=lock.unlock_reason,
    )
    return lock


@transaction.atomic
def acknowledge_results(*, publication: Publication, commune: Area, by: User) -> PublicationReceipt:
    """A commune's word that it has read what was published; given again it changes nothing.

    Raises ValidationError: the month was opened again, so that other figures will follow.
    """
    if publication.lock.unlocked_at is not None:
        raise ValidationError(
            _("%(publication)s was opened again for corrections. Wait for the new figures.")
            % {"publication": publication},
            code="reopened",
        )
    receipt, is_new = PublicationReceipt.objects.get_or_create(
        publication=publication,
        area=commune,
        defaults={"acknowledged_by": by, "acknowledged_at": timezone.now()},
    )
    if is_new:
        record(
            RESULTS_ACKNOWLEDGED,
            by=by,
            about=publication,
            area=commune.pk,
            changes={"commune": (None, commune.title)},
        )
    return receipt


@transaction.atomic
def confirm_month(*, school: School, month: Month, note: str, by: User) -> MonthConfirmation:
    """A school's word that its registers of a month are complete, as far as they can be.

    Keeps how many were missing and how many differed from the roll at that moment. Raises
    ValidationError: registers are missing or differ and `note` does not say why; IllegalTransition:
    the month is not over, published, or confirmed already; PermissionDenied.
    """
    row, _made = MonthConfirmation.objects.get_or_create(school=school, month=month.first)
    with CONFIRMATIONS.change(CONFIRM, row, by=by) as step:
        lacking = lacking_of(school, month)
        if lacking and not note.strip():
            raise ValidationError(
                {"note": _("Say why registers are missing or differ from the roll.")}
            )
        confirmed = step.row
        confirmed.missing, confirmed.differing = len(lacking.registers), lacking.differing
        confirmed.note = note.strip()
        confirmed.confirmed_by, confirmed.confirmed_at = by, timezone.now()
        step.changes = {
            "missing": (None, confirmed.missing),
            "differing": (None, confirmed.differing),
        }
        step.reason = confirmed.note
    return confirmed


def withdraw_confirmation(
    *, confirmation: MonthConfirmation, reason: str, by: User
) -> MonthConfirmation:
    """Take a confirmation back, so that the month is gone over once more.

    Raises ValidationError: no reason; IllegalTransition: it does not stand, or the month is
    published; PermissionDenied.
    """
    with CONFIRMATIONS.change(WITHDRAW, confirmation, by=by) as step:
        step.reason = _needed(reason, _("Say why the confirmation is taken back."))
        step.row.confirmed_by = step.row.confirmed_at = None
    return step.row


@transaction.atomic
def write_assessment(
    *, commune: Area, month: Month, text: str, measures: str, seen: int, by: User
) -> MonthAssessment:
    """Keep what an office says about a commune's month; it can be changed until it is sent.

    Args:
        seen: the revision the writer saw, 0 for none.

    Raises ValidationError: nothing is said, or somebody wrote it meanwhile; IllegalTransition: it
    is sent, or the month is not over or published; PermissionDenied.
    """
    row, _made = MonthAssessment.objects.get_or_create(area=commune, month=month.first)
    with ASSESSMENTS.change(WRITE, row, by=by) as step:
        written = step.row
        if not text.strip():
            raise ValidationError({"text": _("Write the assessment.")})
        if written.version != seen:
            raise ValidationError(
                _(
                    "%(name)s has changed this assessment at %(time)s meanwhile. Open the page "
                    "anew to see it; what you typed stands below."
                )
                % {
                    "name": written.written_by or "—",
                    "time": f"{timezone.localtime(written.written_at):%H:%M %d/%m/%Y}"
                    if written.written_at
                    else "—",
                },
                code="meanwhile",
            )
        written.text, written.measures = text.strip(), measures.strip()
        written.version += 1
        written.written_by, written.written_at = by, timezone.now()
        step.changes = {"version": (seen, written.version)}
    return written


def send_assessment(*, assessment: MonthAssessment, by: User) -> MonthAssessment:
    """Send a written assessment to the office above.

    Raises IllegalTransition: it is sent already, or the month is not over or published;
    PermissionDenied.
    """
    with ASSESSMENTS.change(SEND, assessment, by=by) as step:
        step.row.sent_by, step.row.sent_at = by, timezone.now()
        step.row.returned = ""
    return step.row


def accept_assessment(*, assessment: MonthAssessment, by: User) -> MonthAssessment:
    """Accept an assessment; the month's report says it from now on.

    Raises IllegalTransition: it was not sent, or the month is published; PermissionDenied.
    """
    with ASSESSMENTS.change(ACCEPT, assessment, by=by) as step:
        step.row.accepted_by, step.row.accepted_at = by, timezone.now()
    return step.row


def give_back_assessment(*, assessment: MonthAssessment, reason: str, by: User) -> MonthAssessment:
    """Give an assessment back to be written anew, sent or accepted.

    Raises ValidationError: no reason; IllegalTransition: it was not sent, or the month is
    published; PermissionDenied.
    """
    with ASSESSMENTS.change(GIVE_BACK, assessment, by=by) as step:
        row = step.row
        step.reason = _needed(reason, _("Say what is to be changed."))
        row.returned = step.reason
        row.sent_by = row.sent_at = row.accepted_by = row.accepted_at = None
    return step.row


def _needed(reason: str, sentence: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": sentence})
    return reason.strip()
