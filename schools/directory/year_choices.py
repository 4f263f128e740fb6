"""The segments by which a page is read for another school year."""

from collections.abc import Iterable

from django.http import HttpRequest

from schools.models import SchoolYear


def year_choices(
    request: HttpRequest, years: Iterable[SchoolYear], current: SchoolYear | None
) -> list[dict[str, object]]:
    """Segments (`components/_segments.html`) that lead to the same page of each year."""
    return [
        {"label": year.code, "url": f"{request.path}?year={year.code}", "current": year == current}
        for year in years
    ]
