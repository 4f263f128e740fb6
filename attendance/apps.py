from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from core import rules
from core.notifications import kinds
from core.rule_units import DEGREES, HOUR_OF_DAY
from schools.directory import class_records
from schools.pupils import pupil_records
from schools.reorganisations import followers as unit_followers

CORRECTION_DAYS = "attendance.correction_days"
TEACHER_DAYS = "attendance.teacher_days"
REOPENED_HOURS = "attendance.reopened_hours"
COLD_LIMIT = "attendance.cold_limit"
SUPPORT_DAYS = "attendance.support_days"
COLD_LIMIT_BOARDERS = "attendance.cold_limit_boarders"
LEAVE_DAYS = "attendance.leave_days"
LETTER_DAYS = "attendance.letter_days"
REMIND_PAUSE = "attendance.remind_pause"
# By session: the hour at which it begins, and the one from which its register is late.
START_HOUR = {"am": "attendance.start_hour_am", "pm": "attendance.start_hour_pm"}
LATE_HOUR = {"am": "attendance.late_hour_am", "pm": "attendance.late_hour_pm"}


class AttendanceConfig(AppConfig):
    name = "attendance"
    verbose_name = _("Attendance")

    def ready(self) -> None:
        # By name: the keys above are read by the selectors, on which the receivers stand.
        receivers = import_module("attendance.receivers")
        receivers.connect()
        state = import_module("attendance.calendar.state")
        post_migrate.connect(state.install_triggers, sender=self, dispatch_uid="calendar_state")
        # Registers its check.
        import_module("attendance.boarding_support.checks")
        class_records.last_days.register(receivers.last_registers)
        pupil_records.keepers.register(_pupil_records)
        closed_maps = import_module("attendance.registers.selectors.closed_maps")
        unit_followers.obstacles.register(closed_maps.closed_since)
        import_module("schools.closed_months").settled.register(closed_maps.last_closed)
        terms = import_module("schools.pupil_import.terms")
        terms.terms_of_year.register(import_module("attendance.calendar.selectors.terms").terms_of)
        import_module("attendance.digest_parts").declare_all()
        reminder_emails = import_module("attendance.reminders.emails")
        kinds.compose_with(reminder_emails.REGISTERS_MISSING, reminder_emails.compose)
        rules.declare_theme("attendance", _("Registers, leave and cold weather"), place=10)
        rules.declare(
            CORRECTION_DAYS,
            meaning=_("Days after the end of a month in which its registers may be corrected"),
            unit=_("days"),
            first_value=5,
            least=0,
            most=366,
        )
        rules.declare(
            TEACHER_DAYS,
            meaning=_("Days after a session in which its teacher may correct the register sent"),
            unit=_("days"),
            first_value=7,
            least=0,
            most=366,
        )
        rules.declare(
            REOPENED_HOURS,
            meaning=_("Hours for which registers are opened again"),
            unit=_("hours"),
            first_value=48,
        )
        rules.declare(
            COLD_LIMIT,
            meaning=_("Lowest temperature of a day at or under which a level stays at home"),
            unit=DEGREES,
            first_value=7,
            by_level={"MN": 10, "TH": 10},
            varies=True,
        )
        rules.declare(
            COLD_LIMIT_BOARDERS,
            meaning=_("The same for schools whose pupils board"),
            unit=DEGREES,
            first_value=5,
        )
        rules.declare(
            SUPPORT_DAYS,
            meaning=_("Days of study that make a month of a semi-boarder count for rice and money"),
            unit=_("days"),
            first_value=1,
            source=_(
                "Ours: decrees 116/2016 and 66/2025/NĐ-CP say “months actually studied”; no least "
                "number of days was found."
            ),
            most=31,
        )
        rules.declare(
            LEAVE_DAYS,
            meaning=_("Most days of one planned leave"),
            unit=_("days"),
            first_value=31,
            most=366,
        )
        rules.declare(
            LETTER_DAYS,
            meaning=_("Days after the school year for which letters of leave are kept"),
            unit=_("days"),
            first_value=30,
            least=0,
        )
        rules.declare(
            REMIND_PAUSE,
            meaning=_("Minutes before somebody may be reminded of the same register again"),
            unit=_("minutes"),
            first_value=60,
            least=0,
        )
        for key, meaning, first_value in [
            (START_HOUR["am"], _("Hour at which the morning session begins"), 7),
            (START_HOUR["pm"], _("Hour at which the afternoon session begins"), 13.5),
            (LATE_HOUR["am"], _("Hour from which a morning register is late"), 9),
            (LATE_HOUR["pm"], _("Hour from which an afternoon register is late"), 15),
        ]:
            rules.declare(
                key, meaning=meaning, unit=HOUR_OF_DAY, first_value=first_value, varies=True
            )
        for session, start in START_HOUR.items():
            rules.declare_rising(start, LATE_HOUR[session])


def _pupil_records() -> pupil_records.Keeper:
    return import_module("attendance.rolls.services.pupil_records")
