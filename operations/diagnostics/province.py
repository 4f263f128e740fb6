"""What a province must have been told before a register can be due: people, year, pattern."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import RoleGrant, User
from accounts.roles import ROLES
from attendance.models import CalendarRule, YearFrame
from core.validity import valid_on
from schools.models import SchoolYear

from . import database
from .findings import broken, check, watch, well

# Without one of these nobody takes a register, answers for a school, or follows the province.
NECESSARY_ROLES = ("teacher", "school_head", "commune_officer", "province_officer")


@check(gettext_lazy("Administrator"), after=database.migrations)
def administrator():
    """Somebody can give accounts and read this page."""
    keeps = Q(grants__role="system_admin") & valid_on(timezone.localdate(), "grants__")
    people = User.objects.filter(Q(is_superuser=True) | keeps, is_active=True)
    count = people.distinct().count()
    if not count:
        return broken(
            _("Nobody can give accounts and roles."),
            _("Run manage.py createsuperuser."),
        )
    return well(_("%(count)s people can give accounts and roles.") % {"count": count})


@check(gettext_lazy("Roles"), after=database.migrations)
def roles():
    """Each necessary role is held by somebody."""
    grants = RoleGrant.objects.on(timezone.localdate()).filter(user__is_active=True)
    held = set(grants.values_list("role", flat=True))
    missing = [str(ROLES[code].name) for code in NECESSARY_ROLES if code not in held]
    if missing:
        return watch(
            _("Nobody holds today: %(roles)s.") % {"roles": ", ".join(missing)},
            _("Give these roles under People and roles (/admin/)."),
        )
    return well(_("Every necessary role is held by somebody."))


@check(gettext_lazy("School year"), after=database.migrations)
def school_year():
    """A year runs today or is prepared."""
    today = timezone.localdate()
    year = _year_at_or_after(today)
    mend = _("Add the school year with its first and last day under School years (/admin/).")
    if year is None:
        return broken(_("No school year runs today, and none is prepared."), mend)
    dates = {
        "year": year.code,
        "first": year.valid_from.strftime("%d/%m/%Y"),
        "last": year.last_day.strftime("%d/%m/%Y"),
    }
    if year.valid_from > today:
        return watch(
            _("No school year runs today; %(year)s begins on %(first)s.") % dates,
            _("In the holidays nothing is to be done; else correct the dates of the year."),
        )
    return well(_("School year %(year)s runs from %(first)s to %(last)s.") % dates)


@check(gettext_lazy("Weekly pattern"), after=database.migrations)
def weekly_pattern():
    """In what is left of the year some weekday has a lesson; its frame is written down."""
    today = timezone.localdate()
    year = _year_at_or_after(today)
    if year is None:
        return None
    patterns = CalendarRule.objects.during(max(today, year.valid_from), year.valid_to)
    if not patterns.filter(Q(morning__contains="1") | Q(afternoon__contains="1")).exists():
        return broken(
            _("No weekly pattern holds in school year %(year)s: no day has a lesson.")
            % {"year": year.code},
            _("Add a weekly pattern from the first day of the year (/admin/)."),
        )
    if not YearFrame.objects.filter(year=year).exists():
        return watch(
            _("No frame of school year %(year)s is written down: the dates of the year hold.")
            % {"year": year.code},
            _("Write the decision of the province down under School years in the menu."),
        )
    return well(_("Weekly pattern and frame of %(year)s are written down.") % {"year": year.code})


def _year_at_or_after(day):
    return SchoolYear.objects.filter(valid_to__gt=day).order_by("valid_from").first()
