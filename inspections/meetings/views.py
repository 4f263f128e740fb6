"""Pages of a committee's regulation and of its meetings."""

from dataclasses import fields
from functools import partial

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.access import reach
from core.documents.downloads import download_kept
from core.permissions import Permission as P
from core.permissions import requires
from reports.papers.downloads import download_paper
from schools.access_trail import names_shown
from schools.asking import ask
from schools.enums import NamesKind

from ..selectors.committees import committee_in
from ..views.crumbs import committee_crumbs
from . import selectors, services
from .forms import CorrectMeetingForm, MeetingForm, RegulationForm
from .minutes import minutes_paper


@requires(P.MANAGE_COMMITTEES)
def regulation_set(request, committee_id):
    """The regulation of a committee from a day on."""
    committee = _committee(request, P.MANAGE_COMMITTEES, committee_id)
    before = selectors.newest_regulation(committee)
    initial = {"valid_from": request.scope.date}
    if before is not None:
        initial |= {
            name: getattr(before, name)
            for name in ("paper", "meets_every", "reports_every", "articles")
        }
    form = RegulationForm(request.POST or None, request.FILES or None, initial=initial)
    return _ask(
        request,
        committee,
        form,
        services.set_regulation,
        {"committee": committee},
        done=_("The regulation is noted."),
        title=_("Working regulation"),
        action=_("Save"),
    )


@requires(P.VIEW_COMMITTEES)
@require_safe
def regulation_file(request, committee_id):
    """The regulation in force as it was handed in."""
    committee = _committee(request, P.VIEW_COMMITTEES, committee_id, reading=True)
    found = selectors.regulation_on(committee, request.scope.date)
    if found is None:
        raise Http404
    answer = download_kept(found.file, name=f"quy-che-{committee.pk}-{found.valid_from}")
    # Nobody looks into what was photographed: opening it is noted as with every such file.
    names_shown(request, NamesKind.FILE)
    return answer


@requires(P.MANAGE_COMMITTEES)
def meeting_add(request, committee_id):
    """Write down a meeting."""
    committee = _committee(request, P.MANAGE_COMMITTEES, committee_id)
    today = timezone.localdate()
    sitting = selectors.members_on(committee, today)
    form = MeetingForm(
        request.POST or None,
        # Of those who sit there no more, one may have been there on the day.
        members=selectors.members_ever(committee) if request.method == "POST" else sitting,
        initial={"held_on": today, "present": sitting},
    )
    return _ask(
        request,
        committee,
        form,
        services.write_meeting,
        {"committee": committee},
        done=_("The meeting is written down."),
        title=_("A meeting of the committee"),
        action=_("Write it down"),
        leads_to=_page_of,
    )


@requires(P.VIEW_COMMITTEES)
@require_safe
def meeting(request, committee_id, meeting_id):
    """What is written of one meeting."""
    found = _meeting(request, P.VIEW_COMMITTEES, committee_id, meeting_id, reading=True)
    return render(
        request,
        "inspections/meeting.html",
        {
            "crumbs": committee_crumbs(found.committee, found.held_on.strftime("%d/%m/%Y")),
            "meeting": found,
            "present": sorted(found.present.all(), key=lambda each: each.name_key),
            "may_correct": found.committee.area_id
            in request.scope.places(P.MANAGE_COMMITTEES).areas,
        },
    )


@requires(P.MANAGE_COMMITTEES)
def meeting_edit(request, committee_id, meeting_id):
    """Correct what is written of a meeting."""
    found = _meeting(request, P.MANAGE_COMMITTEES, committee_id, meeting_id)
    form = CorrectMeetingForm(
        request.POST or None,
        members=selectors.members_ever(found.committee),
        initial={
            **{each.name: getattr(found, each.name) for each in fields(services.Minutes)},
            "present": found.present.all(),
            "seen": found.version,
        },
    )
    return _ask(
        request,
        found.committee,
        form,
        services.correct_meeting,
        {"meeting": found},
        done=_("The meeting is corrected."),
        title=_("Correct the meeting of %(day)s") % {"day": found.held_on.strftime("%d/%m/%Y")},
        action=_("Save"),
        leads_to=_page_of,
        back=_page_of(found),
    )


@requires(P.VIEW_COMMITTEES)
@require_safe
def meeting_paper(request, committee_id, meeting_id):
    """The minutes as PDF, or as Word with ?as=docx, to be printed and signed."""
    found = _meeting(request, P.VIEW_COMMITTEES, committee_id, meeting_id, reading=True)
    return download_paper(
        partial(minutes_paper, found),
        extension=request.GET.get("as", "pdf"),
        stem=f"bien-ban-hop-{found.held_on}-{found.committee_id}",
    )


def _page_of(meeting):
    return reverse("inspections:meeting", args=[meeting.committee_id, meeting.pk])


def _committee(request, permission, committee_id, *, reading=False):
    return reach(
        request.scope,
        permission,
        lambda places: committee_in(places, committee_id, on=request.scope.date),
        reading=reading,
    )


def _meeting(request, permission, committee_id, meeting_id, *, reading=False):
    return reach(
        request.scope,
        permission,
        lambda places: selectors.meeting_in(places, committee_id, meeting_id),
        reading=reading,
    )


def _ask(request, committee, form, service, given, *, back="", **page):
    """Ask about a committee, from its page."""
    return ask(
        request,
        form,
        service,
        given,
        back=back or reverse("inspections:committee", args=[committee.pk]),
        crumbs=committee_crumbs(committee),
        **page,
    )
