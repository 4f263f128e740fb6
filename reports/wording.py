"""How figures are said: the finding in one sentence, the word and shape of a judgement."""

import datetime
from collections.abc import Iterable, Sequence
from typing import TypedDict

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.registers.selectors.missing import MissingRegister
from attendance.reminders.services import Reminded
from core.formatting import format_target, number, percent, points
from core.levels import EducationLevel
from core.months import Month

from . import plausibility
from .rates import Judgement
from .selectors.dashboards import Dashboard, Row
from .selectors.missing import PlaceMissing
from .selectors.plausibility import ClassSigns
from .selectors.timeliness import Delay

# Judgement -> state of the badge, the chart point and the heat cell (shape and colour).
STATES = {
    Judgement.CERTAINLY_LOW: "low",
    Judgement.WATCH: "watch",
    Judgement.GOOD: "good",
    Judgement.CANNOT_BE_JUDGED: "unknown",
    Judgement.TOO_SMALL: "unknown",
    Judgement.NOTHING_SENT: "not_taken",
    Judgement.NO_TARGET: "unknown",
    Judgement.NO_VALUE: "unknown",
}


def word(judgement: Judgement) -> str:
    """The judgement in words."""
    return {
        Judgement.CERTAINLY_LOW: _("Certainly low"),
        Judgement.WATCH: _("Watch"),
        Judgement.GOOD: _("On target"),
        Judgement.CANNOT_BE_JUDGED: _("Cannot be judged"),
        Judgement.TOO_SMALL: _("Too few to judge"),
        Judgement.NOTHING_SENT: _("No register sent"),
        Judgement.NO_TARGET: _("No target set"),
        Judgement.NO_VALUE: _("No figures"),
    }[judgement]


def badge(row: Row) -> tuple[str, str]:
    """(state, word) of the badge of a `selectors.dashboards.Row`.

    Of all levels together there is often no target, but each level has one: then how many
    levels are under theirs is said, of those that can be judged.
    """
    judged = [each for each in row.levels if each in _BY_TARGET]
    if row.judgement != Judgement.NO_TARGET or not judged:
        return STATES[row.judgement], word(row.judgement)
    worst = next(each for each in _BY_TARGET if each in judged)
    low = sum(each != Judgement.GOOD for each in judged)
    if not low:
        text = ngettext(
            "%(count)s level judged, on target",
            "%(count)s levels judged, all on target",
            len(judged),
        )
        return STATES[worst], text % {"count": len(judged)}
    text = _("%(low)s of %(count)s levels under the target")
    return STATES[worst], text % {"low": low, "count": len(judged)}


# The worst first.
_BY_TARGET = (Judgement.CERTAINLY_LOW, Judgement.WATCH, Judgement.GOOD)


def level_name(level: str) -> str:
    """The usual short name: THCS stays THCS, "TH" is said in full."""
    if level in (EducationLevel.LOWER_SECONDARY, EducationLevel.UPPER_SECONDARY):
        return level
    return str(EducationLevel(level).label) if level else _("All levels")


def finding(board: Dashboard) -> str:
    """The dashboard's first sentences: what is the matter here, before any chart.

    Who sent nothing stands first: the rate behind it is one without them.
    """
    start = _("%(month)s, %(level)s") % {
        "month": _("Month %(month)s") % {"month": board.month.label},
        "level": level_name(board.level),
    }
    if board.rate.value is None:
        if board.total_row.judgement == Judgement.NOTHING_SENT:
            due = number(board.coverage.denominator)
            return _("%(start)s: no register sent (0 of %(due)s).") % {"start": start, "due": due}
        return _("%(start)s: no register has been counted.") % {"start": start}
    said = {"start": start, "rate": percent(board.rate.value)}
    judgement = board.total_row.judgement
    if judgement == Judgement.CANNOT_BE_JUDGED:
        said["coverage"] = percent(board.coverage.value, 0)
        sentence = _("%(start)s: only %(coverage)s of registers sent, too few to judge.") % said
    elif board.target is None:
        sentence = _("%(start)s: attendance %(rate)s; no target is set.") % said
    elif board.rate.value < board.target:
        said["gap"] = points(board.target - board.rate.value).lstrip("+")
        sentence = _("%(start)s: attendance %(rate)s, %(gap)s points under the target.") % said
    else:
        said["target"] = format_target(board.target)
        sentence = _("%(start)s: attendance %(rate)s, the target of %(target)s is reached.") % said
    return " ".join([*_who_sent_nothing(board), sentence, *_about_children(board)])


