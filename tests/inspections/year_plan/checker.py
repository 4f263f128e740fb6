"""The rules of a proposal, checked by code of its own: nothing of `proposal.py` but its types."""

import datetime
from collections import Counter, defaultdict


def broken(proposal, needs, inspectors, months, capacity, lesson_days, planned=None):
    """Sentences for every rule that a proposal breaks; empty when it keeps them all."""
    planned = planned or {}
    need_of = {each.commune: each for each in needs}
    who = {each.member: each for each in inspectors}
    said = []
    if [each.month for each in proposal.months] != [each for each in months if each not in planned]:
        said.append("months are missing, too many or in disorder")
    for of_month in proposal.months:
        for each in of_month.visits:
            said += _of_visit(each, of_month.month, need_of, who, capacity, lesson_days)
        said += _of_month(of_month, who, capacity)
    days = Counter((who[each.member].person, each.day) for each in proposal.visits)
    said += [f"{person} twice on {day}" for (person, day), count in days.items() if count > 1]
    said += _apart(proposal, needs, capacity, planned)
    visited = {each.need.commune for each in proposal.visits}
    visited |= {commune for days in planned.values() for commune in days} & set(need_of)
    left = {need.commune for need, _why in proposal.left_out}
    if visited | left != set(need_of) or visited & left:
        said.append("a commune is lost, or both visited and left out")
    return said


def _of_month(of_month, who, capacity):
    trips = defaultdict(list)
    for each in of_month.visits:
        trips[each.trip].append(each)
    cost, of_person = 0, Counter()
    for number, visits in trips.items():
        cost += len(visits) + capacity.road_days
        of_person[who[visits[0].member].person] += len(visits) + capacity.road_days
        yield from (f"trip {number}: {each}" for each in _of_trip(visits, capacity))
    if len(of_month.visits) > capacity.visits:
        yield f"{of_month.month}: more visits than possible"
    if cost > capacity.days or cost != of_month.days:
        yield f"{of_month.month}: {cost} days, told {of_month.days}"
    if any(days > capacity.member_days for days in of_person.values()):
        yield f"{of_month.month}: a member is out too long"


def _apart(proposal, needs, capacity, planned):
    """Each proposed visit against every other one of its commune, proposed or not."""
    others = {each.commune: [*each.visited] for each in needs}
    for days in planned.values():
        for commune in set(days) & set(others):
            others[commune].append(days[commune])
    for each in proposal.visits:
        others[each.need.commune].append(each.day)
    for each in proposal.visits:
        near = [
            day
            for day in others[each.need.commune]
            if abs(_months(each.day, day)) < max(1, capacity.spacing)
        ]
        if near != [each.day]:
            yield f"{each.need.commune}: visits too near {each.day}"
        before = [day for day in others[each.need.commune] if day < each.day]
        if each.before != max(before, default=None):
            yield f"{each.need.commune}: wrongly told of the visit before {each.day}"


def _of_visit(each, month, need_of, who, capacity, lesson_days):
    goes = who[each.member]
    if need_of.get(each.need.commune) != each.need:
        yield f"{each.need.commune} was not asked for"
    if (each.day.year, each.day.month) != (month.year, month.number) or each.month != month:
        yield f"{each.day} lies in another month"
    if each.day.weekday() > 4 or each.day not in lesson_days(each.need.commune, month):
        yield f"{each.need.commune}: no lessons on {each.day}"
    if each.need.commune in goes.own:
        yield f"{each.member} inspects an own unit"
    if each.day in goes.busy:
        yield f"{each.member} is elsewhere on {each.day}"
    if each.day < goes.since or (goes.until and each.day >= goes.until):
        yield f"{each.member} does not sit on {each.day}"
    if month not in goes.months:
        yield f"{each.member} answers for nothing in {month}"
    if each.need.remote and each.day.month in capacity.closed:
        yield f"{each.need.commune} is not reached in {month}"
    if each.answers != (each.member == each.need.in_charge.get(month)):
        yield f"{each.need.commune}: wrongly told who answers for it"


def _of_trip(visits, capacity):
    leaders = [each for each in visits if each.leads]
    if len(leaders) != 1:
        yield "not one commune leads it"
        return
    if len(visits) > capacity.trip_visits:
        yield "too long"
    if len({each.member for each in visits}) > 1:
        yield "more than one member"
    monday = {each.day - datetime.timedelta(days=each.day.weekday()) for each in visits}
    if len(monday) > 1:
        yield "more than one week"
    for each in visits:
        if each is leaders[0]:
            continue
        if each.need.cluster is None or each.need.cluster != leaders[0].need.cluster:
            yield f"{each.need.commune} lies on another road"
        if each.alongside != leaders[0].need.commune:
            yield f"{each.need.commune} is told to go along with another"


def _months(first, second):
    return (second.year - first.year) * 12 + second.month - first.month
