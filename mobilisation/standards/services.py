"""Writing down what a commune reports in totals."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import locked_row, save_checked
from core.types import User
from schools.models import Area

from .. import events
from ..models import LiteracyTotal

Band = tuple[int, int]
# People, literate at level 1, literate at level 2.
Numbers = tuple[int, int, int]


@transaction.atomic
def enter_literacy(
    *, commune: Area, year: int, totals: Mapping[Band, Numbers | None], by: User
) -> None:
    """Replace the totals of a commune and year for some groups of ages; None takes one back.

    Raises ValidationError: more literate people than people, or a group with more than
    another that holds all its ages.
    """
    given = {band: numbers for band, numbers in totals.items() if numbers is not None}
    for inner, numbers in given.items():
        for outer, more in given.items():
            lies_in = outer[0] <= inner[0] and inner[1] <= outer[1]
            if lies_in and any(few > many for few, many in zip(numbers, more, strict=True)):
                raise ValidationError(
                    _("Ages %(inner)s have more than ages %(outer)s, in which they lie.")
                    % {"inner": _ages(inner), "outer": _ages(outer)}
                )
    # Two people who enter at once do so one after the other.
    locked_row(commune, no_key=True)
    rows = LiteracyTotal.objects.filter(commune=commune, year=year)
    before = rows.count()
    for first, last in totals:
        rows.filter(first_age=first, last_age=last).delete()
    for (first, last), (people, level_1, level_2) in given.items():
        save_checked(
            LiteracyTotal(
                commune=commune,
                year=year,
                first_age=first,
                last_age=last,
                people=people,
                level_1=level_1,
                level_2=level_2,
                entered_by=by,
            )
        )
    record(
        events.LITERACY_ENTERED,
        by=by,
        name=f"{commune.title}, {year}",
        area=commune.pk,
        changes={"totals": (before, rows.count())},
    )


def _ages(band: Band) -> str:
    return f"{band[0]}–{band[1]}"