def _who_sent_nothing(board: Dashboard) -> list[str]:
    silent = [row.name for row in board.places if row.judgement == Judgement.NOTHING_SENT]
    if not silent:
        return []
    return [
        ngettext(
            "%(count)s %(unit)s sent no register (%(names)s).",
            "%(count)s %(unit)s sent no register (%(names)s).",
            len(silent),
        )
        % {"count": number(len(silent)), "unit": unit_name(board), "names": named(silent)}
    ]


def _about_children(board: Dashboard) -> list[str]:
    places = board.places
    if not places:
        return []
    low = sum(row.judgement == Judgement.CERTAINLY_LOW for row in places)
    unknown = sum(row.judgement == Judgement.CANNOT_BE_JUDGED for row in places)
    said = []
    if low:
        said.append(
            ngettext(
                "%(count)s %(unit)s is certainly low.", "%(count)s %(unit)s are certainly low.", low
            )
            % {"count": number(low), "unit": unit_name(board)}
        )
    if unknown:
        said.append(
            ngettext(
                "%(count)s %(unit)s has too few registers to judge.",
                "%(count)s %(unit)s have too few registers to judge.",
                unknown,
            )
            % {"count": number(unknown), "unit": unit_name(board)}
        )
    return said


def sign(found: plausibility.Sign) -> str:
    """One sentence for a `plausibility.Sign`: what was seen, for somebody to ask about."""
    said = {
        "count": number(found.count),
        "first": found.first.strftime("%d/%m"),
        "last": found.last.strftime("%d/%m"),
        "minutes": number(found.minutes),
        "pupils": number(found.pupils),
    }
    if found.kind == plausibility.FULL:
        return _("Nobody absent on %(count)s days in a row, %(first)s to %(last)s.") % said
    if found.kind == plausibility.AT_ONCE:
        return (
            _(
                "Registers of %(count)s days (%(first)s to %(last)s) were written within "
                "%(minutes)s minutes."
            )
            % said
        )
    if found.kind == plausibility.COPIED:
        return (
            _("The same %(pupils)s pupils absent %(count)s days in a row, %(first)s to %(last)s.")
            % said
        )
    return (
        ngettext(
            "%(count)s register of a session without school (%(first)s).",
            "%(count)s registers of sessions without school (%(first)s to %(last)s).",
            found.count,
        )
        % said
    )


class SignsOfClass(TypedDict):
    """A class with its sentences, for templates/reports/_signs.html."""

    name: str
    school: str
    url: str
    sentences: list[str]


def class_signs(found: Iterable[ClassSigns], *, month: Month) -> list[SignsOfClass]:
    """Rows for templates/reports/_signs.html from `ClassSigns` of one month."""
    return [
        {
            "name": each.school_class.name,
            "school": each.school_class.school.name,
            "url": reverse("reports:school_class", args=[each.school_class.pk]) + f"?month={month}",
            "sentences": [sign(one) for one in each.signs],
        }
        for each in found
    ]


def unit_name(board: Dashboard) -> str:
    """What the rows of a dashboard are."""
    if board.school is not None:
        return _("classes")
    if board.area is not None and board.area.level == 3:
        return _("schools")
    return _("communes")


HEAT_STEPS = [
    ("h0", -0.08),
    ("h1", -0.04),
    ("h2", -0.01),
    ("h3", 0.005),
    ("h4", 0.015),
    ("h5", 0.03),
]


