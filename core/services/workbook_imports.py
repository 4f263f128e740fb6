"""An uploaded list from state to state: taken in, checked, looked over, saved whole or not at all.

A kind of list is a subclass of `WorkbookImports`, which says how its rows are judged, shown and
written; the rest is here. See `core.models.workbook_imports` for the states.
"""

import datetime
import hashlib
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any, BinaryIO, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ..events import Kind, record
from ..jobs import records
from ..models.background_runs import CRASHED
from ..models.workbook_imports import WorkbookImport
from ..types import User
from ..workbooks import WorkbookRefused, check_upload
from . import background_runs
from .background_runs import problem
from .saving import one_at_a_time

logger = logging.getLogger(__name__)

BYTES_LIMIT = 10 * 1024 * 1024
UPLOADS_PER_HOUR = 20
STORED_FOR = datetime.timedelta(hours=24)
# What becomes of a row.
NEW, CHANGED, UNCHANGED, REFUSED = "new", "changed", "unchanged", "refused"
State = WorkbookImport.State
Progress = Callable[[int], object]


class DatabaseChanged(Exception):
    """What the save would write is no longer what the preview showed."""


class Judged(Protocol):
    """The rows of a list and what becomes of each."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by what becomes of them."""

    @property
    def digest(self) -> str:
        """SHA-256 of everything that would be written and refused."""

    @property
    def outcomes(self) -> Collection[Any]:
        """One for each row."""


Run = TypeVar("Run", bound=WorkbookImport)
ChangeSet = TypeVar("ChangeSet", bound=Judged)


