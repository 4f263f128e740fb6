"""Whose calendar an address opens, and what stands in it."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from django.urls import reverse
from django.utils.translation import gettext as _

from core.types import User
from reports.wording import level_name

from ..models import CalendarFeed, Recommendation, Visit
from ..selectors.visits import in_charge, visits_of_member

# A member has some dozens; a program that reads them gets no list without end.
MOST = 500
LONGEST_TOKEN = 64


@dataclass(frozen=True)
class Entry:
    """A day in a calendar. It names a commune and never a child: no text that people wrote."""

    uid: str
    day: datetime.date
    title: str
    path: str
    changed_at: datetime.datetime


def digest_of(token: str) -> str:
    """What is kept of a token: it has 256 random bits, so that a fast hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def feed_of(user: User) -> CalendarFeed | None:
    """A person's own address, if there is one; one query."""
    return CalendarFeed.objects.filter(user=user).first()


def feed_behind(token: str) -> CalendarFeed | None:
    """The address of a token, of a person whose account is open; one query, none for nonsense."""
    if not token.isascii() or len(token) > LONGEST_TOKEN:
        return None
    return (
        CalendarFeed.objects.filter(digest=digest_of(token), user__is_active=True)
        .select_related("user")
        .first()
    )


def entries_of(user: User, on: datetime.date) -> Sequence[Entry]:
    """Visits to make and recommendations not carried out yet, of the terms that hold on a day.

    Three queries.
    """
    visits = visits_of_member(user, on).filter(state=Visit.State.PLANNED, planned_on__isnull=False)
    asked = (
        Recommendation.objects.filter(in_charge(user, on, "visit__"))
        .exclude(state=Recommendation.State.DONE)
        .select_related("visit__commune", "visit__plan")
        .order_by("due_on", "pk")
    )
    found = [*(_of_visit(each) for each in visits[:MOST])]
    found += islice((_of_recommendation(each) for each in asked[:MOST]), MOST - len(found))
    return found


def _of_visit(visit: Visit) -> Entry:
    if visit.planned_on is None:
        raise ValueError("a visit without a day stands in no calendar")
    title = _("Inspection: %(commune)s") % {"commune": visit.commune.title}
    if visit.level:
        title += f" ({level_name(visit.level)})"
    return Entry(
        uid=f"visit-{visit.pk}",
        day=visit.planned_on,
        title=title,
        path=reverse("inspections:visit", args=[visit.pk]),
        changed_at=visit.plan.approved_at or visit.plan.drafted_at,
    )


def _of_recommendation(asked: Recommendation) -> Entry:
    visit = asked.visit
    return Entry(
        uid=f"recommendation-{asked.pk}",
        day=asked.due_on,
        title=_("Recommendation due: %(commune)s") % {"commune": visit.commune.title},
        path=reverse("inspections:visit", args=[visit.pk]),
        changed_at=visit.recorded_at or visit.plan.drafted_at,
    )
