"""The dated rules by which figures are judged; their values live in `core.Rule`."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from core import rules
from core.rule_units import PERCENT, PERCENTAGE_POINTS, POINTS, Unit

MIN_PUPILS = "reports.min_pupils"
MIN_DAYS = "reports.min_days"
MIN_FOUND = "reports.min_found"
PERSISTENT_MONTHS = "reports.persistent_months"
FALLING_POINTS = "reports.falling_points"
FILE_DAYS = "reports.file_days"
YEAR_LIMIT = "risk.year_limit"
YEAR_FIRST, YEAR_SECOND, YEAR_THIRD = "risk.year_first", "risk.year_second", "risk.year_third"
STREAK_SESSIONS = "risk.streak_sessions"
UNSEEN_SESSIONS = "risk.unseen_sessions"
CHRONIC_DAYS, CHRONIC_PERCENT = "risk.chronic_days", "risk.chronic_percent"
SUDDEN_SESSIONS, SUDDEN_POINTS = "risk.sudden_sessions", "risk.sudden_points"
BREAK_DAYS, BREAK_BEFORE = "risk.break_days", "risk.break_before"
BREAK_SESSIONS = "risk.break_sessions"
FULL_DAYS, FULL_PUPILS = "plausible.full_days", "plausible.full_pupils"
AT_ONCE_DAYS, AT_ONCE_MINUTES = "plausible.at_once_days", "plausible.at_once_minutes"
COPIED_DAYS, COPIED_PUPILS = "plausible.copied_days", "plausible.copied_pupils"

# Of a rule whose readers take half a point too.
TENTHS = replace(PERCENTAGE_POINTS, digits=1)
# Days after the end of a month until which each step of its path is done.
MONTH_CONFIRM, MONTH_ASSESS = "month.confirm_days", "month.assess_days"
MONTH_REVIEW, MONTH_PUBLISH = "month.review_days", "month.publish_days"

WHY_PUPILS, WHY_ABSENT, WHY_GAP = "why.pupils", "why.absent", "why.gap_points"
WHY_REASON, WHY_NO_REASON = "why.reason_percent", "why.no_reason_percent"
WHY_FEW_PUPILS, WHY_GROUP, WHY_UNIT = "why.few_percent", "why.group_percent", "why.unit_percent"

SIMILAR_PLACES = "similar.places"
# In the order of the features of `reports.similar_places`.
SIMILAR_WEIGHTS = (
    *("similar.roll", "similar.lower_secondary", "similar.minority", "similar.main_group"),
    *("similar.semi_boarders", "similar.boarding_schools", "similar.sites"),
    *("similar.difficult", "similar.border"),
)


def declare_all() -> None:
    """Declare the rules of this app; called once when it is loaded."""
    rules.declare_theme("month", _("Closing the month"), place=15)
    rules.declare_theme("reports", _("How figures are judged"), place=20)
    rules.declare_theme("why", _("Why pupils are absent"), place=22)
    rules.declare_theme("similar", _("Places like one another"), place=23)
    rules.declare_theme("plausible", _("Registers to be checked"), place=24)
    rules.declare_theme("risk", _("Pupils at risk"), place=26)
    rules.declare(
        MIN_PUPILS,
        meaning=_("Fewest pupils for a figure to be ranked or called certainly low"),
        unit=_("pupils"),
        first_value=30,
    )
    rules.declare(
        MIN_DAYS,
        meaning=_("Fewest days with registers for a figure to be ranked or called certainly low"),
        unit=_("days"),
        first_value=10,
    )
    rules.declare(
        MIN_FOUND,
        meaning=_(
            "Least share of children told to go to school who are found on the rolls, for a "
            "mobilisation rate to be judged"
        ),
        unit=PERCENT,
        first_value=80,
    )
    rules.declare(
        PERSISTENT_MONTHS,
        meaning=_("Months under the target in a row that make it persistent"),
        unit=_("months"),
        first_value=3,
        varies=True,
        most=12,
    )
    rules.declare(
        FALLING_POINTS,
        meaning=_("Fall against the month before that raises a flag"),
        unit=TENTHS,
        first_value=2,
        varies=True,
    )
    rules.declare(
        FILE_DAYS,
        meaning=_("Days a report file is kept"),
        unit=_("days"),
        first_value=30,
    )
    _declare_risks()
    _declare_signs()
    _declare_why()
    _declare_similar()
    _declare_deadlines()


def _declare_risks() -> None:
    limit = "Thông tư 22/2021/TT-BGDĐT, Điều 12"
    days, sessions = Unit(_("days")), Unit(_("sessions"))
    for key, meaning, unit, first_value, source in [
        (YEAR_LIMIT, _("Days away in a school year that still allow promotion"), days, 45, limit),
        (YEAR_FIRST, _("Days away in a school year that are warned of first"), days, 20, ""),
        (YEAR_SECOND, _("Days away in a school year that are warned of again"), days, 30, ""),
        (YEAR_THIRD, _("Days away in a school year that are warned of last"), days, 40, ""),
        (STREAK_SESSIONS, _("Unexcused sessions in a row that put at risk"), sessions, 3, ""),
        (UNSEEN_SESSIONS, _("Sessions away in a row that put at risk"), sessions, 10, ""),
        (CHRONIC_DAYS, _("Days on the roll before a share of absences counts"), days, 20, ""),
        (CHRONIC_PERCENT, _("Share of sessions away that puts at risk"), PERCENT, 10, ""),
        (SUDDEN_SESSIONS, _("Last sessions that are compared with those before"), sessions, 10, ""),
        (
            SUDDEN_POINTS,
            _("Rise of the share of absences that puts at risk"),
            PERCENTAGE_POINTS,
            40,
            "",
        ),
        (BREAK_DAYS, _("Days without school in a row that are a break"), days, 7, ""),
        (
            BREAK_BEFORE,
            _("Days before a break in which who does not return was seen"),
            days,
            14,
            "",
        ),
        (BREAK_SESSIONS, _("Sessions away since a break that put at risk"), sessions, 2, ""),
    ]:
        rules.declare(
            key, meaning=meaning, unit=unit, first_value=first_value, source=source, varies=True
        )
    rules.declare_rising(YEAR_FIRST, YEAR_SECOND, YEAR_THIRD, YEAR_LIMIT)


def _declare_signs() -> None:
    days, pupils = _("days"), _("pupils")
    for key, meaning, unit, first_value in [
        (FULL_DAYS, _("Days in a row without any absence that are asked about"), days, 20),
        (FULL_PUPILS, _("Fewest pupils of a class to ask why nobody is ever absent"), pupils, 10),
        (
            AT_ONCE_DAYS,
            _("Days with registers written at once that are asked about"),
            days,
            5,
        ),
        (AT_ONCE_MINUTES, _("Time in which registers count as written at once"), _("minutes"), 10),
        (COPIED_DAYS, _("Days in a row with the same absent pupils that are asked about"), days, 5),
        (COPIED_PUPILS, _("Fewest absent pupils for two days to look copied"), pupils, 2),
    ]:
        rules.declare(key, meaning=meaning, unit=unit, first_value=first_value, varies=True)


def _declare_why() -> None:
    percent, points = PERCENT, TENTHS
    for key, meaning, unit, first_value in [
        (WHY_PUPILS, _("Fewest pupils of a group that is told of by itself"), Unit(_("pupils")), 5),
        (WHY_ABSENT, _("Fewest absences of a month that are explained"), Unit(_("sessions")), 30),
        (WHY_GAP, _("How much lower a group or place must be to be named"), points, 3),
        (WHY_REASON, _("Share of the absences at which a reason is named"), percent, 30),
        (WHY_NO_REASON, _("Share of the absences without a reason that is named"), percent, 60),
        (
            WHY_FEW_PUPILS,
            _("Share of the absences, beyond their own, at which few pupils are named"),
            percent,
            25,
        ),
        (WHY_GROUP, _("Share of the absences that a group has too many to be named"), percent, 10),
        (WHY_UNIT, _("Share of the absences that a place has too many to be named"), percent, 15),
    ]:
        rules.declare(key, meaning=meaning, unit=unit, first_value=first_value, varies=True)


def _declare_similar() -> None:
    rules.declare(
        SIMILAR_PLACES,
        meaning=_("Similar places that one is compared with"),
        unit=_("places"),
        first_value=10,
        varies=True,
        least=5,
        most=50,
    )
    meanings = [
        _("Weight of the number of pupils in who is similar"),
        _("Weight of the share of lower secondary pupils"),
        _("Weight of the share of ethnic minority pupils"),
        _("Weight of the share of the largest ethnic group"),
        _("Weight of the share of semi-boarders"),
        _("Weight of pupils in boarding and semi-boarding schools"),
        _("Weight of the number of satellite sites"),
        _("Weight of being an especially difficult commune"),
        _("Weight of being a border commune"),
    ]
    for key, meaning in zip(SIMILAR_WEIGHTS, meanings, strict=True):
        rules.declare(key, meaning=meaning, unit=POINTS, first_value=1, varies=True, most=100)


def _declare_deadlines() -> None:
    for key, meaning, first_value in [
        (MONTH_CONFIRM, _("Days after a month until which its schools confirm it"), 5),
        (MONTH_ASSESS, _("Days after a month until which its communes are assessed"), 8),
        (MONTH_REVIEW, _("Days after a month until which the assessments are accepted"), 10),
        (MONTH_PUBLISH, _("Days after a month until which it is published"), 12),
    ]:
        rules.declare(key, meaning=meaning, unit=_("days"), first_value=first_value, most=366)
    rules.declare_rising(MONTH_CONFIRM, MONTH_ASSESS, MONTH_REVIEW, MONTH_PUBLISH)
