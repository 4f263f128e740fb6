"""The guided start: from an empty server to the first morning, in the order of what needs what.

A step is done when what it makes is there, whoever made it and however; so it can be left,
resumed, and done in another order.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.models import Post, RoleGrant
from attendance.calendar.selectors.patterns import holds_some_day
from attendance.models import CalendarRule
from core.next_steps import NextStep
from core.permissions import Permission as P
from core.scope import Scope
from core.types import StrOrPromise
from schools.areas.selectors.tree import AreaTree
from schools.directory.selectors.years import year_at_or_after
from schools.models import Enrolment, School

from .addresses import Link, links

IN_SCHOOLS = ("school_head", "teacher")


@dataclass(frozen=True)
class Step:
    """One step: what to do, whether it is done, and where the reader does it."""

    title: StrOrPromise
    text: StrOrPromise
    is_done: bool
    links: list[Link] = field(default_factory=list)


def steps(scope: Scope) -> list[Step]:
    """Every step for a reader, in order; nine queries or fewer. The first, an administrator, is
    done whenever somebody can read this."""
    today = scope.date
    tree = AreaTree.on(today)
    year = year_at_or_after(today)
    day = max(today, year.valid_from) if year else today
    officers = RoleGrant.objects.on(today).filter(role="province_officer", user__is_active=True)
    people = RoleGrant.objects.on(day).filter(role__in=IN_SCHOOLS)
    return [
        Step(
            _("Administrator and units of the province"),
            _("Whoever keeps the server loads the units: manage.py load_units."),
            bool(tree.communes()),
        ),
        Step(
            _("An account for the province"),
            _(
                "Make an account with the role of a province officer: this person sets the "
                "days of the year, which an administrator does not."
            ),
            officers.exists(),
            links(scope, (P.MANAGE_USERS, _("Make the account"), "accounts:issue", [])),
        ),
        # Nobody has to group: who goes on without it has decided.
        Step(
            _("Supervision clusters"),
            _("Say which communes one office follows together; a province may do without."),
            bool(tree.districts) or year is not None,
            links(
                scope,
                (P.MANAGE_CLUSTERS, _("Group the communes"), "schools:clusters", []),
                (P.MANAGE_YEARS, _("Go on without clusters"), "schools:year_open", []),
            ),
        ),
        Step(
            _("School year"),
            _("Look at the days that are filled in after the ministry's frame, and open the year."),
            year is not None,
            links(scope, (P.MANAGE_YEARS, _("Open the school year"), "schools:year_open", [])),
        ),
        Step(
            _("Weekly pattern"),
            _(
                "Say on which mornings and afternoons classes are held, and the first and last "
                "day of classes by level. A province officer does it; without it no lesson is due."
            ),
            year is not None and holds_some_day(year, since=today),
            links(
                scope,
                (P.MANAGE_CALENDAR, _("Set the weekly pattern"), "attendance:patterns", []),
                (P.MANAGE_CALENDAR, _("First and last day"), "attendance:frames", []),
            ),
        ),
        Step(
            _("Schools"),
            _("Enter the schools of the whole province from one Excel file."),
            School.objects.on(day).exists(),
            links(
                scope,
                (P.MANAGE_SCHOOLS, _("Schools from a file"), "schools:school_files", []),
                (P.MANAGE_SCHOOLS, _("Open one school"), "schools:school_open", []),
            ),
        ),
        Step(
            _("Pupils and classes"),
            _(
                "Enter the pupils of all schools from one Excel file; the classes are made with "
                "it. Or leave it to the heads, and go on with the staff."
            ),
            Enrolment.objects.on(day).filter(school_class__year=year).exists(),
            links(
                scope,
                (P.IMPORT_PUPILS_OF_MANY, _("Pupils from a file"), "schools:import_upload_all", []),
            ),
        ),
        Step(
            _("Staff and class teachers"),
            _(
                "Enter the staff from one Excel file. Where the classes are there by then, its "
                "column of homeroom classes gives each of them its teacher."
            ),
            Post.objects.on(day).exists() or people.exists(),
            links(
                scope,
                (P.MANAGE_STAFF, _("Staff from a file"), "staff:import_upload_all", []),
                (P.VIEW_STAFF, _("Class teachers"), "staff:staff", []),
            ),
        ),
        Step(
            _("Accounts of heads and teachers"),
            _("Make them from the staff list, then print the slips and hand them out."),
            people.exists(),
            links(
                scope,
                (P.GIVE_ROLES, _("Accounts from the staff list"), "accounts:issue_staff", []),
                (P.GIVE_ROLES, _("New accounts"), "accounts:issue", []),
            ),
        ),
    ]


def is_under_way(scope: Scope) -> bool:
    """Whether the first start is not finished: some step is still to be done.

    Over for good once there are pupils, a weekly pattern and somebody in a school who signs in: the
    holidays, and a new year not opened yet, are no first start. Three queries then.
    """
    people = RoleGrant.objects.filter(role__in=IN_SCHOOLS)
    if Enrolment.objects.exists() and CalendarRule.objects.exists() and people.exists():
        return False
    return any(not step.is_done for step in steps(scope))


def next_step(scope: Scope) -> NextStep | None:
    """The first step to be done that the reader can do (`core.next_steps`)."""
    if not scope.may(P.MANAGE_YEARS) or not is_under_way(scope):
        return None
    for step in steps(scope):
        if not step.is_done and step.links:
            return NextStep(step.links[0].label, step.links[0].url)
    return None
