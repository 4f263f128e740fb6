"""The tables of a month as papers say them: those that were published, where it was.

Raises DetailAltered where the cells kept are not those that were published.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from core.months import Month
from schools.directory.selectors.schools import commune_of
from schools.models import Area, School

from ..models import Publication
from ..selectors.figures import Figures, figures
from ..selectors.monthly import (
    MonthlyTables,
    area_tables,
    monthly_school_tables,
    monthly_tables,
    school_tables,
)
from .details import detail_of_publication
from .selectors import publication_over


def tables_of_area(area: Area, month: Month) -> tuple[MonthlyTables, Publication | None]:
    """The tables of an area, and the publication that they are frozen in; None: counted now."""
    found = publication_over(area, month)
    detail = detail_of_publication(found) if found is not None else None
    source = detail.area_source(area) if detail is not None else None
    if found is None or source is None:
        return monthly_tables(area=area, month=month), None
    tables = area_tables(area, month, source)
    tables.counted_at = found.published_at
    return tables, found


def tables_of_school(school: School, month: Month) -> tuple[MonthlyTables, Publication | None]:
    """The tables of a school by class, and the publication that they are frozen in."""
    found = publication_over_school(school, month)
    detail = detail_of_publication(found) if found is not None else None
    source = detail.school_source(school) if detail is not None else None
    if found is None or source is None:
        return monthly_school_tables(school=school, month=month), None
    tables = school_tables(school, month, source)
    tables.counted_at = found.published_at
    return tables, found


def months_of_schools(
    school_ids: Collection[int],
    months: Sequence[Month],
    over: Callable[[Month], Publication | None],
) -> tuple[dict[Month, dict[str, Figures]], dict[Month, Publication]]:
    """{month: {level: figures}} of some schools, and the publication that a month is frozen in.

    A month of which the publication does not know every school that was counted is counted now.

    Args:
        over: function month -> the publication that stands for the schools.
    """
    counted: defaultdict[Month, dict[tuple[int, str], Figures]] = defaultdict(dict)
    if school_ids:
        now = figures(months=months, by=("school", "level"), school_ids=school_ids)
        for (key, month), values in now.items():
            counted[month][key] = values
    published = {}
    found: dict[Month, dict[str, Figures]] = {}
    for month in months:
        publication = over(month)
        detail = detail_of_publication(publication) if publication is not None else None
        here = {pk for pk, _level in counted[month]}
        frozen = detail.figures_of(here) if detail is not None else None
        if publication is not None and frozen is not None:
            published[month] = publication
        of_level: defaultdict[str, Figures] = defaultdict(Figures)
        for (_pk, level), values in (counted[month] if frozen is None else frozen).items():
            of_level[level] += values
        found[month] = dict(of_level)
    return found, published


def publication_over_school(school: School, month: Month) -> Publication | None:
    """The publication that stands for the month of a school's commune."""
    commune = commune_of(school, on=month.last)
    return publication_over(commune, month) if commune is not None else None
