"""What attendance tells in the digest (`core.digests`): registers that are missing."""

from collections import Counter
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.digests.parts import Batch, Counted, Part, PlaceCounts, declare
from core.permissions import Permission as P
from core.scope import joined
from schools.areas.selectors.tree import communes_of_schools

from .registers.selectors.missing import find_missing, open_days


def declare_all() -> None:
    """Declare the parts, in `AppConfig.ready`."""
    declare(
        Part(
            code="attendance.registers",
            place=10,
            name=_("Registers missing"),
            permissions={P.TAKE_REGISTER},
            sentence=lambda count: (
                ngettext(
                    "%(count)s register is missing and can still be sent.",
                    "%(count)s registers are missing and can still be sent.",
                    count,
                )
                % {"count": count}
            ),
            link="reports:missing",
            count=_registers,
        )
    )
    declare(
        Part(
            code="attendance.schools",
            place=11,
            name=_("Schools that did not send"),
            permissions={P.REMIND_SCHOOLS},
            sentence=lambda count: (
                ngettext(
                    "%(count)s school has not sent every register.",
                    "%(count)s schools have not sent every register.",
                    count,
                )
                % {"count": count}
            ),
            link="reports:missing",
            count=_schools,
        )
    )


def _registers(batch: Batch) -> Mapping[int, int]:
    counts = PlaceCounts(batch.once(_missing))
    return counts.by_person(batch.places(P.TAKE_REGISTER))


def _schools(batch: Batch) -> Mapping[int, int]:
    schools = {(*row.areas, *row.schools) for row in batch.once(_missing)}
    counts = PlaceCounts(Counted(1, [area_id], [school_id]) for area_id, school_id in schools)
    return counts.by_person(batch.places(P.REMIND_SCHOOLS))


def _missing(batch: Batch) -> list[Counted]:
    """Missing registers of the period by class, of those days that may still be sent."""
    places = joined(
        [*batch.places(P.TAKE_REGISTER).values(), *batch.places(P.REMIND_SCHOOLS).values()]
    )
    days = {
        day: table
        for day, table in open_days(batch.on).items()
        if batch.period.first <= day <= batch.period.last
    }
    found = Counter(
        (each.school_class.school_id, each.school_class.pk)
        for each in find_missing(places, days).missing
    )
    schools = {school_id for school_id, _class_id in found}
    communes = communes_of_schools(on=batch.on, school_ids=schools)
    return [
        Counted(count, [communes.get(school_id)], [school_id], [class_id])
        for (school_id, class_id), count in found.items()
    ]