def heat_class(value: float, target: float | None) -> str:
    """Colour step of a heat cell by its distance to the target; None target: middle step."""
    if target is None:
        return "h3"
    for css, border in HEAT_STEPS:
        if value - target < border:
            return css
    return "h6"


class HeatKey(TypedDict):
    css: str
    text: str


def heat_key(target: float | None) -> list[HeatKey]:
    """Every colour of the map in use, with where it begins; none without a target."""
    if target is None:
        return []
    colours = [css for css, _border in HEAT_STEPS] + ["h6"]
    borders = [target + border for _css, border in HEAT_STEPS]
    return [
        HeatKey(css=colours[0], text=f"< {format_target(borders[0])}"),
        *(
            HeatKey(css=css, text=f"≥ {format_target(begins)}")
            for css, begins in zip(colours[1:], borders, strict=True)
            if begins < 1
        ),
    ]


CLASSES_NAMED = 3


def missing_finding(total: PlaceMissing) -> str:
    """What is missing, in one sentence. `total`: a `selectors.missing.PlaceMissing`."""
    waiting = total.missing - total.late
    if total.late:
        said = ngettext(
            "Today %(count)s register is late",
            "Today %(count)s registers are late",
            total.late,
        ) % {"count": number(total.late)}
    elif waiting:
        said = ngettext(
            "Today %(count)s register is to come, still in time",
            "Today %(count)s registers are to come, still in time",
            waiting,
        ) % {"count": number(waiting)}
    elif not total.earlier:
        return _("No register is missing")
    else:
        said = _("Today nothing is missing")
    if total.earlier:
        said += ngettext(
            "; of earlier days %(count)s is missing",
            "; of earlier days %(count)s are missing",
            total.earlier,
        ) % {"count": number(total.earlier)}
    return said


def missing_here(registers: Iterable[MissingRegister], now: datetime.datetime) -> str:
    """The classes that are late today, the first few by name; "" when none is."""
    today = timezone.localdate(now)
    return named([each.label for each in registers if each.date == today and each.is_late(now)])


def named(labels: Sequence[str]) -> str:
    """The first few of a list, and how many more."""
    said = ", ".join(labels[:CLASSES_NAMED])
    if len(labels) > CLASSES_NAMED:
        said = _("%(names)s and %(count)s more") % {
            "names": said,
            "count": number(len(labels) - CLASSES_NAMED),
        }
    return said


def reminded(done: Reminded) -> str:
    """What a press of the button did: how many people, by which way, and whom to call."""
    said = ngettext("%(count)s person is reminded", "%(count)s people are reminded", done.people)
    said %= {"count": number(done.people)}
    ways = []
    if done.mails:
        ways.append(
            ngettext("%(count)s e-mail", "%(count)s e-mails", done.mails)
            % {"count": number(done.mails)}
        )
    earlier = done.people - done.mails - len(done.to_call)
    if earlier > 0:
        ways.append(
            ngettext(
                "%(count)s had today's e-mail already",
                "%(count)s had today's e-mail already",
                earlier,
            )
            % {"count": number(earlier)}
        )
    if done.to_call:
        people = [f"{each.name} {each.phone}".strip() for each in done.to_call]
        ways.append(
            ngettext(
                "%(count)s person has no e-mail address here: call %(names)s",
                "%(count)s people have no e-mail address here: call %(names)s",
                len(people),
            )
            % {"count": number(len(people)), "names": named(people)}
        )
    return f"{said}: {'; '.join(ways)}."


def lag(found: Delay) -> str:
    """How soon half of the registers came; "" when there is none. See `selectors.timeliness`."""
    if not found.n:
        return ""
    if found.days:
        return ngettext("%(count)s day", "%(count)s days", found.days) % {"count": found.days}
    hours = found.hours or 0.0
    if hours < 1:
        minutes = round(hours * 60)
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
    return _("%(count)s hours") % {"count": number(hours, 1)}
