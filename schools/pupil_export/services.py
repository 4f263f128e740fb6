"""Asking for a pupil list, writing it in a job, keeping it for a day."""

import datetime
from collections.abc import Collection
from pathlib import Path

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy, override

from core.permissions import Permission as P
from core.scope import scopes
from core.services import background_runs
from core.services.file_runs import FileRuns, Written
from core.types import User

from .. import events
from ..models import PupilExport, School, SchoolYear
from ..pupil_import.terms import terms_by_level
from .rows import schools_listed
from .writing import Progress, write_list

# Names in a file lie on the server no longer than an uploaded list does.
KEPT_FOR = datetime.timedelta(hours=24)


class PupilExports(FileRuns[PupilExport]):
    """Pupil lists. Who lost the right meanwhile gets one without the schools no longer theirs."""

    MODEL = PupilExport
    RELATED = ("school", "year")
    MOST_WAITING = 3
    TOO_MANY = gettext_lazy(
        "%(limit)s lists of yours are still being made. Wait until one of them is ready."
    )
    ASKED = events.PUPILS_LIST_ASKED
    MADE = events.PUPILS_LIST_MADE
    FAILED = events.PUPILS_LIST_FAILED
    CANCELLED = events.PUPILS_LIST_CANCELLED
    FETCHED = events.PUPILS_LIST_FETCHED

    def write(self, run: PupilExport, folder: Path) -> Written:
        def progress(done: int) -> None:
            background_runs.beat(run, done=done)

        path = folder / "list.xlsx"
        counts = write_file(
            path,
            schools_to_list(run),
            year=run.year,
            of_many=run.school_id is None,
            progress=progress,
        )
        return Written(
            path,
            KEPT_FOR,
            columns={"counts": {str(school): pupils for school, pupils in counts.items()}},
            told={"pupils": sum(counts.values())},
        )

    def name_of(self, run: PupilExport) -> str:
        return str(run.year.code)


pupil_exports = PupilExports()
cancel = pupil_exports.cancel
died = pupil_exports.died
make = pupil_exports.make
remove_expired = pupil_exports.remove_expired
revive = pupil_exports.revive


def ask(*, school: School | None, year: SchoolYear, by: User) -> PupilExport:
    """Note that a list is wanted; the caller enqueues the job with the run's id.

    Returns the run of this person that waits or is being made for the same, if there is one.

    Args:
        school: None for all schools whose pupils the person may list.

    Raises ValidationError as `FileRuns.ask`.
    """
    asked = {"school": school, "year": year}
    return pupil_exports.ask(PupilExport(**asked, made_by=by), alike=asked, by=by)


def note_fetched(*, run: PupilExport, by: User) -> None:
    """Write down that a person takes the file with them."""
    pupil_exports.note_fetched(run, by=by, pupils=run.pupils)


def write_file(
    path: Path,
    schools: QuerySet[School],
    *,
    year: SchoolYear,
    of_many: bool,
    only: Collection[int] | None = None,
    progress: Progress | None = None,
) -> dict[int, int]:
    """Write the list of some schools to a path; returns {id of a school: pupils listed}.

    Args:
        only: ids of the schools that this file is of; a pupil stands in one of all files.
    """
    with override("vi"):
        listed = schools_listed(
            schools,
            year=year,
            on=timezone.localdate(),
            terms=terms_by_level(year),
            only=only,
        )
        return write_list(path, listed, of_many=of_many, progress=progress)


def schools_to_list(run: PupilExport) -> QuerySet[School]:
    """The schools of a run that its asker may list now."""
    (scope_of,) = scopes
    scope = scope_of(run.made_by)
    if run.school_id is not None:
        places = scope.places_to_read(P.EXPORT_PUPILS)
        return School.objects.within(places).filter(pk=run.school_id)
    return School.objects.within(scope.places_to_read(P.EXPORT_PUPILS_OF_MANY))
