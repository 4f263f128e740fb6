"""Why a register is not accepted, in words that say what the sender can do."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from core.months import Month
from core.types import StrOrPromise

from ..models import Closure, PeriodLock, Register, RegisterRevision, YearFrame


class RegisterRefused(Exception):
    """A submission that cannot be accepted; `message` says what the sender can do.

    `code` is for machines; the API and every other answer take it from here, and `detail` where
    a program, which has no sheet before it, needs another sentence.
    """

    code = "register_refused"
    # What is on record differs from what the sender saw: they must look at both.
    is_conflict = False
    message: StrOrPromise = _("The register could not be accepted.")
    detail: StrOrPromise = ""

    def __init__(self, message: StrOrPromise | None = None) -> None:
        if message:
            self.message, self.detail = message, ""
        super().__init__(self.message)


class SessionNotDue(RegisterRefused):
    code = "session_not_due"
    message = _("There is no school in this session, so there is nothing to send.")


class WindowClosed(RegisterRefused):
    code = "window_closed"
    message = _("The time to change this register is over. Open the sheet and ask for it.")
    detail = _(
        "The time to change this register is over. The head of the school can open the session"
        " again."
    )


class PeriodLocked(RegisterRefused):
    """The month is locked for everybody, whatever was opened again in it."""

    code = "period_locked"
    message = _("The registers of this month are locked.")

    def __init__(self, lock: PeriodLock) -> None:
        self.lock = lock
        super().__init__(
            _(
                "The registers of %(month)s are locked in %(area)s: nothing in them can be"
                " changed. Ask the office that locked them to unlock the month first."
            )
            % {"month": Month.of(lock.valid_from).label, "area": lock.area}
        )


class ReasonMissing(RegisterRefused):
    code = "correction_reason_missing"
    message = _("Say in a few words why the register of an earlier day is corrected.")


class WrongMarks(RegisterRefused):
    code = "wrong_marks"
    message = _("A mark or reason is not one of the list. Open the sheet again and send it anew.")
    detail = _("A mark or reason is not one of the list: see the schema.")


class PupilNotOnRoll(RegisterRefused):
    """Marks for pupils who are not on the roll of that day."""

    code = "pupil_not_on_roll"
    message = _(
        "The roll has changed since the sheet was opened. Look at the sheet again and send it anew."
    )
    detail = _("The pupils named are not on the roll of this day. Read the roll again.")

    def __init__(self, pupil_ids: Iterable[int]) -> None:
        self.pupil_ids = sorted(pupil_ids)
        super().__init__()


class OperationReused(RegisterRefused):
    """An operation id came again with other content."""

    code = "operation_reused"
    is_conflict = True
    message = _("This sheet was sent before with other marks. Open it again and send it anew.")
    detail = _("This op_id was used before for something else. Make a new one.")


class StaleRevision(RegisterRefused):
    """Somebody sent the register meanwhile and both cannot be had; nothing was written.

    Attributes:
        register, revision: what is on record.
        pupil_ids: pupils with two different marks; empty when one version says "not held".
        merged: the marks of both versions, of those pupils the ones on record.
    """

    code = "stale_revision"
    is_conflict = True
    message = _("Somebody has sent this register meanwhile. Compare both and send again.")
    detail = _(
        "Somebody has sent this register meanwhile. Both versions are in this answer: decide"
        " what differs, and send it under a new op_id with the revision on record."
    )

    def __init__(
        self,
        register: Register,
        revision: RegisterRevision,
        pupil_ids: Iterable[int] = (),
        merged: Mapping[int, tuple[str, str]] | None = None,
    ) -> None:
        self.register = register
        self.revision = revision
        self.pupil_ids = sorted(pupil_ids)
        self.merged: Mapping[int, tuple[str, str]] = merged or {}
        super().__init__()


class UnknownRevision(RegisterRefused):
    """The sheet names a revision that this register never had."""

    code = "stale_revision"
    is_conflict = True
    message = _("This sheet was made from a register that is not here. Open it again and send it.")
    detail = _(
        "This register never had the base_revision that was sent. Read it and send it under a"
        " new op_id."
    )


def why_not_due(why: YearFrame | Closure | None) -> StrOrPromise | None:
    """What the sender reads of a frame or closure; None for what is said of every other."""
    if isinstance(why, YearFrame):
        return _("Classes are held from %(first)s to %(last)s. There is nothing to send.") % {
            "first": why.valid_from.strftime("%d/%m/%Y"),
            "last": why.last_day.strftime("%d/%m/%Y"),
        }
    if isinstance(why, Closure):
        return _("This session was closed: %(reason)s. There is nothing to send.") % {
            "reason": why.get_reason_display()
        }
    return None
