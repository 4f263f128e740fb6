"""The tables of a month as papers say them: those that were published, where it was.

Raises DetailAltered where the cells kept are not those that were published.
"""

from core.months import Month
from schools.directory.selectors.schools import commune_of
from schools.models import Area, School

from ..models import Publication
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
    commune = commune_of(school, on=month.last)
    found = publication_over(commune, month) if commune is not None else None
    detail = detail_of_publication(found) if found is not None else None
    source = detail.school_source(school) if detail is not None else None
    if found is None or source is None:
        return monthly_school_tables(school=school, month=month), None
    tables = school_tables(school, month, source)
    tables.counted_at = found.published_at
    return tables, found
