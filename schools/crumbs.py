"""The way down to a page: schools, school, class, pupil; only what the reader may open."""

from typing import TypedDict

from django.urls import reverse
from django.utils.translation import gettext as _

from core.permissions import Permission as P
from core.types import ScopedRequest, StrOrPromise

from .models import Enrolment, School, SchoolClass


class Crumb(TypedDict):
    """A step of the way down; the page one is on has no address."""

    label: StrOrPromise
    url: str


def school_crumbs(request: ScopedRequest, school: School, here: StrOrPromise = "") -> list[Crumb]:
    """Crumbs that end at the school, or at a page `here` below it."""
    crumbs: list[Crumb] = []
    may_open = request.scope.may(P.VIEW_SCHOOL)
    if request.scope.places(P.VIEW_SCHOOL).areas:
        crumbs.append({"label": _("Schools"), "url": reverse("schools:schools")})
    if may_open:
        crumbs.append({"label": school.name, "url": reverse("schools:school", args=[school.pk])})
    return _ending(crumbs, here)


def class_crumbs(
    request: ScopedRequest, school_class: SchoolClass, here: StrOrPromise = ""
) -> list[Crumb]:
    """Crumbs that end at the class, or at a page `here` below it."""
    crumbs = school_crumbs(request, school_class.school)
    crumbs.append(
        {
            "label": _("Class %(name)s") % {"name": school_class.name},
            "url": reverse("schools:school_class", args=[school_class.pk]),
        }
    )
    return _ending(crumbs, here)


def pupil_crumbs(request: ScopedRequest, spell: Enrolment, here: StrOrPromise = "") -> list[Crumb]:
    """Crumbs that end at the pupil, or at a page `here` below; by the class of `spell`."""
    crumbs = class_crumbs(request, spell.school_class)
    crumbs.append(
        {
            "label": spell.pupil.full_name,
            "url": reverse("schools:pupil", args=[spell.pupil_id]),
        }
    )
    return _ending(crumbs, here)


def _ending(crumbs: list[Crumb], here: StrOrPromise) -> list[Crumb]:
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
