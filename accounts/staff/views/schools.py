"""The staff of every school in the reader's places, and the list of one school."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.directory.selectors.schools import communes_in, find_schools

from ...giving.reach import reach
from ...giving.selectors import school_in_reach
from ...roles import TEACHER
from ..forms import OverviewFilterForm, StaffFilterForm
from ..selectors import people as selectors
from ..selectors.overview import schools_with_counts
from ..selectors.places import may_keep, reach_school, staff_places
from .crumbs import school_crumbs
from .tabs import school_tabs

PAGE_SIZE = 30


@requires(P.VIEW_STAFF)
def staff(request: ScopedRequest) -> HttpResponse:
    """Schools with what is missing of their staff; straight to the school when there is one."""
    scope, today = request.scope, request.scope.date
    places = staff_places(scope, P.VIEW_STAFF)
    communes = communes_in(places, on=today)
    form = OverviewFilterForm(request.GET, communes=communes)
    wanted = form.cleaned_data if form.is_valid() else {}
    school_ids = find_schools(
        places, on=today, commune_id=wanted.get("commune"), search=wanted.get("search", "")
    )
    is_filtered = any(wanted.values())
    if len(school_ids) == 1 and not places.areas and not is_filtered:
        return redirect("staff:school", school_id=school_ids[0])
    page = Paginator(school_ids, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "staff/overview.html",
        {
            "filter_form": form,
            "is_filtered": is_filtered,
            "page": page,
            "rows": schools_with_counts(list(page.object_list), on=today),
            "may_import": bool(staff_places(scope, P.MANAGE_STAFF).areas),
            "may_issue": scope.may(P.GIVE_ROLES) and bool(reach(scope, TEACHER)),
        },
    )


@requires(P.VIEW_STAFF)
def school(request: ScopedRequest, school_id: int) -> HttpResponse:
    """The people of a school: their posts, classes and accounts."""
    scope, today = request.scope, request.scope.date
    found = reach_school(scope, P.VIEW_STAFF, school_id)
    form = StaffFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = selectors.staff_rows(
        found,
        on=today,
        search=wanted.get("search", ""),
        kind=wanted.get("kind", ""),
        account=wanted.get("account", ""),
        former=bool(wanted.get("former")),
    )
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    keeps = may_keep(scope, found)
    (counts,) = schools_with_counts([found.pk], on=today)
    return render(
        request,
        "staff/school.html",
        {
            "crumbs": school_crumbs(request, found),
            "school": found,
            "filter_form": form,
            "is_filtered": any(wanted.values()),
            "page": page,
            "counts": counts,
            "may_keep": keeps,
            "may_issue": scope.may(P.GIVE_ROLES) and school_in_reach(scope, found.pk) is not None,
            "unrecorded": selectors.accounts_without_record(found, on=today) if keeps else [],
            "tabs": school_tabs(found, "staff:school"),
        },
    )
