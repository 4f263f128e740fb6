"""What the commands of the figures have in common: which months, which schools."""

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _

from core.months import Month
from schools.areas.selectors.tree import AreaTree, area_version
from schools.models import Placement

from ...selectors.figures import months_with_facts


def add_arguments(parser: CommandParser) -> None:
    """--month and --area."""
    parser.add_argument("--month", help="only this month, as 2026-10; default: every month")
    parser.add_argument("--area", help="only schools in the area with this code, as of the month")


def chosen(month: str | None, area: str | None) -> list[tuple[Month, list[int] | None]]:
    """(month, school ids or None) for each month asked for.

    Raises CommandError with a sentence when the month or the area is not known.
    """
    try:
        months = [Month.parse(month)] if month else months_with_facts()
    except ValueError as error:
        raise CommandError(str(error)) from error
    pairs = [(each, schools_in(area, each) if area else None) for each in months]
    if area and all(ids is None for _each, ids in pairs):
        raise CommandError(_("No area has the code %(code)s in that time.") % {"code": area})
    return [(each, ids) for each, ids in pairs if ids is not None or not area]


def schools_in(code: str, month: Month) -> list[int] | None:
    """Schools that lie in an area on some day of a month; None when the area does not exist."""
    area = area_version(code, on=month.first)
    if area is None:
        return None
    inside = AreaTree.on(month.first).below(area.pk)
    return sorted(
        set(
            Placement.objects.during(month.first, month.end)
            .filter(commune_id__in=inside)
            .values_list("school_id", flat=True)
        )
    )
