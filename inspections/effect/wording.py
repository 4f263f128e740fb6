"""What followed a visit, in words: what is seen, how sure it is, and what cannot be known."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.estimates import Verdict
from core.formatting import percent, points
from core.months import Month
from reports.wording import level_name

from ..models import Visit
from .courses import Found, WhyNot
from .limits import Limits
from .selectors import Counted


def badge(verdict: Verdict) -> str:
    """A verdict in a word or two."""
    return {
        Verdict.IMPROVED: _("Higher than foreseen"),
        Verdict.UNCLEAR: _("Not to be told from chance"),
        Verdict.WORSE: _("Lower than foreseen"),
        Verdict.NOT_ENOUGH: _("Not enough to say"),
    }[verdict]


def headline(visit: Visit, found: Found) -> str:
    """The heading of a visit's page."""
    said = {"commune": visit.commune.title, "level": level_name(found.level)}
    return {
        Verdict.IMPROVED: _("%(commune)s, %(level)s: attendance is higher than without a visit"),
        Verdict.UNCLEAR: _("%(commune)s, %(level)s: it cannot be said that the visit helped"),
        Verdict.WORSE: _("%(commune)s, %(level)s: attendance is lower than without a visit"),
        Verdict.NOT_ENOUGH: _("%(commune)s, %(level)s: not enough to say yet"),
    }[found.verdict] % said


def told(found: Found, limits: Limits) -> list[str]:
    """What was seen, what was foreseen, and how sure the difference is: sentences."""
    compared = found.comparison
    if compared is None:
        return [why_not(found, limits)]
    said = {
        "before": percent(compared.before),
        "months_before": span(found.before),
        "after": percent(compared.after),
        "months_after": span(found.after),
        "moved": points(compared.after - compared.before),
        "similar": compared.similar,
        "foreseen": percent(compared.expected),
        "foreseen_moved": points(compared.expected - compared.before),
        "effect": points(compared.effect),
        "low": points(compared.low),
        "high": points(compared.high),
    }
    sentences = [
        _(
            "Before the visit (%(months_before)s) attendance was %(before)s, afterwards "
            "(%(months_after)s) %(after)s: %(moved)s points."
        )
        % said,
        _(
            "By the %(similar)s communes most like it that nobody visited, it would have been "
            "%(foreseen)s anyway (%(foreseen_moved)s points)."
        )
        % said,
        _(
            "What remains is %(effect)s points; with chance taken into account it lies between "
            "%(low)s and %(high)s."
        )
        % said,
    ]
    return [*sentences, _sure(found.verdict)]


def _sure(verdict: Verdict) -> str:
    return {
        Verdict.IMPROVED: _(
            "That is more than chance brings about: of a hundred visits without any effect some "
            "two or three would look like this."
        ),
        Verdict.WORSE: _(
            "That is more than chance brings about. It does not say that the visit did harm: "
            "something else may have happened there."
        ),
        Verdict.UNCLEAR: _(
            "Differences as large as this also come about by chance where nobody was. This says "
            "neither that the visit helped nor that it did not."
        ),
    }[verdict]


def why_not(found: Found, limits: Limits) -> str:
    """Why nothing is said."""
    if found.why_not == WhyNot.TOO_EARLY:
        return _(
            "Too early: %(known)s of the %(asked)s months after the visit are over, and %(least)s "
            "are the least."
        ) % {"known": len(found.after), "asked": limits.after, "least": limits.least_months}
    if found.why_not == WhyNot.FEW_MONTHS:
        return _(
            "Too few months: %(before)s before and %(after)s after the visit have pupils and "
            "registers enough (at least %(coverage)s%% of those due); %(least)s on either side "
            "are the least."
        ) % {
            "before": len(found.before),
            "after": len(found.after),
            "coverage": limits.least_coverage,
            "least": limits.least_months,
        }
    if found.why_not == WhyNot.FAR_OFF:
        return _(
            "No commune that nobody visited is like it: it lies far from all of them, so that none "
            "shows what would have happened without a visit."
        )
    return _(
        "Too few communes like it that nobody visited in those months: at least %(least)s are "
        "needed."
    ) % {"least": limits.least_alike}


def unknown(after_is_short: bool) -> list[str]:
    """What no figure of this page can tell."""
    said = [
        _(
            "Communes are visited because they were low, and a low month is often followed by a "
            "better one without anybody doing anything. The comparison takes that out as far as "
            "unvisited communes that were just as low show it."
        ),
        _(
            "It cannot know what else happened there in the same months: a new head, a road, a "
            "festival, another programme."
        ),
        _(
            "It cannot know whether attendance improved or the registers did. Head counts of the "
            "visit, beside the registers, say more about that."
        ),
        _("“Higher than foreseen” is no proof that the visit was the cause; it fits it."),
    ]
    if after_is_short:
        said.append(_("Not all months after the visit are over: what is said here may change."))
    return said


def span(months: Sequence[Month]) -> str:
    """Some months in a sentence: "9–11/2026", or one after the other where some are missing."""
    if not months:
        return ""
    first, last = months[0], months[-1]
    if len(months) > 1 and last.since(first) == list(months) and first.year == last.year:
        return f"{first.label.partition('/')[0]}–{last.label}"
    return ", ".join(month.label for month in months)


def counted(of: Counted) -> str:
    """How many visits came to what: a sentence."""
    if not of.judged:
        return ngettext(
            "%(visits)s visit was made; of none can anything be said yet.",
            "%(visits)s visits were made; of none can anything be said yet.",
            of.visits,
        ) % {"visits": of.visits}
    return ngettext(
        "Of %(visits)s visit %(judged)s can be judged: %(improved)s followed by more than "
        "foreseen, %(worse)s by less, %(unclear)s not to be told from chance.",
        "Of %(visits)s visits %(judged)s can be judged: %(improved)s followed by more than "
        "foreseen, %(worse)s by less, %(unclear)s not to be told from chance.",
        of.visits,
    ) % {
        "visits": of.visits,
        "judged": of.judged,
        "improved": of.improved,
        "worse": of.worse,
        "unclear": of.unclear,
    }


def mean(of: Counted, limits: Limits) -> str:
    """The mean effect and how sure it is: a sentence."""
    if of.mean is None:
        return _("A mean is told of from %(least)s communes on.") % {"least": limits.least_visits}
    said = {
        "effect": points(of.mean.effect),
        "low": points(of.mean.low),
        "high": points(of.mean.high),
    }
    text = {
        Verdict.IMPROVED: _(
            "On average attendance is %(effect)s points above what was foreseen without a visit "
            "(%(low)s to %(high)s): more than chance brings about."
        ),
        Verdict.WORSE: _(
            "On average attendance is %(effect)s points from what was foreseen without a visit "
            "(%(low)s to %(high)s): less than chance brings about."
        ),
        Verdict.UNCLEAR: _(
            "On average the difference to what was foreseen without a visit is %(effect)s points "
            "(%(low)s to %(high)s): it cannot be told from chance."
        ),
    }[of.verdict]
    return text % said


def by_chance(of: Counted) -> str:
    """How many of the visits would look improved without any effect; "" when few are judged."""
    expected = round(of.judged * 0.025)
    if not expected:
        return ""
    return ngettext(
        "Without any effect about %(count)s of them would look higher than foreseen by chance.",
        "Without any effect about %(count)s of them would look higher than foreseen by chance.",
        expected,
    ) % {"count": expected}
