"""How a survey goes from upload to commit; see `core.services.workbook_imports`."""

import datetime
import io
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from core import rules
from core.documents.marked_copies import write_marked_copy
from core.events import Kind, record
from core.services.workbook_imports import WorkbookImports
from core.types import User
from schools.models import Area

from ... import events
from ...apps import OLDEST_KEPT
from ...models import SurveyImport
from ...surveys.services.rounds import hold
from ..workbook.columns import header_of
from ..workbook.refusals import SurveyRefused, words
from .change_set import ChangeSet, make_change_set
from .commit import write_change_set
from .preview import preview_of
from .reading import read_source


class SurveyImports(WorkbookImports[SurveyImport, ChangeSet]):
    """The survey of one commune and year."""

    MODEL = SurveyImport
    RELATED = ("commune",)
    REFUSALS = (SurveyRefused,)
    RECEIVED = events.IMPORT_RECEIVED
    ASKED = events.IMPORT_ASKED
    SAVED = events.IMPORT_SAVED
    CANCELLED = events.IMPORT_CANCELLED

    def change_set_of(
        self,
        run: SurveyImport,
        *,
        lock: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> ChangeSet:
        return change_set_of_file(
            run.file.path, commune=run.commune, year=run.year, lock=lock, progress=progress
        )

    def preview_of(self, change_set: ChangeSet) -> dict[str, Any]:
        return preview_of(change_set)

    def marked_copy(self, change_set: ChangeSet) -> io.BytesIO:
        return write_marked_copy(
            change_set.source.tables, change_set.outcomes, header_of=header_of, words=words
        )

    def file_altered(self) -> SurveyRefused:
        return SurveyRefused("file_altered")

    def before_saving(self, run: SurveyImport) -> None:
        """Two surveys of one commune are saved one after the other."""
        hold(run.commune_id)

    def write(self, run: SurveyImport, change_set: ChangeSet) -> None:
        write_change_set(change_set, by=run.made_by)

    def tell(self, kind: Kind, run: SurveyImport, by: User | None, **more: Any) -> None:
        record(kind, by=by, about=run, name=run.file_name, area=run.commune_id, **more)


survey_imports = SurveyImports()


def receive_survey(*, commune: Area, year: int, upload: UploadedFile, by: User) -> SurveyImport:
    """Take in the survey of a commune, to be checked; raises as `WorkbookImports.receive`."""
    return survey_imports.receive(SurveyImport(commune=commune, year=year), upload=upload, by=by)


def change_set_of_file(
    path: str,
    *,
    commune: Area,
    year: int,
    lock: bool = False,
    progress: Callable[[int], object] | None = None,
) -> ChangeSet:
    """Read a survey and judge its rows; see `make_change_set`.

    Raises SurveyRefused or WorkbookRefused for a file that cannot be read.
    """
    oldest = int(rules.value(OLDEST_KEPT, on=datetime.date(year, 12, 31)))
    source = read_source(path, year=year, oldest=oldest, progress=progress)
    return make_change_set(source, commune=commune, year=year, lock=lock, progress=progress)
