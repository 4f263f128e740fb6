"""Pages on which a head merges classes and splits one: what will happen, then the same done."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ..access_trail import names_shown
from ..crumbs import class_crumbs
from ..directory.selectors.classes import class_in, day_in_year, other_classes
from ..enums import NamesKind
from ..form_refusals import show_refusal
from ..models import SchoolClass
from ..pupils.selectors.pupils import class_list
from ..school_records.services.decisions import Preview
from .forms import MergeClassesForm, SplitClassForm
from .services import (
    ClassMerger,
    ClassSplit,
    merge_classes,
    preview_merger,
    preview_split,
    split_class,
)

Act = Callable[[], SchoolClass]


@requires(P.MANAGE_SCHOOL)
def class_merge(request: ScopedRequest, class_id: int) -> HttpResponse:
    """Merge other classes of the school into a class."""
    found = _class(request, class_id)
    offered = other_classes(found).filter(level=found.level)
    form = MergeClassesForm(request.POST or None, offered=offered)

    def preview() -> tuple[Preview, Act]:
        values = form.cleaned_data
        others = list(values["classes"].select_related("school", "site", "year"))
        merger = ClassMerger(found, others, values["on"])
        return preview_merger(merger), lambda: merge_classes(merger=merger, by=request.user)

    return _decide(
        request,
        found,
        form,
        preview,
        title=_("Merge classes into %(name)s") % {"name": found.name},
        action=_("Merge the classes"),
        done=_("The classes are merged."),
    )


@requires(P.MANAGE_SCHOOL)
def class_split(request: ScopedRequest, class_id: int) -> HttpResponse:
    """Split a class in two: the ticked pupils go into a new one."""
    found = _class(request, class_id)
    day = day_in_year(found.year, on=request.scope.date)
    roll = [line.spell for line in class_list(found, on=day).lines if line.number]
    names_shown(request, NamesKind.ROLL, school_class=found, count=len(roll))
    form = SplitClassForm(request.POST or None, roll=roll)

    def preview() -> tuple[Preview, Act]:
        values = form.cleaned_data
        split = ClassSplit(found, values["name"], frozenset(values["pupils"]), values["on"])
        return preview_split(split), lambda: split_class(split=split, by=request.user)

    return _decide(
        request,
        found,
        form,
        preview,
        title=_("Split class %(name)s") % {"name": found.name},
        action=_("Split the class"),
        done=_("The class is split."),
    )


def _class(request: ScopedRequest, class_id: int) -> SchoolClass:
    """A class whose school and whose roll the reader keeps."""
    reach(request.scope, P.MANAGE_PUPILS, lambda places: class_in(places, class_id))
    return reach(request.scope, P.MANAGE_SCHOOL, lambda places: class_in(places, class_id))


def _decide(
    request: ScopedRequest,
    found: SchoolClass,
    form: forms.Form,
    preview: Callable[[], tuple[Preview, Act]],
    *,
    title: str,
    action: str,
    done: str,
) -> HttpResponse:
    """Show what will happen, and do it once exactly that was seen."""
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
                return redirect("schools:school_class", result.pk)
    return render_form(
        request,
        "schools/decision.html",
        {
            "crumbs": class_crumbs(request, found, title),
            "school": found.school,
            "form": form,
            "preview": shown,
            "title": title,
            "action": action,
            "back": reverse("schools:school_class", args=[found.pk]),
        },
    )
