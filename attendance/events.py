"""What is decided about days, registers and leave; each leaves an event (`core.events`).

A register that is sent leaves none: its revision is never changed, and has author, time and
reason already.
"""

from django.utils.translation import gettext_lazy as _

from core.events import declare

CLOSED = declare("calendar.closed", _("Days closed"), registers=_("registers already sent"))
HELD = declare("calendar.held", _("School held on days"))
CLOSURE_REMOVED = declare("calendar.closure_removed", _("Closure taken back"))
FRAME_SET = declare("calendar.frame_set", _("Frame of the school year set"))
FRAME_REMOVED = declare("calendar.frame_removed", _("Frame of the school year taken back"))
PATTERN_SET = declare("calendar.pattern_set", _("Weekly pattern set"))
PATTERN_REMOVED = declare("calendar.pattern_removed", _("Weekly pattern taken back"))
REOPENING_ASKED = declare("registers.reopening_asked", _("Asked to open registers again"))
REOPENED = declare("registers.reopened", _("Registers opened again"))
REOPENING_REFUSED = declare("registers.reopening_refused", _("Opening again refused"))
REOPENING_CLOSED = declare("registers.reopening_closed", _("Registers closed again"))
PERIOD_LOCKED = declare("registers.period_locked", _("Registers of a month locked"))
PERIOD_UNLOCKED = declare("registers.period_unlocked", _("Registers of a month unlocked"))
LEAVE_RECORDED = declare("leave.recorded", _("Planned leave recorded"))
LEAVE_LETTER = declare("leave.letter_kept", _("Letter of a leave kept"))
LEAVE_WITHDRAWN = declare("leave.withdrawn", _("Planned leave withdrawn"))
ROLL_SETTLED = declare("registers.settled", _("Register made to agree with the roll"))
WORKBOOK_RECEIVED = declare("month.received", _("Month workbook uploaded"))
WORKBOOK_CANCELLED = declare("month.cancelled", _("Reading of a month workbook cancelled"))
WORKBOOK_SAVED = declare("month.saved", _("Month workbook saved"), registers=_("registers"))
REMINDED = declare(
    "registers.reminded",
    _("Reminded of missing registers"),
    people=_("people"),
    mails=_("e-mails"),
    classes=_("classes"),
    schools=_("schools"),
)
