"""Accounts for people of the staff list: of one school by name, of many by group."""

from collections import Counter

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.formatting import number
from core.jobs.dispatch import enqueue
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ...giving.selectors import school_in_reach, schools_in_reach
from ...tasks import make_accounts
from ..candidates import (
    GROUPS,
    USUAL,
    Candidate,
    Group,
    areas_to_staff,
    by_school,
    candidates,
    candidates_of,
    fingerprint,
    is_chosen,
    schools_of,
)
from ..for_staff import ask_for_staff_accounts
from ..forms import StaffChoiceForm

SCHOOLS_PER_PAGE = 50
# What one form may send; further people come when these are made.
MOST_AT_ONCE = 300


@requires(P.GIVE_ROLES)
@never_cache
def issue_school(request: ScopedRequest, school_id: int) -> HttpResponse:
    """Those of a school without an account, each to be ticked; then the making."""
    scope = request.scope
    school = school_in_reach(scope, school_id)
    if school is None:
        raise Http404
    people = candidates_of(scope, school)
    ticked = {each.person.pk for each in people if each.is_usual}
    status = 200
    if request.method == "POST":
        sent = set(request.POST.getlist("person"))
        ticked = {each.person.pk for each in people if str(each.person.pk) in sent}
        answer = _make(request, ticked)
        if answer is not None:
            return answer
        status = 422
    may = [each for each in people if not each.obstacle]
    return render(
        request,
        "accounts/issue_school.html",
        {
            "school": school,
            "groups": _grouped(may[:MOST_AT_ONCE], ticked),
            "shown": min(len(may), MOST_AT_ONCE),
            "count": len(may),
            "others": [each for each in people if each.obstacle],
            "crumbs": [*_crumbs(), {"label": str(school)}],
        },
        status=status,
    )


def _grouped(people: list[Candidate], ticked: set[int]) -> list[dict[str, object]]:
    """Groups with their people, in the order of `GROUPS`; those of no one are left out."""
    found: list[dict[str, object]] = []
    for group, words in GROUPS.items():
        lines = [
            {"candidate": each, "ticked": each.person.pk in ticked}
            for each in people
            if each.group == group
        ]
        if lines:
            found.append({"words": words, "lines": lines})
    return found


@requires(P.GIVE_ROLES)
@never_cache
def issue_staff(request: ScopedRequest) -> HttpResponse:
    """Those of all schools of an area, by group, with what that comes to in each school."""
    scope = request.scope
    areas = areas_to_staff(scope)
    if not areas:
        schools = schools_in_reach(scope)
        if len(schools) == 1:
            return redirect("accounts:issue_school", schools[0].pk)
    sent = _with_usual(request.POST if request.method == "POST" else request.GET)
    area = next((each for each in areas if str(each.pk) == sent["area"]), None)
    if area is None and sent["area"] != StaffChoiceForm.ALL:
        raise Http404
    people = candidates(scope, schools=schools_of(scope, area))
    form = StaffChoiceForm(sent, areas=areas, groups=_counted(people))
    groups = form.cleaned_data["groups"] if form.is_valid() else []
    chosen = [each for each in people if is_chosen(each, groups)]
    status = 200
    if request.method == "POST":
        if request.POST.get("shown") != fingerprint(chosen):
            messages.warning(
                request, _("The staff list has changed meanwhile. Look at the numbers once more.")
            )
        else:
            answer = _make(request, {each.person.pk for each in chosen})
            if answer is not None:
                return answer
        status = 422
    rows = by_school(people, groups)
    return render(
        request,
        "accounts/issue_staff.html",
        {
            "form": form,
            "chosen": groups,
            "area": area,
            "count": len(chosen),
            "left": sum(row.left for row in rows),
            "shown": fingerprint(chosen),
            "page": Paginator(rows, SCHOOLS_PER_PAGE).get_page(request.GET.get("page")),
            "school_count": sum(bool(row.chosen) for row in rows),
            "nobody": not people,
            "crumbs": [*_crumbs(), {"label": _("From the staff lists")}],
        },
        status=status,
    )


def _with_usual(sent: QueryDict) -> QueryDict:
    """What was chosen, and what is chosen before anybody chooses."""
    data = sent.copy()
    if "groups" not in data and "area" not in data:
        data.setlist("groups", [str(group) for group in USUAL])
    data.setdefault("area", StaffChoiceForm.ALL)
    return data


def _counted(people: list[Candidate]) -> list[tuple[str, str]]:
    counts = Counter(each.group for each in people)
    return [(group, f"{GROUPS[group]} ({number(counts[group])})") for group in Group]


def _make(request: ScopedRequest, people: set[int]) -> HttpResponse | None:
    """Ask for the accounts and go to where they are made; None with what is wrong said."""
    try:
        batch = ask_for_staff_accounts(scope=request.scope, people=people)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return None
    except PermissionDenied:
        messages.error(request, _("Somebody chosen is not yours to give an account any more."))
        return None
    enqueue(make_accounts, slow=True, batch_id=str(batch.pk))
    return redirect("accounts:batch", batch.pk)


def _crumbs() -> list[dict[str, str]]:
    return [{"label": _("Accounts"), "url": reverse("accounts:people")}]
