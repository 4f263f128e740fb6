"""Choosing a school year on a page."""

from django.utils import timezone

from schools.directory.selectors.years import all_years, year_for
from schools.directory.year_choices import year_choices


def asked_year(request):
    """The school year of the query, else the one of today, else the first to come; or None."""
    code = request.GET.get("year", "")
    asked = next((year for year in all_years() if year.code == code), None)
    return asked or year_for(timezone.localdate()) or all_years().first()


def choices_of_all_years(request, current):
    """Segments that lead to the same page of each school year."""
    return year_choices(request, all_years(), current)
