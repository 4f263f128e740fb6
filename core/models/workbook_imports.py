"""A list in Excel on its way from preview to commit: what every kind of it has in common."""

import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .background_runs import BackgroundRun, Phase


def upload_path(run: "WorkbookImport", filename: str) -> str:
    """A name of our own: what the user called the file is kept only as text."""
    return f"{run.FOLDER}/{run.pk}.xlsx"


class WorkbookImport(BackgroundRun):
    """One uploaded list; nothing of it is written before `DONE`, and then all of it.

        upload -> CHECKING -> READY -> SAVING -> DONE
                     |          |        |
                     |          `--------+--> CHECKING   (the database changed: a new preview)
                     +-> REFUSED (rows or the file need mending)
                     +-> FAILED  (a fault of ours; "Check again")
                     `-> CANCELLED (by a person)         any but DONE, CANCELLED -> EXPIRED

    `preview` holds what the check found; of a file that cannot be read at all, `problem` says
    why. What a subclass adds is whose list it is and from when it holds; `core.services.
    workbook_imports` takes it from state to state.
    """

    class State(models.TextChoices):
        CHECKING = "checking", _("Checking the file")
        READY = "ready", _("Ready to save")
        REFUSED = "refused", _("Needs mending")
        SAVING = "saving", _("Saving")
        DONE = "done", _("Saved")
        FAILED = "failed", _("Stopped by a fault")
        CANCELLED = "cancelled", _("Cancelled on request")
        EXPIRED = "expired", _("Not saved in time")

    # Where in the storage its files are.
    FOLDER: ClassVar[str] = ""

    file = models.FileField(upload_to=upload_path, blank=True)
    file_name = models.CharField(_("file"), max_length=200)
    file_hash = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.CHECKING)
    created_count = models.PositiveIntegerField(_("new"), default=0)
    changed_count = models.PositiveIntegerField(_("changed"), default=0)
    unchanged_count = models.PositiveIntegerField(_("unchanged"), default=0)
    refused_count = models.PositiveIntegerField(_("refused"), default=0)
    preview = models.JSONField(default=dict, blank=True)

    class Meta(BackgroundRun.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.file_name

    @property
    def marked_name(self) -> str:
        """Name in the storage of the marked-up copy."""
        return f"{self.FOLDER}/{self.pk}-marked.xlsx"

    @property
    def stored_names(self) -> list[str]:
        return [self.file.name or "", self.marked_name]


def phases(*, check: str, save: str) -> dict[str, Phase]:
    """The two jobs of an import, by their names."""
    state = WorkbookImport.State
    return {
        # A check says every few hundred rows that it is alive.
        state.CHECKING: Phase(check, datetime.timedelta(minutes=2)),
        # A save cannot while it is one transaction; the worker kills it after ten minutes.
        # What it would have saved is then checked anew: others may have written since.
        state.SAVING: Phase(
            save, datetime.timedelta(minutes=11), again=state.CHECKING, can_cancel=False
        ),
    }
