"""Reading school years."""

from ..models import SchoolYear


def year_on(date):
    """The school year that contains a day, or None in the summer."""
    return SchoolYear.objects.on(date).first()


def year_for(date):
    """The school year of a day; in the summer the one that ended last; None before the first."""
    return SchoolYear.objects.filter(valid_from__lte=date).order_by("-valid_from").first()


def all_years():
    """Every school year, the earliest first."""
    return SchoolYear.objects.all()
