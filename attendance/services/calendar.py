"""Closing places and making up days."""

import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import ngettext

from schools.models import Area, School, SchoolClass, Site
from schools.models.schools import placed_in
from schools.selectors.areas import AreaTree

from ..models import Closure, Register
from ..signals import calendar_changed


class RegistersSent(Exception):
    """Registers already sent lie in the time to close; the writer must say that he knows."""

    def __init__(self, count):
        self.count = count
        self.message = ngettext(
            "%(count)s register was already sent in this time. It would no longer count.",
            "%(count)s registers were already sent in this time. They would no longer count.",
            count,
        ) % {"count": count}
        super().__init__(self.message)


@transaction.atomic
def add_closure(
    *,
    place,
    is_held,
    valid_from,
    valid_to,
    reason,
    by,
    session="",
    level="",
    note="",
    confirmed=False,
):
    """Close a place (or make up a day there) for the days [valid_from, valid_to).

    Args:
        place: an `Area`, `School` or `Site` inside the writer's places.
        confirmed: the writer knows that registers were already sent in that time.
    Raises RegistersSent unless confirmed, ValidationError for wrong dates. Says
    `calendar_changed` for every class concerned.
    """
    closure = Closure(
        is_held=is_held,
        valid_from=valid_from,
        valid_to=valid_to,
        session=session,
        level=level,
        reason=reason,
        note=note,
        made_by=by,
        **{_field_of(place): place},
    )
    closure.full_clean()
    if not is_held and not confirmed:
        sent = registers_under(closure).count()
        if sent:
            raise RegistersSent(sent)
    closure.save()
    _tell(closure)
    return closure


@transaction.atomic
def remove_closure(*, closure, by):
    """Take a closure or make-up day back; the days count as the calendar says without it."""
    closure._history_user = by
    _tell(closure)
    closure.delete()


def registers_under(closure):
    """Registers that the closure touches."""
    registers = Register.objects.filter(
        school_class__in=classes_under(closure),
        date__gte=closure.valid_from,
        date__lt=closure.valid_to,
    )
    return registers.filter(session=closure.session) if closure.session else registers


def classes_under(closure):
    """Classes of the closure's place, level and time."""
    classes = SchoolClass.objects.filter(
        year__valid_from__lt=closure.valid_to, year__valid_to__gt=closure.valid_from
    )
    if closure.level:
        classes = classes.filter(level=closure.level)
    if closure.site_id:
        return classes.filter(site_id=closure.site_id)
    if closure.school_id:
        return classes.filter(school_id=closure.school_id)
    if closure.area_id:
        return classes.filter(_in_area(closure))
    return classes


def _in_area(closure):
    condition = Q(pk__in=[])
    # A closure of some days may meet a change of the map: ask on its first and last day.
    for day in {closure.valid_from, closure.valid_to - datetime.timedelta(days=1)}:
        condition |= placed_in(AreaTree.on(day).below(closure.area_id), day)
    return condition


def _field_of(place):
    return {Area: "area", School: "school", Site: "site"}[type(place)]


def _tell(closure):
    calendar_changed.send(
        sender=Closure,
        school_class_ids=list(classes_under(closure).values_list("pk", flat=True)),
        start=closure.valid_from,
        end=closure.valid_to,
    )
