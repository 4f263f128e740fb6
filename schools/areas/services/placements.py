"""Where schools lie: what a reorganisation of the communes does to them."""

import datetime
from dataclasses import dataclass

from django.db import transaction

from core.events import record
from core.types import User

from ... import events
from ...models import Placement
from ...signals import placements_changed
from ..selectors.tree import successors


@dataclass
class Moved:
    """The outcome of `move_placements_to_successors`, and the rows it wrote."""

    moved_school_ids: list[int]
    unplaced_school_ids: list[int]
    placements: list[Placement]


@transaction.atomic
def move_placements_to_successors(*, on: datetime.date, by: User | None = None) -> Moved:
    """Place the schools of the communes that ended on a day in the communes that followed.

    A school stays where it stands; its commune is another from `on`. The old placement ends
    on that day and one in the single successor begins. A commune that was divided has no
    single successor: its schools are left as they are and named in `unplaced_school_ids`,
    because only a person knows in which part a school lies. Emits `placements_changed`.
    """
    placements = list(
        Placement.objects.during(on, datetime.date.max)
        .filter(commune__valid_to=on)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    next_commune = successors({placement.commune_id for placement in placements}, on=on)
    changed: list[Placement] = []
    begun: list[Placement] = []
    moved: list[int] = []
    unplaced: list[int] = []
    for placement in placements:
        successor_id = next_commune.get(placement.commune_id, placement.commune_id)
        if successor_id == placement.commune_id:
            unplaced.append(placement.school_id)
            continue
        moved.append(placement.school_id)
        if placement.valid_from >= on:
            placement.commune_id = successor_id
        else:
            begun.append(
                Placement(
                    school_id=placement.school_id,
                    commune_id=successor_id,
                    valid_from=on,
                    valid_to=placement.valid_to,
                )
            )
            placement.valid_to = on
        changed.append(placement)
    Placement.objects.bulk_update(changed, ["commune", "valid_to"])
    Placement.objects.bulk_create(begun)
    if moved:
        placements_changed.send(sender=Placement, school_ids=sorted(set(moved)), start=on)
    if moved or unplaced:
        record(
            events.UNITS_REORGANISED,
            by=by,
            name=f"{on:%d/%m/%Y}",
            changes={"moved": (None, len(moved)), "unplaced": (None, len(unplaced))},
        )
    return Moved(moved, unplaced, [*changed, *begun])
