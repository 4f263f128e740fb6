"""Who saw a child's name, all data of a child, and records kept or made anonymous."""

import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.access import reach
from core.documents.downloads import download
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires

from ..access_trail import names_shown
from ..crumbs import pupil_crumbs, school_crumbs
from ..directory.selectors.schools import school_in
from ..enums import NamesKind
from ..form_refusals import show_refusal
from ..pupils.selectors import pupils as selectors
from . import selectors as trail
from .forms import ReasonForm, TrailFilterForm
from .services import anonymising
from .services.giving_out import give_out

PAGE_SIZE = 50
DAYS_COUNTED = 31


@requires(P.MANAGE_PUPILS)
@never_cache
def pupil_seen(request, pupil_id):
    """Who opened the record of a pupil, or a list of its classes."""
    spell = _kept(request, pupil_id)
    names_shown(request, NamesKind.PUPIL, pupil=spell.pupil_id, school_class=spell.school_class)
    page = Paginator(trail.seen_of_pupil(spell.pupil), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "schools/seen.html",
        {
            "crumbs": pupil_crumbs(request, spell, _("Who saw")),
            "title": _("Who saw %(name)s") % {"name": spell.pupil.full_name},
            "page": _with_roles(page),
            "of_pupil": True,
        },
    )


@requires(P.MANAGE_PUPILS)
@never_cache
def school_seen(request, school_id):
    """Who saw names of a school's pupils, by kind, person and day."""
    school = reach(request.scope, P.MANAGE_PUPILS, lambda places: school_in(places, school_id))
    form = TrailFilterForm(request.GET, people=trail.people_of_school(school))
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = trail.seen_of_school(
        school,
        kind=wanted.get("kind", ""),
        person=wanted.get("person"),
        first=wanted.get("first"),
        last=wanted.get("last"),
    )
    return render(
        request,
        "schools/seen.html",
        {
            "crumbs": school_crumbs(request, school, _("Who saw names")),
            "title": _("Who saw names of pupils"),
            "form": form,
            "is_filtered": any(wanted.values()),
            "page": _with_roles(Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))),
        },
    )


@requires(P.OVERSEE_NAMES)
@never_cache
def trail_counts(request):
    """For the administrator: how often names were shown, by day, person and kind."""
    today = request.scope.date
    first = today - datetime.timedelta(days=DAYS_COUNTED - 1)
    rows = trail.counts(first=first, last=today)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    kinds = dict(NamesKind.choices)
    for row in page.object_list:
        row["what"] = kinds.get(row["kind"], row["kind"])
        row["role"] = trail.role_words(row["roles"])
    return render(
        request,
        "schools/trail_counts.html",
        {"page": page, "first": first, "last": today, "waiting": trail.open_erasures()},
    )


@requires(P.MANAGE_PUPILS)
@require_POST
@never_cache
def pupil_data(request, pupil_id):
    """Everything kept of a pupil as one workbook."""
    spell = _kept(request, pupil_id)
    names_shown(request, NamesKind.DATA, pupil=spell.pupil_id, school_class=spell.school_class)
    content = give_out(pupil=spell.pupil, school=spell.school_class.school, by=request.user)
    name = _("All data of a pupil, record %(number)s") % {"number": spell.pupil_id}
    return download(content, name=f"{name}.xlsx")


@requires(P.MANAGE_PUPILS)
@never_cache
def erasure_ask(request, pupil_id):
    """Ask that the record of a pupil who left be made anonymous."""
    spell = _kept(request, pupil_id)
    return _with_reason(
        request,
        spell,
        title=_("Ask to make the record anonymous"),
        lead=_(
            "Name, numbers, day of birth, address, guardian, letters and the history of them go "
            "for good. Figures of past months stay. The administrator confirms it."
        ),
        obstacle=anonymising.obstacle(spell.pupil, request.scope.date),
        write=anonymising.ask_erasure,
        done=_("The administrator was asked."),
    )


@requires(P.MANAGE_PUPILS)
@never_cache
def hold(request, pupil_id):
    """Keep a record beyond its time."""
    spell = _kept(request, pupil_id)
    return _with_reason(
        request,
        spell,
        title=_("Keep the record on purpose"),
        lead=_("As long as it is kept on purpose nobody makes it anonymous."),
        obstacle=_("This record is kept on purpose already.")
        if anonymising.standing_hold(spell.pupil)
        else "",
        write=anonymising.place_hold,
        done=_("The record is kept until you end it."),
    )


@requires(P.MANAGE_PUPILS)
@require_POST
def hold_lift(request, pupil_id):
    """No longer keep a record beyond its time."""
    spell = _kept(request, pupil_id)
    if anonymising.lift_hold(pupil=spell.pupil, school=spell.school_class.school, by=request.user):
        messages.success(request, _("The record is no longer kept on purpose."))
    return redirect("schools:pupil", pupil_id=spell.pupil_id)


@requires(P.OVERSEE_NAMES)
@require_POST
def erasure_decide(request, erasure_id):
    """The administrator confirms or refuses a request."""
    found = trail.erasure_of(erasure_id)
    if found is None:
        raise Http404
    answer = request.POST.get("answer")
    if answer in ("confirm", "refuse"):
        try:
            anonymising.decide_erasure(erasure=found, grant=answer == "confirm", by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, _("The answer is kept."))
    return redirect("schools:trail_counts")


def _with_reason(request, spell, *, title, lead, obstacle, write, done):
    names_shown(request, NamesKind.PUPIL, pupil=spell.pupil_id, school_class=spell.school_class)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            write(
                pupil=spell.pupil,
                school=spell.school_class.school,
                by=request.user,
                **form.cleaned_data,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect("schools:pupil", pupil_id=spell.pupil_id)
    return render_form(
        request,
        "schools/pupil_reason.html",
        {
            "crumbs": pupil_crumbs(request, spell, title),
            "title": title,
            "lead": lead,
            "pupil": spell.pupil,
            "obstacle": obstacle,
            "form": form,
            "back": reverse("schools:pupil", args=[spell.pupil_id]),
        },
    )


def _kept(request, pupil_id):
    """The latest spell of a pupil whose record the reader keeps."""
    reach(request.scope, P.MANAGE_PUPILS, lambda places: selectors.pupil_in(places, pupil_id))
    spell = selectors.kept_spell_in(request.scope.places(P.MANAGE_PUPILS), pupil_id)
    if spell is None:
        raise PermissionDenied
    return spell


def _with_roles(page):
    page.object_list = list(page.object_list)
    for row in page.object_list:
        row.role = trail.role_words(row.roles)
    return page
