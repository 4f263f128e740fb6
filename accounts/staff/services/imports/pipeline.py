"""How a staff list goes from upload to commit; see `core.services.workbook_imports`."""

import datetime
import io
from collections.abc import Callable, Collection
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from core.documents.marked_copies import write_marked_copy
from core.permissions import Permission as P
from core.services.workbook_imports import WorkbookImports
from schools.directory.selectors.school_codes import SchoolCodes
from schools.models import School

from ....models import User
from ....scoping import scope_for
from ... import events
from ...models import StaffImport
from ...selectors.places import staff_places
from ...workbook.columns import header_of
from ...workbook.refusals import StaffRefused, words
from .change_set import ChangeSet, make_change_set
from .commit import write_change_set
from .preview import preview_of
from .reading import read_source


class StaffImports(WorkbookImports[StaffImport, ChangeSet]):
    """Staff of one school, or of all that the sender keeps."""

    MODEL = StaffImport
    RELATED = ("school", "made_by")
    REFUSALS = (StaffRefused,)
    RECEIVED = events.IMPORT_RECEIVED
    ASKED = events.IMPORT_ASKED
    SAVED = events.IMPORT_SAVED
    CANCELLED = events.IMPORT_CANCELLED

    def change_set_of(
        self,
        run: StaffImport,
        *,
        lock: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> ChangeSet:
        return change_set_of_file(
            run.file.path,
            school=run.school,
            schools=schools_of(run.made_by, on=run.starts_on),
            starts_on=run.starts_on,
            lock=lock,
            progress=progress,
        )

    def preview_of(self, change_set: ChangeSet) -> dict[str, Any]:
        return preview_of(change_set)

    def marked_copy(self, change_set: ChangeSet) -> io.BytesIO:
        return write_marked_copy(
            change_set.source.tables, change_set.outcomes, header_of=header_of, words=words
        )

    def file_altered(self) -> StaffRefused:
        return StaffRefused("file_altered")

    def write(self, run: StaffImport, change_set: ChangeSet) -> None:
        write_change_set(change_set, by=run.made_by)

    def must_confirm(self, run: StaffImport) -> bool:
        """Whether somebody has to say that people of the file are those on record."""
        return bool(run.preview.get("recognised_count"))


staff_imports = StaffImports()


def receive_list(
    *, school: School | None, starts_on: datetime.date, upload: UploadedFile, by: User
) -> StaffImport:
    """Take in a staff list, of one school or of several, to be checked; raises as
    `WorkbookImports.receive`."""
    return staff_imports.receive(
        StaffImport(school=school, starts_on=starts_on), upload=upload, by=by
    )


def change_set_of_file(
    path: str,
    *,
    school: School | None,
    schools: Collection[School],
    starts_on: datetime.date,
    lock: bool = False,
    progress: Callable[[int], object] | None = None,
) -> ChangeSet:
    """Read a staff list and judge its rows; see `make_change_set`.

    Raises StaffRefused or WorkbookRefused for a file that cannot be read.
    """
    source = read_source(path, on=starts_on, needs_school=school is None)
    return make_change_set(
        source,
        schools=SchoolCodes(schools, on=starts_on, only=school),
        starts_on=starts_on,
        lock=lock,
        progress=progress,
    )


def schools_of(user: User, *, on: datetime.date) -> list[School]:
    """Schools open on a day whose staff a person keeps today."""
    places = staff_places(scope_for(user), P.MANAGE_STAFF)
    return list(School.objects.within(places).on(on))
