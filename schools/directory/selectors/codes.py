"""Official identifiers for ids: what other systems know schools and pupils by."""

from collections.abc import Collection, Mapping
from typing import Any

from ...models import Enrolment, School

# No row has this id: what a code stands for that nobody has.
NOTHING = 0


def school_id_of(asked: Mapping[str, Any]) -> int | None:
    """The id of the school that a query names by `school` (an id) or `school_code`.

    None when it names none, `NOTHING` for a code that no school has.
    """
    if (code := asked.get("school_code")) is None:
        found: int | None = asked.get("school")
        return found
    return School.objects.filter(code=code).values_list("pk", flat=True).first() or NOTHING


def pupils_of_classes(
    class_ids: Collection[int], identifiers: Collection[str]
) -> dict[tuple[int, str], int]:
    """{(class, identifier of the ministry): pupil} of those who are or were in the classes.

    One query. Whoever is elsewhere is not found: an identifier alone must not tell who exists.
    """
    spells = Enrolment.objects.filter(
        school_class__in=class_ids, pupil__ministry_id__in=identifiers
    )
    return {
        (class_id, str(identifier)): pupil
        for class_id, identifier, pupil in spells.order_by().values_list(
            "school_class_id", "pupil__ministry_id", "pupil_id"
        )
    }
