"""One class with its roll, and the opening of a class."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.permissions import Permission as P
from core.permissions import requires

from ..access_trail import names_shown
from ..enums import NamesKind
from ..forms import ClassForm, show_refusal
from ..selectors import classes as selectors
from ..selectors.pupils import class_list
from ..selectors.schools import commune_of, open_sites, school_in
from ..services.classes import create_class
from .crumbs import class_crumbs, school_crumbs


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
            "day": day,
            "is_running": day == today,
            "roll": roll,
            "may_manage": may(P.MANAGE_PUPILS),
            "may_take": may(P.TAKE_REGISTER),
            "may_see_registers": may(P.VIEW_REGISTER),
            "may_see_figures": may(P.VIEW_FIGURES),
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
    return render(
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
