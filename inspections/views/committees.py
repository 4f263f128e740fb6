"""Committees: members, their communes, and the communes nobody answers for."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.access import reach
from core.permissions import Permission as P
from core.permissions import requires
from reports.papers.register import may_issue, would_replace
from schools.asking import ask
from schools.enums import AreaLevel

from ..forms import AppointForm, AssignForm, ChangeMemberForm, EndForm, FoundForm
from ..meetings.selectors import meetings_of, rhythm_of
from ..papers.committee_papers import PAPERS, office_of_committee, papers_issued
from ..papers.rows import PaperRow
from ..selectors import committees as selectors
from ..services import committees as services
from .crumbs import committee_crumbs

PAST_PER_PAGE = 30
# Of a committee that meets every month, two years.
MEETINGS_SHOWN = 24


@requires(P.VIEW_COMMITTEES)
def committees(request):
    """Committees inside the reader's places, and communes nobody answers for."""
    scope = request.scope
    places = scope.places(P.VIEW_COMMITTEES)
    past = selectors.committees_past(scope.places_to_read(P.VIEW_COMMITTEES), on=scope.date)
    managed = scope.places(P.MANAGE_COMMITTEES).areas
    found = selectors.committees_in(places, on=scope.date)
    for each in found:
        each.may_manage = each.area_id in managed
    return render(
        request,
        "inspections/committees.html",
        {
            "committees": found,
            "unanswered": selectors.communes_without_anybody(places, scope.tree, on=scope.date),
            "may_found": bool(managed),
            "may_change_questions": scope.may(P.MANAGE_CRITERIA),
            "past": Paginator(past, PAST_PER_PAGE).get_page(request.GET.get("page")),
            "today": scope.date,
        },
    )


@requires(P.MANAGE_COMMITTEES)
def committee_found(request):
    """Found a committee."""
    scope = request.scope
    areas = selectors.areas_to_found_in(scope.tree, scope.areas_granted(P.MANAGE_COMMITTEES))
    form = FoundForm(request.POST or None, areas=areas, initial={"valid_from": scope.date})
    return _ask(
        request,
        form,
        services.found_committee,
        {},
        done=_("The committee is founded."),
        title=_("Found a committee"),
        action=_("Found the committee"),
    )


@requires(P.VIEW_COMMITTEES)
def committee(request, committee_id):
    """One committee with all its members; who manages it changes it from here."""
    scope = request.scope
    found = _committee(request, P.VIEW_COMMITTEES, committee_id, reading=True)
    found.may_manage = found.area_id in scope.places(P.MANAGE_COMMITTEES).areas
    past = selectors.assignments_past(found, on=scope.date)
    return render(
        request,
        "inspections/committee.html",
        {
            "crumbs": committee_crumbs(found),
            "committee": found,
            "is_over": found.ended_on is not None and found.ended_on <= scope.date,
            # A commune's own committee hands out no communes: its members answer for that one.
            "free": []
            if found.area.level == AreaLevel.COMMUNE
            else selectors.communes_free(found, scope.tree, on=scope.date),
            "overlaps": selectors.overlaps_of(
                found, scope.places_to_read(P.VIEW_COMMITTEES), on=scope.date
            ),
            "papers": _papers(scope, found),
            "page": Paginator(past, PAST_PER_PAGE).get_page(request.GET.get("page")),
            "today": scope.date,
            "rhythm": rhythm_of(found, scope.date),
            "meetings": list(meetings_of(found)[:MEETINGS_SHOWN]),
        },
    )


@requires(P.MANAGE_COMMITTEES)
def member_appoint(request, committee_id):
    """Appoint a member."""
    found = _committee(request, P.MANAGE_COMMITTEES, committee_id)
    form = AppointForm(request.POST or None, initial={"valid_from": request.scope.date})
    return _ask(
        request,
        form,
        services.appoint_member,
        {"committee": found},
        committee=found,
        done=_("The member is appointed."),
        title=_("Appoint a member"),
        action=_("Appoint the member"),
    )


