"""What the following of children tells in the digest (`core.digests`): cases past their day, to
who follows the child, and as a number to the cluster and the province above."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.digests.parts import Batch, Counted, Part, PlaceCounts, declare
from core.permissions import Permission as P

from .cases.selectors.counts import late_by_commune, late_by_place
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


def _cases(batch: Batch) -> Mapping[int, int]:
    places = {
        user_id: places_followed(batch.people[user_id])
        for user_id in batch.places(P.FOLLOW_CHILDREN)
    }
    cases = late_by_place(batch.on)
    return PlaceCounts(
        Counted(1, each.communes, each.schools, each.classes) for each in cases
    ).by_person(places)


def _cases_below(batch: Batch) -> Mapping[int, int]:
    places = {
        user_id: batch.people[user_id].places_to_read(P.ASSIGN_NUMBERS)
        for user_id in batch.places(P.ASSIGN_NUMBERS)
    }
    return PlaceCounts(
        Counted(count, [commune]) for commune, count in late_by_commune(batch.on).items()
    ).by_person(places)
