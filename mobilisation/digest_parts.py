"""What the following of children tells in the digest (`core.digests`): cases past their day, to
who follows the child, and as a number to the cluster and the province above."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.digests.parts import Batch, Counted, Part, PlaceCounts, declare
from core.permissions import Permission as P

from .cases.selectors.counts import CasePlaces, late_by_place
from .models.cases import places_followed


def declare_all() -> None:
    """Declare the part, in `AppConfig.ready`."""
    declare(
        Part(
            code="mobilisation.cases",
            place=21,
            name=_("Children followed whose deadline is over"),
            permissions={P.FOLLOW_CHILDREN},
            sentence=lambda count: (
                ngettext(
                    "The deadline of %(count)s child that is followed is over.",
                    "The deadlines of %(count)s children that are followed are over.",
                    count,
                )
                % {"count": count}
            ),
            link="mobilisation:cases",
            query="?list=late",
            count=_cases,
        )
    )
    declare(
        Part(
            code="mobilisation.cases_below",
            place=22,
            name=_("Children followed in the communes whose deadline is over"),
            # Held above the commune only.
            permissions={P.ASSIGN_NUMBERS},
            sentence=lambda count: (
                ngettext(
                    "In the communes the deadline of %(count)s child that is followed is over.",
                    "In the communes the deadlines of %(count)s children that are followed are "
                    "over.",
                    count,
                )
                % {"count": count}
            ),
            link="mobilisation:case_counts",
            count=_cases_below,
        )
    )


def _late(batch: Batch) -> list[CasePlaces]:
    return late_by_place(batch.on)


def _followed(batch: Batch) -> PlaceCounts:
    return PlaceCounts(
        Counted(1, each.communes, each.schools, each.classes) for each in batch.once(_late)
    )


def _cases(batch: Batch) -> Mapping[int, int]:
    return batch.once(_followed).by_person(
        {
            user_id: places_followed(batch.people[user_id])
            for user_id in batch.places(P.FOLLOW_CHILDREN)
        }
    )


def _cases_below(batch: Batch) -> Mapping[int, int]:
    homes = PlaceCounts(Counted(1, [each.home]) for each in batch.once(_late))
    found = {}
    for user_id in batch.places(P.ASSIGN_NUMBERS):
        scope = batch.people[user_id]
        below = homes.inside(scope.places_to_read(P.ASSIGN_NUMBERS))
        # Children whom one follows by name, as a member who answers for their commune, are told of
        # with the others one follows.
        found[user_id] = len(below - batch.once(_followed).inside(places_followed(scope)))
    return found