@requires(P.MANAGE_COMMITTEES)
def member_change(request, committee_id, member_id):
    """Correct position, organisation and sector of a member."""
    member = _member(request, committee_id, member_id)
    names = ("position", "organisation", "sector")
    form = ChangeMemberForm(
        request.POST or None, initial={name: getattr(member, name) for name in names}
    )
    return _ask(
        request,
        form,
        services.change_member,
        {"member": member},
        committee=member.committee,
        done=_("The member is changed."),
        title=_("Position and sector of %(member)s") % {"member": member.full_name},
        action=_("Save"),
    )


@requires(P.MANAGE_COMMITTEES)
def assign(request, committee_id, member_id):
    """Let a member answer for a commune."""
    member = _member(request, committee_id, member_id)
    scope = request.scope
    communes = selectors.communes_free(member.committee, scope.tree, on=scope.date)
    form = AssignForm(request.POST or None, communes=communes, initial={"valid_from": scope.date})
    return _ask(
        request,
        form,
        services.assign_commune,
        {"member": member},
        committee=member.committee,
        done=_("The commune is assigned."),
        title=_("A commune for %(member)s") % {"member": member.full_name},
        action=_("Assign the commune"),
    )


@requires(P.MANAGE_COMMITTEES)
def member_end(request, committee_id, member_id):
    """End a member's term."""
    member = _member(request, committee_id, member_id)
    form = EndForm(request.POST or None, initial={"on": request.scope.date})
    return _ask(
        request,
        form,
        services.end_term,
        {"member": member},
        committee=member.committee,
        done=_("The term is ended, and the communes with it."),
        title=_("End the term of %(member)s") % {"member": member.full_name},
        action=_("End the term"),
        warning=_("The communes of this member then have nobody in charge."),
    )


@requires(P.MANAGE_COMMITTEES)
def assignment_end(request, committee_id, assignment_id):
    """End an assignment."""
    assignment = reach(
        request.scope,
        P.MANAGE_COMMITTEES,
        lambda places: selectors.assignment_in(places, committee_id, assignment_id),
    )
    form = EndForm(request.POST or None, initial={"on": request.scope.date})
    return _ask(
        request,
        form,
        services.end_assignment,
        {"assignment": assignment},
        committee=assignment.committee,
        done=_("The assignment is ended."),
        title=_("%(member)s no longer in charge of %(commune)s")
        % {"member": assignment.member.full_name, "commune": assignment.commune.title},
        action=_("End the assignment"),
    )


def _papers(scope, committee):
    """The decisions on a committee, each with the one issued, and whether the reader issues it."""
    issued = papers_issued(committee)
    may = committee.may_manage and may_issue(scope, office_of_committee(committee))
    return [
        PaperRow(
            each.name,
            reverse("inspections:committee_paper", args=[committee.pk, kind]),
            reverse("inspections:committee_paper_issue", args=[committee.pk, kind]) if may else "",
            issued.get(kind),
            may_open=may,
            # Only who issues it, and only of one that was, is told what happens to that.
            is_anew=may
            and kind in issued
            and not would_replace(each.draft(committee), issued[kind]),
        )
        for kind, each in PAPERS.items()
    ]


def _committee(request, permission, committee_id, *, reading=False):
    return reach(
        request.scope,
        permission,
        lambda places: selectors.committee_in(places, committee_id, on=request.scope.date),
        reading=reading,
    )


def _member(request, committee_id, member_id):
    return reach(
        request.scope,
        P.MANAGE_COMMITTEES,
        lambda places: selectors.member_in(places, committee_id, member_id),
    )


def _ask(request, form, service, given, *, committee=None, **page):
    """Ask, and go on to the committee."""
    back = (
        reverse("inspections:committee", args=[committee.pk])
        if committee
        else reverse("inspections:committees")
    )
    return ask(
        request,
        form,
        service,
        given,
        back=back,
        leads_to=lambda made: reverse("inspections:committee", args=[(committee or made).pk]),
        crumbs=committee_crumbs(committee),
        **page,
    )
