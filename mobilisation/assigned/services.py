"""Writing down the numbers of children that a decision assigns."""

import datetime
from collections.abc import Mapping, Sequence

from django.db import transaction

from core.events import record
from core.types import User
from schools.models import Area, School

from .. import events
from ..models import AssignedNumber

# A commune, or a school.
Target = Area | School
# {code of the rate: children}; None takes a number back.
Numbers = Mapping[str, int | None]


@transaction.atomic
def assign_numbers(
    *,
    given: Sequence[tuple[Target, Numbers]],
    year: int,
    decision: str,
    decided_on: datetime.date,
    by: User,
    area: Area | None = None,
) -> int:
    """Assign numbers of a year to communes and schools by a decision; returns how many changed.

    What is named in `given` takes the place of what was assigned before, the rest stays. A number
    that stays the same keeps the decision it came with. All of it is written, or nothing.

    Args:
        area: the event is of this area; of the province when several are named.

    Raises ValidationError: a number out of bounds, an area that is no commune.
    """
    # Two people who enter at once do so one after the other.
    communes = sorted(each.pk for each, _numbers in given if isinstance(each, Area))
    schools = sorted(each.pk for each, _numbers in given if isinstance(each, School))
    list(Area.objects.select_for_update(no_key=True).filter(pk__in=communes).order_by("pk"))
    list(School.objects.select_for_update(no_key=True).filter(pk__in=schools).order_by("pk"))
    known = {
        (each.commune_id, each.school_id, each.variant): each
        for rows in (
            AssignedNumber.objects.filter(year=year, commune__in=communes),
            AssignedNumber.objects.filter(year=year, school__in=schools),
        )
        for each in rows
    }
    gone: list[int] = []
    new: list[AssignedNumber] = []
    changed = before = after = 0
    for target, numbers in given:
        commune = target if isinstance(target, Area) else None
        school = target if isinstance(target, School) else None
        for variant, children in numbers.items():
            held = known.get(
                (
                    commune.pk if commune is not None else None,
                    school.pk if school is not None else None,
                    variant,
                )
            )
            if children == (held and held.children):
                continue
            changed += 1
            if held is not None:
                gone.append(held.pk)
                before += held.children
            if children is not None:
                row = AssignedNumber(
                    commune=commune,
                    school=school,
                    year=year,
                    variant=variant,
                    children=children,
                    decision=decision,
                    decided_on=decided_on,
                    entered_by=by,
                )
                # Relations were read above, and uniqueness is held by the rows locked.
                row.clean_fields(exclude=["commune", "school", "entered_by"])
                row.clean()
                new.append(row)
                after += children
    if not changed:
        return 0
    AssignedNumber.objects.filter(pk__in=gone).delete()
    AssignedNumber.objects.bulk_create(new, batch_size=500)
    record(
        events.NUMBERS_ASSIGNED,
        by=by,
        name=f"{area.title}, {year}" if area is not None else str(year),
        area=area.pk if area is not None else None,
        changes={
            "decision": (None, decision),
            "children": (before, after),
            "numbers": (len(gone), len(new)),
        },
    )
    return changed
