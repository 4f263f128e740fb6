"""A proposal in sentences: why a commune, why that day and member, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.months import Month

from ..priority import Points, told
from .proposal import Need, Proposed, Why
from .selectors import AreaProposal, mark_of


@dataclass(frozen=True)
class VisitRow:
    """A visit for the page: the commune, when and who, why it and why so."""

    proposed: Proposed
    commune: str
    member: str
    reasons: Sequence[str]
    points: Points | None


@dataclass(frozen=True)
class MonthRow:
    """A month for the page. `mark`: see `selectors.mark_of`; `plan_id`: of the plan there is."""

    month: Month
    visits: Sequence[VisitRow]
    sentence: str
    mark: str
    plan_id: int | None


def month_rows(found: AreaProposal) -> list[MonthRow]:
    """Every month asked for, also those that have a plan already."""
    return [_month_row(found, month) for month in found.asked.span]


def _month_row(found: AreaProposal, month: Month) -> MonthRow:
    plan, proposed = found.plans.get(month), found.of(month)
    if plan is not None or proposed is None:
        return MonthRow(month, (), "", "", plan.pk if plan else None)
    rows = [
        VisitRow(
            each,
            found.tree[each.need.commune].title,
            found.members[each.member].full_name,
            choice_of(each, found),
            told(found.candidates[each.need.commune].parts),
        )
        for each in proposed.visits
    ]
    return MonthRow(month, rows, _month_sentence(found, month), mark_of(found, month), None)


def _month_sentence(found: AreaProposal, month: Month) -> str:
    proposed = found.of(month)
    if proposed is None or not proposed.visits:
        if month.number in found.capacity.closed:
            return _("Nothing can be proposed: remote communes are not reached in this month.")
        return _("Nothing can be proposed in this month.")
    said = [
        ngettext("%(count)s visit", "%(count)s visits", len(proposed.visits))
        % {"count": len(proposed.visits)},
        ngettext("%(count)s trip", "%(count)s trips", proposed.trips) % {"count": proposed.trips},
        ngettext("%(count)s day of members", "%(count)s days of members", proposed.days)
        % {"count": proposed.days},
        _("%(pupils)s pupils below target") % {"pupils": proposed.pupils},
    ]
    return " · ".join(said)


def choice_of(proposed: Proposed, found: AreaProposal) -> list[str]:
    """Why this commune in this month, and why this member; sentences with their numbers."""
    need = proposed.need
    if proposed.leads:
        said = [
            _("Number %(place)s of %(all)s in the list, %(points)s points.")
            % {"place": need.place, "all": len(found.candidates), "points": need.points}
        ]
    else:
        said = [
            _(
                "On the road with %(commune)s: one day more, none on the road; "
                "%(pupils)s pupils below target, number %(place)s of %(all)s in the list."
            )
            % {
                "commune": found.tree[proposed.alongside or 0].title,
                "pupils": need.pupils,
                "place": need.place,
                "all": len(found.candidates),
            }
        ]
    if proposed.before is not None:
        said.append(
            _("The visit before it: %(day)s.") % {"day": proposed.before.strftime("%d/%m/%Y")}
        )
    said.append(_member_sentence(proposed, found))
    return said


def _member_sentence(proposed: Proposed, found: AreaProposal) -> str:
    if proposed.answers:
        return _("The member answers for this commune.")
    if not proposed.leads:
        return _("The member is on this road already.")
    answering = found.members.get(proposed.need.in_charge.get(proposed.month, 0))
    if answering is None:
        return _("Nobody answers for this commune: the member has days left.")
    return _(
        "%(member)s, who answers for it, answers for a unit there, has no day left or sits no more."
    ) % {"member": answering.full_name}


def left_out(found: AreaProposal) -> list[tuple[str, Sequence[tuple[Need, str]]]]:
    """Communes without a visit by what stood in the way: [(sentence, [(need, title)])]."""
    sentences: dict[Why, str] = {
        "full": _("All visits or days of the months are taken by more pressing communes:"),
        "spacing": _("A visit was made or is planned too near:"),
        "season": _("Remote, and the months are those in which they are not reached:"),
        "nobody": _("No day with lessons on which a member may go:"),
    }
    return [
        (
            sentence,
            [
                (need, found.tree[need.commune].title)
                for need, each in found.proposal.left_out
                if each == why
            ],
        )
        for why, sentence in sentences.items()
        if any(each == why for _need, each in found.proposal.left_out)
    ]


def reason_for(proposed: Proposed, found: AreaProposal) -> str:
    """The reason kept with the visit: what the flags say, then why in this month."""
    said = [found.candidates[proposed.need.commune].reason, *choice_of(proposed, found)]
    if found.asked.months > 1:
        said.append(
            _("Proposed for %(first)s to %(last)s.")
            % {"first": found.asked.first.label, "last": found.asked.span[-1].label}
        )
    return "\n".join(filter(None, said))
