"""Reading report runs: one's own, inside one's places; and what can be asked for."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q, QuerySet

from core.scope import Scope
from core.types import User
from schools.models import Area

from .. import report_types
from ..models import ReportRun
from ..report_types import ReportType
from .areas import areas_to_report


def types_for(scope: Scope) -> list[ReportType]:
    """The reports that somebody may have made somewhere."""
    return [each for each in report_types.all_types() if scope.may(each.permission)]


def runs_of(user: User, scope: Scope) -> QuerySet[ReportRun]:
    """Runs the user asked for, whose type and area they may still have; newest first."""
    allowed = Q(pk=None)
    for each in types_for(scope):
        areas = scope.places_to_read(each.permission).areas
        allowed |= Q(kind=each.code) & (Q(area_id__in=areas) | Q(area=None))
    return ReportRun.objects.filter(allowed, made_by=user).select_related("area", "made_by")


def run_of(user: User, scope: Scope, run_id: str | UUID) -> ReportRun | None:
    """One such run, or None."""
    return runs_of(user, scope).filter(pk=run_id).first()


def areas_by_type(types: list[ReportType], scope: Scope) -> Mapping[str, list[Area]]:
    """The areas for which each type can be asked for, {code: areas}."""
    by_permission = {
        permission: areas_to_report(scope, permission)
        for permission in {each.permission for each in types}
    }
    return {each.code: by_permission[each.permission] for each in types}
