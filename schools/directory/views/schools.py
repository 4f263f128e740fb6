"""The list of schools, one school, and its sites."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires

from ...crumbs import school_crumbs
from ...form_refusals import show_refusal
from ...transfers.selectors import count_expected
from ...year_turn.selectors.overview import coming, year_to_turn_to
from ..forms.classes import EndForm, RenameSiteForm, SiteForm
from ..forms.schools import SchoolFilterForm
from ..selectors import classes as class_selectors
from ..selectors import schools as selectors
from ..selectors.years import loaded_on
from ..services.schools import add_site, close_site, rename_site
from ..year_choices import year_choices

PAGE_SIZE = 30


@requires(P.VIEW_SCHOOL)
def school_list(request):
    """Schools inside the reader's places, filtered by the address."""
    places, today = request.scope.places(P.VIEW_SCHOOL), request.scope.date
    communes = selectors.communes_in(places, on=today)
    form = SchoolFilterForm(request.GET, communes=communes)
    wanted = form.cleaned_data if form.is_valid() else {}
    school_ids = selectors.find_schools(
        places,
        on=today,
        commune_id=wanted.get("commune"),
        level=wanted.get("level", ""),
        search=wanted.get("search", ""),
    )
    is_filtered = any(wanted.values())
    if len(school_ids) == 1 and not places.areas and not is_filtered:
        return redirect("schools:school", school_id=school_ids[0])
    page = Paginator(school_ids, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "schools/school_list.html",
        {
            "filter_form": form,
            "is_filtered": is_filtered,
            "may_open": request.scope.may(P.MANAGE_SCHOOLS),
            "may_import": request.scope.may(P.IMPORT_PUPILS_OF_MANY),
            "may_export": request.scope.may(P.EXPORT_PUPILS_OF_MANY),
            "page": page,
            "rows": selectors.school_rows(page.object_list, on=today),
        },
    )


@requires(P.VIEW_SCHOOL)
def school(request, school_id):
    """One school: where it lies, its sites, and the classes of a school year."""
    scope, today = request.scope, request.scope.date
    found = reach(
        scope,
        P.VIEW_SCHOOL,
        lambda places: selectors.school_in(places, school_id),
        reading=True,
    )
    commune = selectors.commune_of(found, on=today)
    years = class_selectors.years_of(found, on=today)
    year = next((each for each in years if each.code == request.GET.get("year")), None)
    if year is None:
        year = next((each for each in years if each.valid_from <= today), None)
    day = class_selectors.day_in_year(year, on=today) if year else today
    rows = class_selectors.class_rows(found, year, on=day) if year else []

    def may(permission):
        return selectors.reaches_school(scope.places(permission), found, commune)

    return render(
        request,
        "schools/school.html",
        {
            "crumbs": school_crumbs(request, found),
            "school": found,
            "commune": commune,
            "status": selectors.status_of(found, on=today),
            "sites": selectors.sites_of(found, during=year) if year else [],
            "years": year_choices(request, years, year),
            "year": year,
            "loaded_on": loaded_on(found.pk, year),
            "day": day,
            "is_today": day == today,
            "rows": rows,
            "roll": sum(row.pupil_count for row in rows),
            "may_see_pupils": may(P.VIEW_PUPILS),
            "may_manage": may(P.MANAGE_SCHOOL) and found.valid_to is None,
            "may_decide": may(P.MANAGE_SCHOOLS),
            "may_import": may(P.IMPORT_PUPILS),
            "may_export": may(P.EXPORT_PUPILS),
            "may_take": may(P.TAKE_REGISTER),
            "may_see_figures": may(P.VIEW_FIGURES),
            "may_see_staff": may(P.VIEW_STAFF),
            "expected": count_expected(found) if may(P.MANAGE_PUPILS) else 0,
            "coming": coming(found) if may(P.MANAGE_PUPILS) else 0,
            "new_year": year_to_turn_to(found, on=today) if may(P.MANAGE_PUPILS) else None,
        },
    )


@requires(P.MANAGE_SCHOOL)
def site_add(request, school_id):
    """Add a satellite site to a school."""
    found = reach(
        request.scope, P.MANAGE_SCHOOL, lambda places: selectors.school_in(places, school_id)
    )
    form = SiteForm(request.POST or None, initial={"start": request.scope.date})
    if request.method == "POST" and form.is_valid():
        try:
            site = add_site(school=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Site %(name)s is added.") % {"name": site.name})
            return redirect("schools:school", school_id=found.pk)
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": school_crumbs(request, found, _("Add a site")),
            "title": _("Add a site"),
            "form": form,
            "action": _("Add the site"),
            "back": reverse("schools:school", args=[found.pk]),
        },
    )


@requires(P.MANAGE_SCHOOL)
def site_rename(request, site_id):
    """Call a site by another name."""
    site = reach(request.scope, P.MANAGE_SCHOOL, lambda places: selectors.site_in(places, site_id))
    form = RenameSiteForm(request.POST or None, initial={"name": site.name})

    def act():
        rename_site(site=site, by=request.user, **form.cleaned_data)

    return _site_form(request, site, form, act, _("Rename the site"), _("Save"))


@requires(P.MANAGE_SCHOOL)
def site_close(request, site_id):
    """Close a satellite site from a day on."""
    site = reach(request.scope, P.MANAGE_SCHOOL, lambda places: selectors.site_in(places, site_id))
    form = EndForm(request.POST or None, initial={"on": request.scope.date})

    def act():
        close_site(site=site, by=request.user, **form.cleaned_data)

    return _site_form(request, site, form, act, _("Close the site"), _("Close the site"))


def _site_form(request, site, form, act, title, action):
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("schools:school", school_id=site.school_id)
    return render_form(
        request,
        "schools/form.html",
        {
            "crumbs": school_crumbs(request, site.school, title),
            "title": f"{title}: {site.name}",
            "form": form,
            "action": action,
            "back": reverse("schools:school", args=[site.school_id]),
        },
    )
