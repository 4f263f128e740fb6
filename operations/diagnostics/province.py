"""What a province must have been told before a register can be due: people, year, pattern."""

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import ClassAssignment, RoleGrant, User
from accounts.roles import ROLES, TEACHER
from attendance.calendar.selectors.patterns import holds_some_day, levels_without_frame
from core.validity import valid_on
from schools.directory.selectors.years import year_at_or_after

from . import database
from .findings import Finding, broken, check, watch, well

# Without one of these nobody takes a register, answers for a school, or follows the province.
NECESSARY_ROLES = ("teacher", "school_head", "commune_officer", "province_officer")


@check(gettext_lazy("Administrator"), after=database.migrations)
def administrator() -> Finding:
    """Somebody can give accounts and read this page."""
    keeps = Q(grants__role="system_admin") & valid_on(timezone.localdate(), "grants__")
    people = User.objects.filter(Q(is_superuser=True) | keeps, is_active=True)
    count = people.distinct().count()
    if not count:
        return broken(
            _("Nobody can give accounts and roles."),
            _(
                "Run manage.py first_administrator and open the address it prints; where there "
                "are accounts already, manage.py createsuperuser."
            ),
        )
    return well(_("%(count)s people can give accounts and roles.") % {"count": count})


@check(gettext_lazy("Roles"), after=database.migrations)
def roles() -> Finding:
    """Each necessary role is held by somebody."""
    grants = RoleGrant.objects.on(timezone.localdate()).filter(user__is_active=True)
    held = set(grants.values_list("role", flat=True))
    assigned = ClassAssignment.objects.on(timezone.localdate())
    if assigned.filter(person__user__is_active=True).exists():
        held.add(TEACHER)
    missing = [str(ROLES[code].name) for code in NECESSARY_ROLES if code not in held]
    if missing:
        return watch(
            _("Nobody holds today: %(roles)s.") % {"roles": ", ".join(missing)},
            _("Give these roles under Accounts in the menu."),
        )
    return well(_("Every necessary role is held by somebody."))


@check(gettext_lazy("School year"), after=database.migrations)
def school_year() -> Finding:
    """A year runs today or is prepared."""
    today = timezone.localdate()
    year = year_at_or_after(today)
    mend = _("Open the school year with its first and last day under School years in the menu.")
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
def weekly_pattern() -> Finding | None:
    """In what is left of the year some weekday has a lesson."""
    today = timezone.localdate()
    year = year_at_or_after(today)
    if year is None:
        return None
    if not holds_some_day(year, since=today):
        return broken(
            _("No weekly pattern holds in school year %(year)s: no day has a lesson.")
            % {"year": year.code},
            _("An officer of the province sets it under Closures, Weekly pattern."),
        )
    return well(_("A weekly pattern of %(year)s is written down.") % {"year": year.code})


@check(gettext_lazy("First and last day of classes"), after=database.migrations)
def year_frame() -> Finding | None:
    """The province has said for each level taught when classes begin and end."""
    year = year_at_or_after(timezone.localdate())
    if year is None:
        return None
    missing = levels_without_frame(year)
    if missing:
        return watch(
            _(
                "The first and last day of classes of %(year)s are not written down for: "
                "%(levels)s. The dates of the year hold."
            )
            % {"year": year.code, "levels": ", ".join(str(each.label) for each in missing)},
            _("Write the decision of the province down under School years in the menu."),
        )
    return well(
        _("The first and last day of classes of %(year)s are written down.") % {"year": year.code}
    )
