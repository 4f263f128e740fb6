"""The terms of a school year, as the frame of the widest place says them."""

import datetime
from collections.abc import Mapping

from core.levels import EducationLevel
from schools.models import SchoolYear
from schools.pupil_import.workbook.statuses import Terms

from ...models import YearFrame

DAY = datetime.timedelta(days=1)


def terms_of(year: SchoolYear) -> Mapping[str, Terms]:
    """The `Terms` of each level of which a frame of the year says the second term; one query.

    (`schools.pupil_import.terms.terms_of_year`.) Of several frames that of the widest place
    counts, and there that of the level before that of every level.
    """
    frames = (
        YearFrame.objects.filter(year=year, school=None, site=None)
        .exclude(second_term_from=None)
        .select_related("area")
        .order_by("valid_from", "pk")
    )
    widest: dict[str, tuple[tuple[int, bool], Terms]] = {}
    for frame in frames:
        assert frame.second_term_from is not None, "the others are left out"
        rank = (frame.area.level if frame.area is not None else 0, not frame.level)
        # The first day of the year is summer still, wherever lessons begin.
        first = max(frame.valid_from, year.valid_from + DAY)
        terms = Terms(first, frame.second_term_from, frame.valid_to)
        for level in [frame.level] if frame.level else EducationLevel.values:
            if level not in widest or rank < widest[level][0]:
                widest[level] = (rank, terms)
    return {level: terms for level, (_rank, terms) in widest.items()}