class WorkbookImports(Generic[Run, ChangeSet]):
    """One kind of list. `RELATED`: what its jobs need to know beside the run (`select_related`)."""

    MODEL: ClassVar[type[WorkbookImport]]
    RELATED: ClassVar[tuple[str, ...]] = ()
    # What `change_set_of` and `write` raise, with `code` and `params`.
    REFUSALS: ClassVar[tuple[type[Exception], ...]] = ()
    RECEIVED: ClassVar[Kind]
    ASKED: ClassVar[Kind]
    SAVED: ClassVar[Kind]
    CANCELLED: ClassVar[Kind]

    @property
    def refusals(self) -> tuple[type[Exception], ...]:
        """Faults of a file, which its owner can mend."""
        return (*self.REFUSALS, WorkbookRefused)

    # --- What each kind says ---------------------------------------------------------------------

    def change_set_of(
        self, run: Run, *, lock: bool = False, progress: Progress | None = None
    ) -> ChangeSet:
        """Read the file and judge its rows; `lock` those on record, to write them."""
        raise NotImplementedError

    def file_altered(self) -> Exception:
        """One of REFUSALS: the stored file is not the one that was uploaded."""
        raise NotImplementedError

    def preview_of(self, change_set: ChangeSet) -> dict[str, Any]:
        """What a page shows of it, with its digest, as JSON."""
        raise NotImplementedError

    def marked_copy(self, change_set: ChangeSet) -> BinaryIO:
        """The file with what to mend and what changes written beside each row."""
        raise NotImplementedError

    def write(self, run: Run, change_set: ChangeSet) -> None:
        """Write it, in the transaction of the save."""
        raise NotImplementedError

    def before_saving(self, run: Run) -> None:
        """Lock what two saves at once must not both change."""

    def must_confirm(self, run: Run) -> bool:
        """Whether somebody has to say of rows, beside saving them, whom they mean."""
        return False

    def left_of_preview(self, preview: Mapping[str, Any]) -> dict[str, Any]:
        """What stays of a preview once it is saved: nothing that names anybody."""
        return {}

    # --- For people ------------------------------------------------------------------------------

    @transaction.atomic
    def receive(self, run: Run, *, upload: UploadedFile, by: User) -> Run:
        """Store an uploaded workbook, to be checked by a job; nothing of it is read yet.

        Its size and zip structure are looked at before any parser sees it. `run`: not saved, with
        what its kind adds. Raises ValidationError: not a sound .xlsx of at most BYTES_LIMIT, more
        than UPLOADS_PER_HOUR by one person, or what the model refuses.
        """
        one_at_a_time(by)
        an_hour_ago = timezone.now() - datetime.timedelta(hours=1)
        lately = self.MODEL._default_manager.filter(made_by=by, made_at__gt=an_hour_ago)
        if lately.count() >= UPLOADS_PER_HOUR:
            raise ValidationError(
                _("You have uploaded %(limit)s files within an hour. Wait a while, then go on.")
                % {"limit": UPLOADS_PER_HOUR}
            )
        name = upload.name or ""
        try:
            check_upload(upload, name, max_bytes=BYTES_LIMIT)  # type: ignore[arg-type]  # reads as one
        except WorkbookRefused as error:
            raise ValidationError({"file": str(error)}) from error
        run.file, run.file_name, run.file_hash = upload, name[-200:], hash_of(upload)
        run.made_by, run.expires_at = by, timezone.now() + STORED_FOR
        run.full_clean()
        run.save()
        self.tell(self.RECEIVED, run, by)
        return run

    @transaction.atomic
    def ask_to_save(self, run: Run, *, by: User, confirmed: bool = False) -> bool:
        """READY -> SAVING; False when it is not ready (any more), or not confirmed where asked."""
        if self.must_confirm(run) and not confirmed:
            return False
        if not background_runs.move(run, {State.READY}, State.SAVING):
            return False
        # It may be resting: a save that died, the check begun anew, and now confirmed once more.
        _allow_one_try(run, State.SAVING)
        self.tell(self.ASKED, run, by)
        return True

    def ask_to_check(self, run: Run) -> bool:
        """Back to CHECKING; False while a job is alive, or when the import is over."""
        states: set[str] = {State.READY, State.REFUSED, State.FAILED}
        if run.is_stuck:
            states |= set(run.PHASES)
        if not background_runs.move(
            run, states, State.CHECKING, rows_done=0, **background_runs.NO_PROBLEM
        ):
            return False
        _allow_one_try(run, State.CHECKING)
        return True

    @transaction.atomic
    def cancel(self, run: Run, *, by: User) -> bool:
        """Stop a check and forget the file; False when it is too late for that."""
        if not background_runs.cancel(run, preview={}):
            return False
        self.tell(self.CANCELLED, run, by)
        transaction.on_commit(lambda: background_runs.forget_files(run))
        return True

    def tell(self, kind: Kind, run: Run, by: User | None, **more: Any) -> None:
        """One event about a list."""
        school = getattr(run, "school_id", None)
        record(kind, by=by, about=run, name=run.file_name, school=school, **more)

    # --- For jobs --------------------------------------------------------------------------------

    def check(self, run_id: str | UUID) -> None:
        """Make the preview of an import that is CHECKING; the state tells the outcome.

        Safe to run twice. A fault leaves the state FAILED and is raised again for the log.
        """
        run = background_runs.claim(
            self.MODEL._default_manager.select_related(*self.RELATED),
            run_id,
            states={State.CHECKING},
            into=State.CHECKING,
        )
        if run is None:
            return
        with background_runs.at_work(run):
            try:
                change_set = self._judge(
                    run, progress=lambda done: background_runs.beat(run, done=done)
                )
            except self.refusals as refusal:
                background_runs.finish(run, State.REFUSED, preview={}, **_problem_of(refusal))
                return
            # Before anything is stored of a list that nobody waits for.
            background_runs.beat(run)
            self._store_marked(run, change_set)
            counts, rows = change_set.counts, len(change_set.outcomes)
            background_runs.finish(
                run,
                State.REFUSED if counts[REFUSED] else State.READY,
                preview=self.preview_of(change_set),
                created_count=counts[NEW],
                changed_count=counts[CHANGED],
                unchanged_count=counts[UNCHANGED],
                refused_count=counts[REFUSED],
                rows_total=rows,
                rows_done=rows,
            )

    def save(self, run_id: str | UUID) -> None:
        """Write an import that is SAVING, whole or not at all.

        The file is hashed and judged again. When it would write something else than the preview
        showed, the new preview is kept and shown instead. Safe to run twice. One whose save
        FAILED is checked anew, for its owner to confirm: nothing was saved, and others may have
        written.
        """
        try:
            with transaction.atomic():
                state = self._save(run_id)
        except (DatabaseChanged, IntegrityError):
            logger.info("import %s: the database changed since the preview", run_id)
            if background_runs.move(self.MODEL(id=run_id), {State.SAVING}, State.CHECKING):
                self.check(run_id)
                self._note_change(run_id)
        except self.refusals as refusal:
            self._stop_saving(run_id, State.REFUSED, _problem_of(refusal))
        except Exception:
            self._stop_saving(run_id, State.FAILED, problem(CRASHED))
            raise
        else:
            if state == State.FAILED:
                self.check(run_id)
            for run in self.MODEL._default_manager.filter(pk=run_id, state=State.DONE):
                background_runs.forget_files(run)

    def check_died(self, run_id: str | UUID, *, given_up: bool) -> None:
        """The process that checked a list died: when it is given up, its owner is told."""
        background_runs.lost(self.MODEL, run_id, given_up=given_up)

    def save_died(self, run_id: str | UUID, *, given_up: bool) -> None:
        """The process that saved a list died, and wrote nothing; the same save is tried again."""
        if given_up:
            background_runs.lost(self.MODEL, run_id, given_up=True)

    def revive(self) -> list[UUID]:
        """Ids of imports to check again, because their job was never started or died.

        A stuck save goes back to the check too: it wrote nothing.
        """
        return [run.pk for run in background_runs.revive(self.MODEL)]

    def remove_expired(self) -> int:
        """Delete the files of imports that are over or past their end; how many expired.

        The previews of expired ones go with them: they name people.
        """
        expired = background_runs.expire(self.MODEL, preview={})
        over = self.MODEL._default_manager.filter(state__in=background_runs.OVER)
        for run in over.exclude(file=""):
            background_runs.forget_files(run)
        return expired

    # --- Behind them -----------------------------------------------------------------------------

    def _judge(
        self, run: Any, *, lock: bool = False, progress: Progress | None = None
    ) -> ChangeSet:
        with run.file.open("rb") as file:
            if hash_of(file) != run.file_hash:
                raise self.file_altered()
        return self.change_set_of(run, lock=lock, progress=progress)

    def _save(self, run_id: str | UUID) -> str | None:
        """Write an import that is SAVING; returns the state it is in then, None when it is gone."""
        runs = self.MODEL._default_manager.select_for_update(of=("self",))
        run: Any = runs.select_related(*self.RELATED, "made_by").filter(pk=run_id).first()
        if run is None or run.state != State.SAVING:
            return run.state if run else None
        self.before_saving(run)
        change_set = self._judge(run, lock=True)
        if change_set.digest != run.preview["digest"] or change_set.counts[REFUSED]:
            raise DatabaseChanged
        self.write(run, change_set)
        run.state, run.finished_at = State.DONE, timezone.now()
        run.preview = self.left_of_preview(run.preview)
        run.save(update_fields=["state", "finished_at", "preview"])
        counts = ("created_count", "changed_count", "unchanged_count")
        changes = {name: (None, getattr(run, name)) for name in counts}
        self.tell(self.SAVED, run, run.made_by, changes=changes)
        return State.DONE

    def _stop_saving(self, run_id: str | UUID, state: str, why: Mapping[str, Any]) -> None:
        background_runs.move(self.MODEL(id=run_id), {State.SAVING}, state, preview={}, **why)

    def _note_change(self, run_id: str | UUID) -> None:
        """Tell on the new preview why there is one."""
        run = self.MODEL._default_manager.get(pk=run_id)
        if run.state in (State.READY, State.REFUSED):
            changed = run.preview | {"changed_since": True}
            background_runs.move(run, {run.state}, run.state, preview=changed)

    def _store_marked(self, run: WorkbookImport, change_set: ChangeSet) -> None:
        default_storage.delete(run.marked_name)
        if change_set.counts[REFUSED] or change_set.counts[CHANGED]:
            default_storage.save(run.marked_name, File(self.marked_copy(change_set)))


def hash_of(file: File) -> str:
    """SHA-256 of a file, which is left at its beginning."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _allow_one_try(run: WorkbookImport, state: str) -> None:
    records.allow_one_try(run.PHASES[state].task, run.job_arguments)


def _problem_of(refusal: Any) -> dict[str, Any]:
    return problem(refusal.code, refusal.params)
