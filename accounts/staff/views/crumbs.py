"""The way down to a page of staff; only what the reader may open."""

from typing import TypeAlias

from django.urls import reverse
from django.utils.translation import gettext as _

from core.permissions import Permission as P
from core.types import ScopedRequest
from schools.models import School, SchoolClass

from ..models import StaffMember

Crumbs: TypeAlias = list[dict[str, str]]


def staff_crumbs(request: ScopedRequest, here: str = "") -> Crumbs:
    """Crumbs that end at the schools' staff, or at a page `here` below it."""
    return _ending([{"label": _("Staff"), "url": reverse("staff:staff")}], here)


def school_crumbs(request: ScopedRequest, school: School, here: str = "") -> Crumbs:
    """Crumbs that end at the staff of a school, or at a page `here` below it."""
    scope = request.scope
    crumbs = []
    if scope.may(P.VIEW_SCHOOL):
        url = reverse("schools:school", args=[school.pk])
        crumbs.append({"label": school.name, "url": url})
    else:
        crumbs.append({"label": _("Staff"), "url": reverse("staff:staff")})
    label = _("Staff") if scope.may(P.VIEW_SCHOOL) else school.name
    crumbs.append({"label": label, "url": reverse("staff:school", args=[school.pk])})
    return _ending(crumbs, here)


def person_crumbs(
    request: ScopedRequest, person: StaffMember, school: School, here: str = ""
) -> Crumbs:
    """Crumbs that end at a person, by one of their schools."""
    crumbs = school_crumbs(request, school)
    url = reverse("staff:person", args=[person.pk])
    return _ending([*crumbs, {"label": person.full_name, "url": url}], here)


def class_crumbs(request: ScopedRequest, school_class: SchoolClass, here: str = "") -> Crumbs:
    """Crumbs that end at the teachers of a class."""
    crumbs = school_crumbs(request, school_class.school)
    crumbs.append(
        {
            "label": _("Classes and teachers"),
            "url": reverse("staff:classes", args=[school_class.school_id]),
        }
    )
    url = reverse("staff:school_class", args=[school_class.pk])
    label = _("Class %(name)s") % {"name": school_class.name}
    return _ending([*crumbs, {"label": label, "url": url}], here)


def _ending(crumbs: Crumbs, here: str) -> Crumbs:
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
