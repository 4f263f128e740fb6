"""Reading report runs: one's own, inside one's places; and what can be asked for."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q, QuerySet

from core.scope import Scope
from core.types import User
from schools.models import Area, School

from .. import report_types
from ..models import ReportRun
from ..report_types import ReportType
from .areas import areas_to_report


def types_for(scope: Scope) -> list[ReportType]:
    """The reports that somebody may have made somewhere: of areas by who has one, of schools."""
    return [
        each
        for each in report_types.all_types()
        if scope.may(each.permission) and (each.of_school or scope.places(each.permission).areas)
    ]


def runs_of(user: User, scope: Scope) -> QuerySet[ReportRun]:
    """Runs the user asked for, whose type and area they may still have; newest first."""
    allowed = Q(pk=None)
    for each in types_for(scope):
        places = scope.places_to_read(each.permission)
        if each.of_school:
            inside = Q(school__in=School.objects.within(places))
        else:
            inside = Q(area_id__in=places.areas) | Q(area=None)
        allowed |= Q(kind=each.code) & inside
    return ReportRun.objects.filter(allowed, made_by=user).select_related(
        "area", "school", "made_by"
    )


def run_of(user: User, scope: Scope, run_id: str | UUID) -> ReportRun | None:
    """One such run, or None."""
    return runs_of(user, scope).filter(pk=run_id).first()


def areas_by_type(types: list[ReportType], scope: Scope) -> Mapping[str, list[Area]]:
    """The areas for which each type can be asked for, {code: areas}."""
    by_permission = {
        permission: areas_to_report(scope, permission)
        for permission in {each.permission for each in types if not each.of_school}
    }
    return {each.code: by_permission[each.permission] for each in types if not each.of_school}


def schools_to_report(types: list[ReportType], scope: Scope) -> list[School]:
    """The schools for which reports of schools can be asked for, by name; one query."""
    permissions = {each.permission for each in types if each.of_school}
    found = Q(pk=None)
    for permission in permissions:
        found |= Q(pk__in=School.objects.within(scope.places(permission)))
    return list(School.objects.filter(found).order_by("name_key", "pk")) if permissions else []
