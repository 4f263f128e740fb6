"""What a school has to do today, for who may do it: registers, pupils and classes that wait.

Packages above know more that waits for a school; they register a function with `sources`. It
receives (scope, school) and yields `Action`s.
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import Protocol

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendance.registers.selectors.missing import find_missing, in_order, this_day
from core.formatting import number
from core.hooks import Hook
from core.permission_holders import holders
from core.permissions import Permission as P
from core.scope import Places, Scope
from schools.directory.selectors.classes import running_classes
from schools.models import School, SchoolClass
from schools.pupils.selectors.rolls import pupils_without_class

from . import wording
from .suggested_actions import Action


class Source(Protocol):
    def __call__(self, scope: Scope, school: School) -> Iterable[Action]: ...


sources: Hook[Source] = Hook("what waits for a school")


def actions_of_school(scope: Scope, school: School) -> list[Action]:
    """Actions of a school as it is today, the most urgent first.

    Registers are named to who may look at registers there, pupils and teachers to who manages
    the school. At most twelve queries, none for who may do neither.
    """
    actions: list[Action] = []
    registers = scope.places(P.VIEW_REGISTER)
    if registers and School.objects.within(registers).filter(pk=school.pk).exists():
        actions += _to_send(registers, school, scope.date)
    if school.pk in scope.places(P.MANAGE_SCHOOL).schools:
        classes = list(running_classes(school.pk, on=scope.date))
        actions += _to_enrol(school, classes, scope.date)
        actions += _to_assign(school, classes, scope.date)
    return [*actions, *(action for source in sources for action in source(scope, school))]


def _to_send(places: Places, school: School, today: datetime.date) -> Iterator[Action]:
    missing = in_order(find_missing(places, this_day(today), school_id=school.pk).missing)
    if not missing:
        return
    now = timezone.now()
    late = [each for each in missing if each.is_late(now)]
    if late:
        text = _("Late: %(names)s.") % {"names": wording.named([each.label for each in late])}
    else:
        text = _("%(count)s registers are still to be sent.") % {"count": number(len(missing))}
    yield Action(
        title=_("Today"),
        text=text,
        url=reverse("reports:missing_school", args=[school.pk]),
        action=_("See and remind") if late else _("See which"),
    )


def _to_enrol(school: School, classes: list[SchoolClass], today: datetime.date) -> Iterator[Action]:
    """Pupils of last year's classes who are on no roll, once the school has opened its classes."""
    waiting = pupils_without_class(school, on=today) if classes else 0
    if waiting:
        yield Action(
            title=_("Pupils without a class"),
            text=ngettext(
                "%(count)s pupil of last year is in no class of any school this year.",
                "%(count)s pupils of last year are in no class of any school this year.",
                waiting,
            )
            % {"count": number(waiting)},
            url=reverse("schools:import_upload", args=[school.pk]),
            action=_("Enter pupils from a file"),
        )


def _to_assign(
    school: School, classes: list[SchoolClass], today: datetime.date
) -> Iterator[Action]:
    class_ids = [each.pk for each in classes]
    if not class_ids:
        return
    taught = {
        holder.class_id
        for holder in holders(P.TAKE_REGISTER, on=today, class_ids=class_ids, school_ids=())
    }
    alone = [each.name for each in classes if each.pk not in taught]
    if alone:
        yield Action(
            title=_("Classes without a teacher"),
            text=_("Nobody takes the registers of: %(names)s.") % {"names": wording.named(alone)},
            url=reverse("schools:school", args=[school.pk]),
            action=_("See the classes"),
        )
