from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from schools import rules

CORRECTION_DAYS = "attendance.correction_days"


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = _("Attendance")

    def ready(self):
        rules.declare(
            CORRECTION_DAYS,
            meaning=_("Days after the end of a month in which its registers may be corrected"),
            unit=_("days"),
            first_value=5,
        )
