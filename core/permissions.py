"""Everything a person may be allowed to do, in one list; and how a view declares it.

A view is decorated with `requires(...)`, `signed_in(...)` or `public(...)`. The check
`lai_chau_edu.checks` walks every address and refuses to start while one is undeclared.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Literal, Protocol, TypeAlias, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils.translation import gettext

from . import problems
from .types import ScopedRequest, View


class Permission(StrEnum):
    """Rights, grouped by noun. Stored nowhere: roles are stored, rights follow from them."""

    VIEW_FIGURES = "figures.view"
    EXPORT_FIGURES = "figures.export"
    VIEW_FLAGS = "flags.view"
    MANAGE_TARGETS = "targets.manage"
    # How many children each commune and school is to bring to class (chỉ tiêu giao).
    ASSIGN_NUMBERS = "numbers.assign"
    # The month's path: school, commune, the office above it, province.
    CONFIRM_MONTH = "month.confirm"
    ASSESS_MONTH = "month.assess"
    REVIEW_MONTH = "month.review"
    PUBLISH_MONTH = "month.publish"
    # Official papers of one's own office, under its numbers.
    ISSUE_PAPERS = "papers.issue"
    # How the papers of the province look in Word.
    MANAGE_TEMPLATES = "papers.templates"

    VIEW_SCHOOL = "school.view"
    MANAGE_SCHOOL = "school.manage"
    VIEW_STAFF = "staff.view"
    MANAGE_STAFF = "staff.manage"
    # Which schools and school years there are: an office decides that, not a school.
    MANAGE_SCHOOLS = "schools.manage"
    MANAGE_YEARS = "years.manage"
    # Which units there are, by decree; which communes are supervised together.
    MANAGE_UNITS = "units.manage"
    MANAGE_CLUSTERS = "clusters.manage"
    # The scheme by which a school becomes a semi-boarding one: an office reviews and appraises.
    APPRAISE_SCHEMES = "schemes.appraise"
    VIEW_PUPILS = "pupils.view"
    MANAGE_PUPILS = "pupils.manage"
    IMPORT_PUPILS = "pupils.import"
    # One file for the schools of an area: an office's, not a school's.
    IMPORT_PUPILS_OF_MANY = "pupils.import_many"
    # The list of pupils as a file, of a school; and of all schools of a commune in one.
    EXPORT_PUPILS = "pupils.export"
    EXPORT_PUPILS_OF_MANY = "pupils.export_many"
    # The household survey of a commune, with names.
    MANAGE_SURVEY = "survey.manage"
    # Cases of children out of school, with names: of a class, a school, a commune.
    FOLLOW_CHILDREN = "children.follow"

    VIEW_REGISTER = "register.view"
    TAKE_REGISTER = "register.take"
    REOPEN_REGISTERS = "register.reopen"
    REMIND_REGISTERS = "register.remind"
    REMIND_SCHOOLS = "school.remind"
    MANAGE_CALENDAR = "calendar.manage"

    VIEW_PLANS = "plans.view"
    DRAFT_PLANS = "plans.draft"
    APPROVE_PLANS = "plans.approve"
    RECORD_VISIT = "visit.record"
    # What the inspected unit says it has done.
    ANSWER_RECOMMENDATIONS = "recommendation.answer"
    # Plans of action and their tasks: read, report on what one answers for, draw up and verify.
    VIEW_ACTIONS = "actions.view"
    REPORT_ACTIONS = "actions.report"
    MANAGE_ACTIONS = "actions.manage"
    VIEW_COMMITTEES = "committee.view"
    # Of one's own unit and those below: founding, members, regulation, meetings.
    MANAGE_COMMITTEES = "committee.manage"
    # What all are measured by: the checklist, the scoring criteria, the points of members.
    MANAGE_CRITERIA = "criteria.manage"
    # Thresholds, windows and deadlines that a decision changes from a day on.
    MANAGE_RULES = "rules.manage"

    VIEW_EVENTS = "events.view"
    OVERSEE_NAMES = "names.oversee"
    MANAGE_USERS = "users.manage"
    GIVE_ROLES = "roles.give"
    VIEW_OPERATIONS = "operations.view"


class KeyScope(StrEnum):
    """What an access key of the API is for. A key does what one of its scopes covers, and never
    more than its person may."""

    FIGURES = "figures"
    ROLLS = "rolls"
    REGISTERS = "registers"
    ACTIONS = "actions"


ANY_KEY = frozenset(KeyScope)
METHODS = ("GET", "HEAD", "POST")


Access: TypeAlias = (
    tuple[Literal["permission"], tuple[Permission, ...]]
    | tuple[Literal["signed_in", "public"], str]
)


class DeclaredView(Protocol):
    """A view that says who may open it."""

    access: Access
    login_required: bool
    keeps_what_it_refuses: bool

    def __call__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


Decorator: TypeAlias = Callable[[View], DeclaredView]


def requires(*permissions: Permission) -> Decorator:
    """Declare that a view needs one of `permissions` somewhere in the user's scope.

    A user who holds none of them anywhere gets 403. Which objects the view then shows is
    the selector's business: outside the places it answers 404.
    """

    def allowed(request: ScopedRequest) -> bool:
        return any(request.scope.may(permission) for permission in permissions)

    return _declare(("permission", permissions), allowed)


def signed_in(reason: str) -> Decorator:
    """Declare that any signed-in user may open a view, and why that is right."""
    return _declare(("signed_in", reason), lambda request: True)


def public(reason: str) -> Decorator:
    """Declare that a view needs no sign-in, and why that is right."""
    declare = _declare(("public", reason), lambda request: True)

    def declare_public(view: View) -> DeclaredView:
        guarded = declare(view)
        guarded.login_required = False
        return guarded

    return declare_public


def _no_such_method(request: HttpRequest) -> HttpResponseBase:
    if not request.path.startswith(problems.API):
        return HttpResponseNotAllowed(METHODS)
    sentence = gettext("The address has no such method")
    headers = {"Allow": ", ".join(METHODS)}
    return problems.answer(request, 405, "method_not_allowed", sentence, headers=headers)


def _declare(access: Access, allowed: Callable[[ScopedRequest], bool]) -> Decorator:
    def declare(view: View) -> DeclaredView:
        @wraps(view)
        def guarded(request: ScopedRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method not in METHODS:
                return _no_such_method(request)
            if not allowed(request):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        declared = cast("DeclaredView", guarded)
        declared.access = access
        return declared

    return declare
