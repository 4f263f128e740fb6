"""Forms of decisions about schools; what is more than a form is said in words before it is done."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ...directory.selectors.schools import commune_of, satellites, status_of
from ...form_refusals import show_refusal
from ...models import School
from ..forms.decisions import (
    ChangeSchoolForm,
    CloseSchoolForm,
    DecisionForm,
    MergeForm,
    MoveSchoolForm,
    OpenSchoolForm,
    SplitForm,
)
from ..selectors.managed import managed_communes, schools_beside, schools_of_codes
from ..services.changes import change_school, move_school, open_new_school, preview_move
from ..services.decisions import Preview
from ..services.endings import (
    close_school,
    merge_schools,
    preview_close,
    preview_merge,
    preview_split,
    split_school,
)
from .records import managed_or_404, record_crumbs

Act = Callable[[], School]


@requires(P.MANAGE_SCHOOLS)
def school_open(request: ScopedRequest) -> HttpResponse:
    """Open a school."""
    form = OpenSchoolForm(
        request.POST or None,
        communes=managed_communes(request.scope),
        initial={"on": request.scope.date},
    )
    if request.method == "POST" and form.is_valid():
        values = _without_decision(form)
        try:
            school = open_new_school(**values, decision=form.written, by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("%(name)s is open.") % {"name": school.name})
            return redirect("schools:record", school.pk)
    return _form_page(
        request,
        form,
        title=_("Open a school"),
        action=_("Open the school"),
        back=reverse("schools:records"),
        crumbs=record_crumbs(here=_("Open a school")),
    )


@requires(P.MANAGE_SCHOOLS)
def school_change(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Change the code, name, levels or type of a school."""
    school = managed_or_404(request, school_id)
    today = request.scope.date
    status = status_of(school, on=today)
    form = ChangeSchoolForm(
        request.POST or None,
        initial={
            "code": school.code,
            "name": school.name,
            "levels": school.levels.split(","),
            "kind": status.kind if status else None,
            "on": today,
        },
    )
    if request.method == "POST" and form.is_valid():
        values = _without_decision(form)
        try:
            change_school(school=school, **values, decision=form.written, by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("schools:record", school.pk)
    return _form_page(
        request,
        form,
        title=_("Change the school"),
        action=_("Save"),
        back=reverse("schools:record", args=[school_id]),
        crumbs=record_crumbs(school=school, here=_("Change")),
    )


@requires(P.MANAGE_SCHOOLS)
def school_move(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Place a school in another commune from a day on."""
    school = managed_or_404(request, school_id)
    form = MoveSchoolForm(request.POST or None, communes=managed_communes(request.scope))

    def preview() -> tuple[Preview, Act]:
        values = {"school": school, "commune": form.cleaned_data["commune"]}
        return preview_move(**values, on=form.written.on), lambda: move_school(
            **values, decision=form.written, by=request.user
        )

    return _decide(
        request,
        school,
        form,
        preview,
        title=_("Place the school in another commune"),
        action=_("Move the school"),
        done=_("The school is moved."),
    )


@requires(P.MANAGE_SCHOOLS)
def school_close(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Close a school from a day on."""
    school = managed_or_404(request, school_id)
    form = CloseSchoolForm(request.POST or None)

    def preview() -> tuple[Preview, Act]:
        return preview_close(school, form.written.on), lambda: close_school(
            school=school, decision=form.written, by=request.user
        )

    return _decide(
        request,
        school,
        form,
        preview,
        title=_("Close the school"),
        action=_("Close the school"),
        done=_("The school is closed."),
    )


@requires(P.MANAGE_SCHOOLS)
def school_merge(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Merge a school with others from a day on."""
    school = managed_or_404(request, school_id)
    form = MergeForm(
        request.POST or None,
        beside=schools_beside(request.scope, school, on=request.scope.date),
        initial={"name": school.name},
    )

    def preview() -> tuple[Preview, Act]:
        codes = form.cleaned_data["codes"]
        found = schools_of_codes(request.scope, codes)
        merger = form.merger(school, found)
        shown = preview_merge(merger, form.written.on)
        shown.refusals += [
            _("No school of your places has the code %(code)s.") % {"code": code}
            for code in codes
            if code not in found
        ]
        return shown, lambda: merge_schools(merger=merger, decision=form.written, by=request.user)

    return _decide(
        request,
        school,
        form,
        preview,
        title=_("Merge with other schools"),
        action=_("Merge the schools"),
        done=_("The schools are merged."),
        note=_(
            "This school goes on and takes in the others. With a new code a new school begins, "
            "and this one ends as well."
        ),
    )


@requires(P.MANAGE_SCHOOLS)
def school_split(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Make a new school out of a part of this one from a day on."""
    school = managed_or_404(request, school_id)
    today = request.scope.date
    commune, status = commune_of(school, on=today), status_of(school, on=today)
    form = SplitForm(
        request.POST or None,
        school=school,
        sites=satellites(school, on=today),
        communes=managed_communes(request.scope),
        initial={
            "commune": commune.pk if commune else None,
            "kind": status.kind if status else None,
        },
    )

    def preview() -> tuple[Preview, Act]:
        split = form.split()
        return preview_split(split, form.written.on), lambda: split_school(
            split=split, decision=form.written, by=request.user
        )

    return _decide(
        request,
        school,
        form,
        preview,
        title=_("Split the school"),
        action=_("Split the school"),
        done=_("The school is split."),
    )


def _without_decision(form: DecisionForm) -> dict[str, Any]:
    """What a valid form says besides the decision itself."""
    return {
        name: value
        for name, value in form.cleaned_data.items()
        if name not in ("on", "decision", "decided_on")
    }


def _form_page(request: ScopedRequest, form: forms.Form, **context: Any) -> HttpResponse:
    return render_form(
        request,
        "schools/form.html",
        {"form": form, **context},
    )


def _decide(
    request: ScopedRequest,
    school: School,
    form: DecisionForm,
    preview: Callable[[], tuple[Preview, Act]],
    *,
    title: str,
    action: str,
    done: str,
    note: str = "",
) -> HttpResponse:
    """Show what a change will do, and do it once exactly that was seen."""
    shown = None
    if request.method == "POST" and form.is_valid():
        shown, act = preview()
        if not shown.refusals and request.POST.get("seen") == shown.seen:
            try:
                result = act()
            except ValidationError as error:
                show_refusal(form, error)
            else:
                messages.success(request, done)
                return redirect("schools:record", result.pk)
    return render_form(
        request,
        "schools/decision.html",
        {
            "crumbs": record_crumbs(school=school, here=title),
            "school": school,
            "form": form,
            "preview": shown,
            "title": title,
            "action": action,
            "note": note,
            "back": reverse("schools:record", args=[school.pk]),
        },
    )
