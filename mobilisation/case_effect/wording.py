"""What came of cases, in words: what was seen, how sure it is, and what cannot be known."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.estimates import Verdict
from core.formatting import number, percent, points

from ..cases.selectors.returns import Verdict as OfReturn
from ..models import CaseEffect, ChildCase
from .estimation import Mean
from .limits import LEAST_TOLD, Limits
from .selectors import Summary


def badge(verdict: Verdict) -> str:
    """A verdict in a few words."""
    return {
        Verdict.IMPROVED: _("Better than similar children"),
        Verdict.UNCLEAR: _("Not to be told from chance"),
        Verdict.WORSE: _("Worse than similar children"),
        Verdict.NOT_ENOUGH: _("Not enough to say"),
    }[verdict]


def opened(of: Summary) -> str:
    """How many cases there were: a sentence."""
    if not of.opened:
        return _("No case was opened in this school year.")
    return ngettext(
        "%(opened)s case was opened in this school year, %(drifting)s of a pupil drifting away; "
        "%(open)s is still followed.",
        "%(opened)s cases were opened in this school year, %(drifting)s of pupils drifting away; "
        "%(open)s are still followed.",
        of.opened,
    ) % {
        "opened": number(of.opened),
        "drifting": number(of.drifting),
        "open": number(of.still_open),
    }


def compared(of: Summary) -> list[str]:
    """Before and after, beside similar children; or why nothing is told: sentences."""
    if of.compared is None:
        return [_too_few(of)]
    seen = _seen(of.compared, of.limits)
    return [seen, *([_how_sure(of.compared, of.limits)]), *_left_out(of)]


def _seen(mean: Mean, limits: Limits) -> str:
    return _(
        "In the %(days)s school days before a case was opened these %(cases)s pupils attended "
        "%(before)s of their sessions, in the %(days)s days after it %(after)s (%(moved)s "
        "points); similar pupils without a case, in the same days, %(before)s and then "
        "%(foreseen)s (%(foreseen_moved)s points)."
    ) % {
        "days": limits.days,
        "cases": number(mean.cases),
        "before": percent(mean.before),
        "after": percent(mean.after),
        "moved": points(mean.after - mean.before),
        "foreseen": percent(mean.foreseen),
        "foreseen_moved": points(mean.foreseen - mean.before),
    }


def _how_sure(mean: Mean, limits: Limits) -> str:
    said = {
        "effect": points(mean.effect),
        "low": points(mean.low) if mean.has_interval else "",
        "high": points(mean.high) if mean.has_interval else "",
        "cases": mean.cases,
        "schools": mean.schools,
        "least_cases": limits.least_cases,
        "least_schools": limits.least_schools,
    }
    text = {
        Verdict.IMPROVED: _(
            "The difference is %(effect)s points and, with chance taken into account, lies between "
            "%(low)s and %(high)s: more than chance brings about."
        ),
        Verdict.WORSE: _(
            "The difference is %(effect)s points and, with chance taken into account, lies between "
            "%(low)s and %(high)s: less than similar pupils, which does not say that following "
            "did harm."
        ),
        Verdict.UNCLEAR: _(
            "The difference is %(effect)s points and, with chance taken into account, lies between "
            "%(low)s and %(high)s: it cannot be told from chance."
        ),
        Verdict.NOT_ENOUGH: _(
            "Whether this is more than chance cannot be told of %(cases)s cases in %(schools)s "
            "schools: at least %(least_cases)s cases in %(least_schools)s schools are needed."
        ),
    }[mean.verdict]
    return text % said


def _too_few(of: Summary) -> str:
    if not of.drifting:
        return _("No case of a pupil drifting away was opened: there is nothing to compare.")
    return _(
        "Of fewer than %(least)s cases that can be compared nothing is told. A case can be "
        "compared when the %(days)s school days after its opening are over."
    ) % {"least": LEAST_TOLD, "days": of.limits.days}


def _left_out(of: Summary) -> list[str]:
    parts = [(of.waiting, _("whose days are not over yet"))] if of.waiting > 0 else []
    labels = {
        CaseEffect.WhyNot.NO_ROLL: _("on no roll that day"),
        CaseEffect.WhyNot.FEW_DAYS: _("with too few registers"),
        CaseEffect.WhyNot.FEW_ALIKE: _("without enough similar pupils"),
    }
    parts += [(of.why_not[key], label) for key, label in labels.items() if of.why_not.get(key)]
    if not parts:
        return []
    named = "; ".join(f"{number(count)} {label}" for count, label in parts)
    return [_("Not compared: %(named)s.") % {"named": named}]


def outcomes(of: Summary) -> list[tuple[str, int]]:
    """(what came of it, how many cases), those that are none left out."""
    rows = [(_("Being followed"), of.still_open)]
    rows += [(str(each.label), of.outcomes.get(each, 0)) for each in ChildCase.Outcome]
    return [(name, count) for name, count in rows if count]


def returns(of: Summary) -> list[tuple[str, int]]:
    """What the registers say of those who came back: (words, how many cases)."""
    if of.returns is None:
        return []
    labels = {
        OfReturn.HOLDS: _("Attend after 20 sessions"),
        OfReturn.ON_THE_WAY: _("Attend after 5 sessions, 20 not over yet"),
        OfReturn.SLIPPING: _("Away again"),
        OfReturn.WAITING: _("Fewer than 5 sessions yet"),
        OfReturn.ON_NO_ROLL: _("On no roll"),
    }
    return [(label, of.returns[key]) for key, label in labels.items() if of.returns.get(key)]


def unknown() -> list[str]:
    """What no figure of this page can tell."""
    return [
        _(
            "Pupils are followed because they were away much just then, and such a spell often "
            "passes by itself. Similar pupils without a case show how much of the change that is; "
            "they are chosen by their attendance before, level and grades, and by nothing else."
        ),
        _(
            "Somebody chose whom to follow. What they knew of the family, and no register shows, "
            "is not taken out."
        ),
        _(
            "Other things done in the same weeks, a campaign, support, a teacher's visit without a "
            "case, count with it or with the similar pupils."
        ),
        _(
            "Attendance is what the registers say. Of who dropped out, the sessions after that "
            "count as absences."
        ),
    ]
