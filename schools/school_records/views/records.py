"""The schools an office keeps: the list, and the record of one."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ...directory.selectors.schools import reaches_school, school_in
from ...models import School
from ..forms.filters import RecordFilterForm
from ..selectors import managed
from ..selectors.managed import OPEN

PAGE_SIZE = 30


@requires(P.MANAGE_SCHOOLS)
def school_records(request: ScopedRequest) -> HttpResponse:
    """Schools the reader opens and closes, filtered by the address."""
    today = request.scope.date
    form = RecordFilterForm(request.GET, communes=managed.managed_communes(request.scope))
    wanted = form.cleaned_data if form.is_valid() else {}
    school_ids = managed.find_records(
        request.scope,
        on=today,
        commune_id=wanted.get("commune"),
        level=wanted.get("level", ""),
        search=wanted.get("search", ""),
        state=wanted.get("state") or OPEN,
    )
    page = Paginator(school_ids, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "schools/records.html",
        {
            "filter_form": form,
            "is_filtered": any(wanted.values()),
            "page": page,
            "rows": managed.record_rows(list(page.object_list), on=today),
            "may_open_years": request.scope.may(P.MANAGE_YEARS),
        },
    )


@requires(P.MANAGE_SCHOOLS)
def school_record(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Everything kept of a school, and what can be decided about it."""
    school = managed_or_404(request, school_id)
    record = managed.school_record(school, on=request.scope.date)
    places = request.scope.places(P.VIEW_SCHOOL)
    return render(
        request,
        "schools/record.html",
        {
            "crumbs": record_crumbs(here=school.name),
            "school": school,
            "record": record,
            "may_view": bool(places) and reaches_school(places, school, record.row.commune),
            "is_closed": school.valid_to is not None,
        },
    )


def managed_or_404(request: ScopedRequest, school_id: int) -> School:
    """The school when the person may change it; 403 where it is only seen, else 404."""
    school = managed.managed_school(request.scope, school_id)
    if school is not None:
        return school
    if school_in(request.scope.places(P.VIEW_SCHOOL), school_id) is not None:
        raise PermissionDenied
    raise Http404


def record_crumbs(*, school: School | None = None, here: str = "") -> list[dict[str, str]]:
    """Crumbs from the list of schools kept down to a school, or a page `here` below it."""
    crumbs = [{"label": _("Open and change schools"), "url": reverse("schools:records")}]
    if school is not None:
        url = reverse("schools:record", args=[school.pk])
        crumbs.append({"label": school.name, "url": url})
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
