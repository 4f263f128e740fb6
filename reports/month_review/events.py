"""What is decided about a month before it is published; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

MONTH_CONFIRMED = declare("month.confirmed", _("Month confirmed by the school"))
MONTH_CONFIRMATION_WITHDRAWN = declare(
    "month.confirmation_withdrawn", _("Confirmation of a month taken back")
)
ASSESSMENT_WRITTEN = declare("assessment.written", _("Assessment of a month written"))
ASSESSMENT_SENT = declare("assessment.sent", _("Assessment of a month sent"))
ASSESSMENT_ACCEPTED = declare("assessment.accepted", _("Assessment of a month accepted"))
ASSESSMENT_GIVEN_BACK = declare("assessment.given_back", _("Assessment of a month given back"))
RESULTS_ACKNOWLEDGED = declare("month.results_acknowledged", _("Results of a month acknowledged"))
MONTH_REMINDED = declare(
    "month.reminded",
    _("Reminded who is late with a month"),
    people=_("people reminded"),
    schools=_("schools"),
    communes=_("communes"),
)
