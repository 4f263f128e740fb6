"""A file that a job makes for a person: asked for, made once, kept for a while.

A kind of file is a subclass of `FileRuns`, which says what is written and for how long it is kept;
the rest is here. Its model is a `BackgroundRun` with the states below and a field `file`.
"""

import datetime
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from ..events import Kind, record
from ..models.background_runs import DONE, BackgroundRun
from ..types import StrOrPromise, User
from . import background_runs
from .saving import one_at_a_time

logger = logging.getLogger(__name__)
WAITING, RUNNING = "waiting", "running"
Run = TypeVar("Run", bound=BackgroundRun)


@dataclass(frozen=True)
class Written:
    """A file that was just written.

    Attributes:
        path: where, until it is stored; its suffix is kept.
        keep_for: how long its owner finds it.
        columns: of the run, to be set with its end.
        told: what the event says of it, {name: value}.
    """

    path: Path
    keep_for: datetime.timedelta
    columns: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)


class FileRuns(Generic[Run]):
    """One kind of file. `RELATED`: what its job needs to know beside the run (`select_related`).

    `MOST_WAITING`: files of one person that wait or are being made; `TOO_MANY` is said of one
    more, with `limit`.
    """

    MODEL: ClassVar[type[BackgroundRun]]
    RELATED: ClassVar[tuple[str, ...]] = ()
    MOST_WAITING: ClassVar[int]
    TOO_MANY: ClassVar[StrOrPromise]
    ASKED: ClassVar[Kind]
    MADE: ClassVar[Kind]
    FAILED: ClassVar[Kind]
    CANCELLED: ClassVar[Kind]
    FETCHED: ClassVar[Kind]

    # --- What each kind says ---------------------------------------------------------------------

    def write(self, run: Run, folder: Path) -> Written:
        """Write the file into a folder, with a `beat` now and then; Vietnamese is active."""
        raise NotImplementedError

    def name_of(self, run: Run) -> str:
        """What events call it."""
        return str(run)

    def places_of(self, run: Run) -> dict[str, Any]:
        """Ids of the `area` and `school` that its events are about."""
        return {"school": getattr(run, "school_id", None)}

    # --- For people ------------------------------------------------------------------------------

    @transaction.atomic
    def ask(self, run: Run, *, alike: Mapping[str, Any], by: User) -> Run:
        """Note that a file is wanted; the caller enqueues the job with the run's id.

        Args:
            run: not saved.
            alike: columns by which two of one person are for the same; one that waits or is
                being made is returned instead.

        Raises ValidationError: `MOST_WAITING` others of this person wait, or what the model
        refuses.
        """
        run.full_clean(exclude=["file"])
        one_at_a_time(by)
        waiting = self.MODEL._default_manager.filter(made_by=by, state__in=list(self.MODEL.PHASES))
        same: Any = waiting.filter(**alike).first()
        if same is not None:
            return same
        if waiting.count() >= self.MOST_WAITING:
            raise ValidationError(
                self.TOO_MANY, code="too_many_waiting", params={"limit": self.MOST_WAITING}
            )
        run.save()
        self.tell(self.ASKED, run, by)
        return run

    @transaction.atomic
    def cancel(self, run: Run, *, by: User) -> bool:
        """Stop a file that waits or is being made; False when it was too late for that."""
        if not background_runs.cancel(run):
            return False
        self.tell(self.CANCELLED, run, by)
        return True

    def note_fetched(self, run: Run, *, by: User, **told: Any) -> None:
        """Write down that somebody takes the file with them; `told`: what the event says of it."""
        self.tell(self.FETCHED, run, by, told)

    def tell(
        self, kind: Kind, run: Run, by: User | None, told: Mapping[str, Any] | None = None
    ) -> None:
        """One event about a file."""
        changes = {name: (None, value) for name, value in (told or {}).items()}
        name, places = self.name_of(run), self.places_of(run)
        record(kind, by=by, about=run, name=name, changes=changes, **places)

    # --- For jobs --------------------------------------------------------------------------------

    def make(self, run_id: str | UUID) -> Run | None:
        """Make the file of a waiting run; safe to call twice, the second call does nothing.

        Returns the run, or None when another worker has it. A fault is logged and kept with the
        run, which can be asked for again; no half-written file is ever listed.
        """
        runs: Any = self.MODEL._default_manager.select_related(*self.RELATED, "made_by")
        run: Run | None = background_runs.claim(runs, run_id, states={WAITING}, into=RUNNING)
        if run is None:
            return None
        try:
            with (
                background_runs.at_work(run, on_failure=self._tell_failure),
                override("vi"),
                tempfile.TemporaryDirectory() as folder,
            ):
                self._keep(run, self.write(run, Path(folder)))
        except Exception:
            logger.exception("%s %s failed", run._meta.model_name, run_id)
        run.refresh_from_db()
        return run

    def died(self, run_id: str | UUID, *, given_up: bool) -> None:
        """The process that made a file died: it waits again, or is given up."""
        background_runs.lost(self.MODEL, run_id, given_up=given_up, on_failure=self._tell_failure)

    def revive(self) -> list[UUID]:
        """Put runs whose job was lost back in the queue; returns their ids."""
        revived = background_runs.revive(self.MODEL, on_failure=self._tell_failure)
        return [run.pk for run in revived]

    def remove_expired(self) -> int:
        """Delete the files past their end; the rows stay as a record. Returns how many."""
        past: Any = background_runs.past_their_end(self.MODEL)
        expired = list(past.exclude(file=""))
        for run in expired:
            background_runs.forget_files(run)
        return len(expired)

    # --- Behind them -----------------------------------------------------------------------------

    def _keep(self, run: Any, written: Written) -> None:
        with written.path.open("rb") as opened:
            run.file.save(f"{run.pk}{written.path.suffix}", File(opened), save=False)
        try:
            with transaction.atomic():
                background_runs.finish(
                    run,
                    DONE,
                    file=run.file.name,
                    expires_at=timezone.now() + written.keep_for,
                    **written.columns,
                )
                self.tell(self.MADE, run, run.made_by, written.told)
        except Exception:
            run.file.delete(save=False)
            raise

    def _tell_failure(self, run: Any) -> None:
        self.tell(self.FAILED, run, run.made_by)
