"""What is decided about targets, flags and report files; each leaves an event (`core.events`)."""

from django.utils.translation import gettext_lazy as _

from core.events import declare

from .models import Flag

TARGET_SET = declare("target.set", _("Target set"))
FLAGS_RAISED = declare(
    "flags.raised",
    _("Month judged"),
    raised=_("flags raised"),
    updated=_("flags updated"),
    withdrawn=_("flags withdrawn"),
    **{rule.value: rule.label for rule in Flag.Rule},
)
MONTH_PUBLISHED = declare("month.published", _("Month published"))
MONTH_REOPENED = declare("month.reopened", _("Published month reopened"))
REPORT_ASKED = declare("report.asked", _("Report asked for"))
REPORT_MADE = declare("report.made", _("Report made"))
REPORT_FAILED = declare("report.failed", _("Report could not be made"))
REPORT_CANCELLED = declare("report.cancelled", _("Report cancelled"))
REPORT_FETCHED = declare("report.fetched", _("Report fetched"))
