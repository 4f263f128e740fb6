"""How a workbook of pupils goes from upload to commit; see `core.services.workbook_imports`."""

import datetime
import io
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from core.permissions import Permission as P
from core.scope import Scope, scopes
from core.services import background_runs
from core.services.workbook_imports import WorkbookImports
from core.types import User

from ... import events
from ...directory.selectors.school_codes import SchoolCodes
from ...models import ImportBatch, School, SchoolYear
from ...pupils.past_registers import RegistersLocked
from ..workbook.refusals import Refused
from .annotated_copy import write_marked_copy
from .change_set import ChangeSet, make_change_set
from .commit import write_change_set
from .preview import preview_of
from .reading import read_source


class PupilImports(WorkbookImports[ImportBatch, ChangeSet]):
    """Pupils of one year, of one school or of all that the sender enters them for."""

    MODEL = ImportBatch
    RELATED = ("school", "year", "made_by")
    REFUSALS = (Refused,)
    RECEIVED = events.IMPORT_RECEIVED
    ASKED = events.IMPORT_ASKED
    SAVED = events.IMPORT_SAVED
    CANCELLED = events.IMPORT_CANCELLED

    def change_set_of(
        self,
        run: ImportBatch,
        *,
        lock: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> ChangeSet:
        source = read_source(run.file.path, of_many=run.school is None)
        (scope_of,) = scopes
        scope = scope_of(run.made_by)
        if progress:
            background_runs.beat(run, total=len(source.rows))
        return make_change_set(
            source,
            schools=_schools_of(run, scope),
            year=run.year,
            starts_on=run.starts_on,
            create_classes=run.create_classes,
            hides_old=run.school is None and not scope.may(P.VIEW_PUPILS),
            lock=lock,
            progress=progress,
        )

    def preview_of(self, change_set: ChangeSet) -> dict[str, Any]:
        return preview_of(change_set)

    def marked_copy(self, change_set: ChangeSet) -> io.BytesIO:
        return write_marked_copy(change_set)

    def file_altered(self) -> Refused:
        return Refused("file_altered")

    def before_saving(self, run: ImportBatch) -> None:
        # Two workbooks of one school are saved one after the other; the order is that of the ids.
        ids = [run.school_id] if run.school_id else [each["id"] for each in run.preview["schools"]]
        list(School.objects.select_for_update().filter(pk__in=ids).order_by("pk"))

    def write(self, run: ImportBatch, change_set: ChangeSet) -> None:
        try:
            write_change_set(change_set, by=run.made_by)
        except RegistersLocked as locked:
            raise Refused("registers_locked", why=" ".join(locked.messages)) from locked

    def must_confirm(self, run: ImportBatch) -> bool:
        """Whether new rows have the name and birth date of pupils on record."""
        return bool(run.preview.get("alike_count"))

    def left_of_preview(self, preview: Mapping[str, Any]) -> dict[str, Any]:
        # The history of each pupil keeps the old values.
        kept = {key: preview[key] for key in ("others_on_roll", "new_classes", "moves")}
        return kept | {"schools": [each | {"rows": {}} for each in preview["schools"]]}


pupil_imports = PupilImports()


def _schools_of(run: ImportBatch, scope: Scope) -> SchoolCodes:
    """Those whose pupils the sender may enter today, open on the day of the list."""
    if run.school is not None:
        return SchoolCodes([run.school], on=run.starts_on, only=run.school)
    places = scope.places(P.IMPORT_PUPILS_OF_MANY)
    return SchoolCodes(School.objects.within(places).on(run.starts_on), on=run.starts_on)


def receive_workbook(
    *,
    school: School | None,
    year: SchoolYear,
    starts_on: datetime.date,
    create_classes: bool,
    upload: UploadedFile,
    by: User,
) -> ImportBatch:
    """Take in a workbook of a school, or of many, to be checked.

    A closed year is loaded from its first day, whatever day is given.

    Raises ValidationError: the day outside the school year, a year that is over and not closed,
    or as `WorkbookImports.receive`.
    """
    if year.closed_at is not None:
        starts_on = year.valid_from
    elif not year.is_valid_on(starts_on):
        raise ValidationError(
            {"starts_on": _("The day must lie in school year %(year)s.") % {"year": year.code}}
        )
    batch = ImportBatch(
        school=school, year=year, starts_on=starts_on, create_classes=create_classes
    )
    return pupil_imports.receive(batch, upload=upload, by=by)
