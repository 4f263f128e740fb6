"""The pages of an uploaded list that are alike for every kind: looked over, saved, checked again.

A kind of list (`core.services.workbook_imports`) declares its views, which find the list inside
the reader's places, and its pages here, which answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Generic, TypeVar

from celery import Task
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from .documents.downloads import download
from .jobs.dispatch import enqueue
from .models.workbook_imports import WorkbookImport
from .services.workbook_imports import WorkbookImports
from .types import ScopedRequest, StrOrPromise

State = WorkbookImport.State
Run = TypeVar("Run", bound=WorkbookImport)
LAST_STEP = {State.SAVING, State.DONE}


def steps() -> list[str]:
    """The way of a list, as every page of it shows."""
    return [_("Choose the file"), _("Look it over"), _("Save")]


@dataclass(frozen=True)
class WorkbookImportPages(Generic[Run]):
    """The pages of one kind of list.

    Attributes:
        imports: what is done with such a list.
        check, save: its jobs.
        namespace: of its addresses: `import_check`, `import_save`, `import_cancel` and
            `import_marked`.
        page: name of the address where one list is looked over.
        unconfirmed: said when rows must be confirmed before they are saved, and were not.
    """

    imports: WorkbookImports[Run, Any]
    check: Task
    save: Task
    namespace: str
    page: str = "import_run"
    unconfirmed: StrOrPromise = ""

    def url(self, run: Run, page: str = "") -> str:
        """Address of a list, or of what is done with it there (`import_check`, …)."""
        return reverse(f"{self.namespace}:{page or self.page}", args=[run.pk])

    def start_check(self, run: Run) -> HttpResponse:
        """Begin the check of a list that was just taken in, and go to it."""
        enqueue(self.check, slow=True, **run.job_arguments)
        return redirect(self.url(run))

    def show(
        self, request: ScopedRequest, run: Run, template: str, context: Mapping[str, Any]
    ) -> HttpResponse:
        """Where the work on a list stands; for the page that asks again, only what moves.

        Args:
            template: extends `base_import.html`.
            context: what that template asks for beside what is alike for every kind.
        """
        working = run.is_working
        is_part = bool(request.htmx)  # type: ignore[attr-defined]  # of django-htmx
        if is_part and not working:
            return HttpResponseClientRefresh()
        alike = {
            "run": run,
            "stuck": run.is_stuck,
            "working": working,
            "several_sheets": len(run.preview.get("sheets", ())) > 1,
            "has_marked_copy": self.has_marked_copy(run),
            "page_url": self.url(run),
            "check_url": self.url(run, "import_check"),
            "save_url": self.url(run, "import_save"),
            "cancel_url": self.url(run, "import_cancel"),
            "marked_url": self.url(run, "import_marked"),
            "steps": steps(),
            "step": 3 if run.state in LAST_STEP else 2,
        }
        part = "components/_import_progress.html"
        return render(request, part if is_part else template, alike | dict(context))

    def ask_to_save(
        self, request: ScopedRequest, run: Run, *, confirmed: bool = False
    ) -> HttpResponse:
        """Save a list whole, or say why not; leads back to it.

        Args:
            confirmed: whether the person said of the rows that must be confirmed whom they mean.
        """
        if run.state == State.READY and self.imports.must_confirm(run) and not confirmed:
            messages.error(request, str(self.unconfirmed))
        elif self.imports.ask_to_save(run, by=request.user, confirmed=confirmed):
            enqueue(self.save, slow=True, **run.job_arguments)
        elif run.state == State.REFUSED:
            messages.error(
                request,
                _("Not saved: some rows need mending. Mend them in the file and upload it again."),
            )
        return redirect(self.url(run))

    def ask_to_check(self, run: Run) -> HttpResponse:
        """Check a list again, after a fault or when the job has died; leads back to it."""
        if self.imports.ask_to_check(run):
            enqueue(self.check, slow=True, **run.job_arguments)
        return redirect(self.url(run))

    def cancel(self, request: ScopedRequest, run: Run) -> HttpResponse:
        """Stop the check of a list, or say that it is too late; leads back to it."""
        if not self.imports.cancel(run, by=request.user):
            messages.error(request, _("It was too late to cancel: the work had ended already."))
        return redirect(self.url(run))

    def has_marked_copy(self, run: Run) -> bool:
        """Whether the list can be fetched with what to mend written beside each row."""
        is_shown = run.state in {State.READY, State.REFUSED}
        return is_shown and bool(default_storage.exists(run.marked_name))

    def marked_copy(self, run: Run) -> HttpResponseBase:
        """That file. Raises Http404 when there is none (`has_marked_copy`)."""
        if not self.has_marked_copy(run):
            raise Http404
        stem, suffix = PurePath(run.file_name).stem, _("to mend")
        return download(default_storage.open(run.marked_name), name=f"{stem} - {suffix}.xlsx")
