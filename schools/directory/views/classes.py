"""One class with its roll; opening, changing and ending a class."""

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires

from ...access_trail import names_shown
from ...crumbs import class_crumbs, school_crumbs
from ...enums import NamesKind
from ...form_refusals import show_refusal
from ...pupils.following import following
from ...pupils.selectors.pupils import class_list
from ...transfers.selectors import count_expected
from ..forms.classes import ClassForm, EndForm
from ..selectors import classes as selectors
from ..selectors.schools import commune_of, open_sites, school_in
from ..selectors.years import loaded_on
from ..services.classes import create_class, edit_class, end_class, undo_end_class


@requires(P.VIEW_PUPILS)
def school_class(request, class_id):
    """The roll of a class by name; only where the reader may see pupils."""
    scope, today = request.scope, request.scope.date
    found = reach(scope, P.VIEW_PUPILS, lambda places: selectors.class_in(places, class_id))
    commune = commune_of(found.school, on=today)
    day = selectors.day_in_year(found.year, on=today)

    roll = class_list(found, on=day)
    names_shown(request, NamesKind.ROLL, school_class=found, count=len(roll.lines))

    def may(permission):
        return selectors.reaches_class(scope.places(permission), found, commune)

    return render(
        request,
        "schools/school_class.html",
        {
            "crumbs": class_crumbs(request, found),
            "school_class": found,
            "loaded_on": loaded_on(found.school_id, found.year),
            "day": day,
            "is_running": day == today,
            "roll": roll,
            "following": following(scope, [line.spell.pupil_id for line in roll.lines]),
            "may_manage": may(P.MANAGE_PUPILS),
            "expected": count_expected(found.school) if may(P.MANAGE_PUPILS) else 0,
            "may_change": may(P.MANAGE_SCHOOL),
            "may_take": may(P.TAKE_REGISTER),
            "may_see_registers": may(P.VIEW_REGISTER),
            "may_see_figures": may(P.VIEW_FIGURES),
            "may_see_staff": may(P.VIEW_STAFF),
            # Who is granted classes alone sees what a teacher sees anyway.
            "may_view_as_teacher": may(P.VIEW_REGISTER)
            and not scope.places(P.VIEW_REGISTER).only_classes,
        },
    )


@requires(P.MANAGE_SCHOOL)
def class_add(request, school_id):
    """Open a class of a school."""
    today = request.scope.date
    school = reach(request.scope, P.MANAGE_SCHOOL, lambda places: school_in(places, school_id))
    years = selectors.open_years(on=today)
    form = ClassForm(
        request.POST or None, school=school, years=years, sites=open_sites(school, on=today)
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = create_class(school=school, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Class %(name)s is open.") % {"name": made.name})
            return redirect(f"{reverse('schools:school', args=[school.pk])}?year={made.year.code}")
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": school_crumbs(request, school, _("Add a class")),
            "title": _("Add a class"),
            "form": form,
            "action": _("Open the class"),
            "back": reverse("schools:school", args=[school.pk]),
        },
    )


@requires(P.MANAGE_SCHOOL)
def class_edit(request, class_id):
    """Change the name, grades, site or sessions of a class."""
    found = reach(
        request.scope, P.MANAGE_SCHOOL, lambda places: selectors.class_in(places, class_id)
    )
    form = ClassForm(
        request.POST or None,
        school=found.school,
        sites=open_sites(found.school, on=found.year.valid_from),
        initial={
            "name": found.name,
            "grades": [grade.value for grade in found.grade_list],
            "site": found.site_id,
            "sessions": found.sessions,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            edit_class(school_class=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Class %(name)s is changed.") % {"name": found.name})
            return redirect(_school_page(found))
    return _form_page(request, found, form, _("Change the class"), _("Save"))


@requires(P.MANAGE_SCHOOL)
def class_end(request, class_id):
    """End a class in the course of its year, or take that back."""
    found = reach(
        request.scope, P.MANAGE_SCHOOL, lambda places: selectors.class_in(places, class_id)
    )
    if found.ended_on is not None:
        return _class_end_undo(request, found)
    form = EndForm(request.POST or None, initial={"on": request.scope.date})
    if request.method == "POST" and form.is_valid():
        try:
            end_class(school_class=found, on=form.cleaned_data["on"], by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Class %(name)s is ended.") % {"name": found.name})
            return redirect(_school_page(found))
    note = _("Only a class without pupils ends. What was filed until then stays.")
    return _form_page(request, found, form, _("End the class"), _("End the class"), note=note)


def _class_end_undo(request, found):
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            undo_end_class(school_class=found, by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Class %(name)s goes on.") % {"name": found.name})
            return redirect(_school_page(found))
    note = _("This class ended on %(day)s.") % {"day": found.ended_on.strftime("%d/%m/%Y")}
    return _form_page(request, found, form, _("Let the class go on"), _("Let it go on"), note=note)


def _school_page(school_class):
    page = reverse("schools:school", args=[school_class.school_id])
    return f"{page}?year={school_class.year.code}"


def _form_page(request, found, form, title, action, note=""):
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": class_crumbs(request, found, title),
            "title": f"{title} {found.name}",
            "note": note,
            "form": form,
            "action": action,
            "back": _school_page(found),
        },
    )
