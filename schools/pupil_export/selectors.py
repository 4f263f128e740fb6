"""Which lists may be asked for, and which were."""

import datetime

from django.db.models import QuerySet

from core.permissions import Permission as P
from core.scope import Places, Scope
from core.types import User

from ..models import PupilExport, School, SchoolYear

RECENT = 5


def schools_of_many(places: Places) -> QuerySet[School]:
    """Every school inside `places`, ended ones too: the list of a year that is over is theirs."""
    return School.objects.within(places)


def years_to_list(today: datetime.date) -> QuerySet[SchoolYear]:
    """School years that have begun, the last first."""
    return SchoolYear.objects.filter(valid_from__lte=today).order_by("-valid_from")


def recent_exports(user: User, school: School | None) -> list[PupilExport]:
    """The last lists that a person asked for, of a school or of many."""
    found = PupilExport.objects.filter(made_by=user, school=school)
    return list(found.select_related("year", "made_by").order_by("-made_at")[:RECENT])


def export_of(scope: Scope, user: User, run_id: str) -> PupilExport | None:
    """A list that a person asked for, while all its schools are still theirs to list."""
    run = (
        PupilExport.objects.select_related("school", "year", "made_by")
        .filter(pk=run_id, made_by=user)
        .first()
    )
    if run is None:
        return None
    if run.school_id is not None:
        ids, permission = {run.school_id}, P.EXPORT_PUPILS
    else:
        ids, permission = {int(each) for each in run.counts}, P.EXPORT_PUPILS_OF_MANY
    places = scope.places_to_read(permission)
    if not places or School.objects.within(places).filter(pk__in=ids).count() < len(ids):
        return None
    return run
