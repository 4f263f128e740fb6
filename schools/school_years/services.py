"""Opening, closing and removing school years."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.services.saving import lock_in_place, save_checked
from core.types import User

from .. import events
from ..models import SchoolClass, SchoolYear
from ..signals import school_year_opened

ONE_DAY = datetime.timedelta(days=1)
LONGEST_YEAR = datetime.timedelta(days=366)


@transaction.atomic
def open_year(
    *,
    first_day: datetime.date,
    last_day: datetime.date,
    by: User | None,
    second_term_from: datetime.date | None = None,
) -> SchoolYear:
    """Open a school year, called by the calendar years of its first and last day.

    Says `school_year_opened` with the first day of the second term, which is a matter of the
    calendar. Raises ValidationError: days in the wrong order, longer than a year, another year
    of the name or on one of its days.
    """
    if not first_day < last_day < first_day + LONGEST_YEAR:
        raise ValidationError(
            {"last_day": _("A school year ends after it begins, and within twelve months.")},
            code="wrong_days",
        )
    if second_term_from is not None and not first_day < second_term_from <= last_day:
        raise ValidationError(
            {"second_term_from": _("The second term begins between the first and last day.")},
            code="term_outside",
        )
    code = f"{first_day.year}-{last_day.year}"
    end = last_day + ONE_DAY
    other = (
        SchoolYear.objects.filter(valid_from__lt=end, valid_to__gt=first_day)
        .order_by("valid_from")
        .first()
        or SchoolYear.objects.filter(code=code).first()
    )
    if other is not None:
        raise ValidationError(
            {
                "first_day": _("School year %(year)s runs from %(first)s to %(last)s.")
                % {
                    "year": other.code,
                    "first": other.valid_from.strftime("%d/%m/%Y"),
                    "last": other.last_day.strftime("%d/%m/%Y"),
                }
            },
            code="years_overlap",
        )
    year = save_checked(SchoolYear(code=code, valid_from=first_day, valid_to=end))
    record(
        events.YEAR_OPENED,
        by=by,
        about=year,
        name=year.code,
        changes={"valid_from": (None, first_day), "valid_to": (None, end)},
    )
    school_year_opened.send(sender=SchoolYear, year=year, second_term_from=second_term_from, by=by)
    return year


@transaction.atomic
def close_year(*, year: SchoolYear, by: User | None) -> SchoolYear:
    """Close a year that is over: its classes and rolls stay as they are from now on.

    Raises ValidationError when it is not over, or closed already.
    """
    _lock(year)
    if year.closed_at is not None:
        raise ValidationError(_("The school year is closed already."), code="closed")
    if year.valid_to > timezone.localdate():
        raise ValidationError(
            _("School year %(year)s runs until %(last)s. Close it after that day.")
            % {"year": year.code, "last": year.last_day.strftime("%d/%m/%Y")},
            code="not_over",
        )
    year.closed_at, year.closed_by = timezone.now(), by
    save_checked(year)
    record(events.YEAR_CLOSED, by=by, about=year, name=year.code)
    return year


@transaction.atomic
def reopen_year(*, year: SchoolYear, by: User | None) -> SchoolYear:
    """Take the closing of a year back. Raises ValidationError when it is not closed."""
    _lock(year)
    if year.closed_at is None:
        raise ValidationError(_("The school year is not closed."), code="not_closed")
    year.closed_at = year.closed_by = None
    save_checked(year)
    record(events.YEAR_REOPENED, by=by, about=year, name=year.code)
    return year


@transaction.atomic
def remove_year(*, year: SchoolYear, by: User | None) -> None:
    """Remove a year opened by mistake. Raises ValidationError once it has a class."""
    _lock(year)
    if SchoolClass.objects.filter(year=year).exists():
        raise ValidationError(
            _("School year %(year)s has classes and stays.") % {"year": year.code}, code="in_use"
        )
    record(events.YEAR_REMOVED, by=by, about=year, name=year.code)
    year.delete()


def _lock(year: SchoolYear) -> None:
    lock_in_place(year)
