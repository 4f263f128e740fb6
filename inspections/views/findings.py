"""What is written down during a visit, its minutes, and what is added to them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.dates import parse_day
from core.documents.downloads import download_kept
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from schools.access_trail import names_shown
from schools.asking import ask
from schools.enums import NamesKind, Session
from schools.form_refusals import show_refusal

from ..forms import ChecklistForm, CountForm, HouseholdsForm, ScanForm, SupplementForm
from ..models.visits import ADD_SCAN, SUPPLEMENT, VISITS, WRITE_DOWN
from ..selectors import findings as selectors
from ..selectors.households import (
    checks_of,
    count_checked,
    households_in,
    survey_of,
    villages_of,
)
from ..selectors.visits import recommendations_of, scan_for, schools_of, visit_for
from ..services.findings import answer_checklist, count_pupils, supplement_visit
from ..services.households import check_households
from ..services.visits import keep_scan
from .crumbs import visit_crumbs

# A village has some hundred households; of a commune that writes all into one, the page says so.
MOST_HOUSEHOLDS = 300


@requires(P.RECORD_VISIT)
def checklist(request, visit_id):
    """Answer the questions of a visit, a few at a time or all at once."""
    found = _visit_to(WRITE_DOWN, request, visit_id)
    questions = selectors.checklist_of(found)
    form = ChecklistForm(request.POST or None, questions=questions)
    if request.method == "POST" and form.is_valid():
        try:
            answer_checklist(visit=found, answers=form.answers(), by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The answers are saved."))
            return redirect("inspections:visit", found.pk)
    return render_form(
        request,
        "inspections/checklist.html",
        {
            "visit": found,
            "form": form,
            "photos": selectors.photos_of(found),
            "crumbs": crumbs_to(request, found, _("Checklist")),
        },
    )


@requires(P.RECORD_VISIT)
def counts(request, visit_id, school_id):
    """Count the pupils of a school class by class, in one session."""
    found = _visit_to(WRITE_DOWN, request, visit_id)
    school = schools_of(found).filter(pk=school_id).first()
    if school is None:
        raise Http404
    date, session = _asked_session(request)
    classes = list(selectors.classes_to_count(found, school, date))
    present = {
        row.school_class_id: row
        for row in selectors.counts_of(found).filter(school=school, date=date, session=session)
    }
    form = CountForm(request.POST or None, classes=classes, counts=present)
    if request.method == "POST" and form.is_valid():
        try:
            count_pupils(
                visit=found,
                school=school,
                date=date,
                session=session,
                counts=form.counts(),
                by=request.user,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The counts are saved; compare them with the registers."))
            return redirect(request.get_full_path())
    return render_form(
        request,
        "inspections/counts.html",
        {
            "visit": found,
            "school": school,
            "date": date,
            "session": session,
            "sessions": Session.choices,
            "form": form,
            "rows": form.rows(present),
            "crumbs": crumbs_to(request, found, school.name),
        },
    )


@requires(P.RECORD_VISIT)
def households(request, visit_id):
    """Compare households of a village with the survey, by form number and without names."""
    found = _visit_to(WRITE_DOWN, request, visit_id)
    survey = survey_of(found)
    villages = villages_of(survey) if survey else []
    asked = request.GET.get("village")
    village = next(
        (each for each in villages if each.key == asked), villages[0] if villages else None
    )
    surveyed = households_in(survey, village.key) if village else []
    checks = list(checks_of(found))
    form = HouseholdsForm(
        request.POST or None,
        surveyed=surveyed[:MOST_HOUSEHOLDS],
        checks={each.household_id: each for each in checks},
    )
    if request.method == "POST" and village is not None and form.is_valid():
        try:
            check_households(visit=found, village=village.key, met=form.met(), by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The households are saved."))
            return redirect(request.get_full_path())
    return render_form(
        request,
        "inspections/households.html",
        {
            "visit": found,
            "survey": survey,
            "villages": villages,
            "village": village,
            "form": form,
            "most": MOST_HOUSEHOLDS,
            "left_out": max(0, len(surveyed) - MOST_HOUSEHOLDS),
            "checked": count_checked(checks),
            "crumbs": crumbs_to(request, found, _("Households")),
        },
    )


@requires(P.RECORD_VISIT)
def supplement(request, visit_id):
    """Add to a recorded visit."""
    found = _visit_to(SUPPLEMENT, request, visit_id)
    form = SupplementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            supplement_visit(visit=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The supplement stands below the record."))
            return redirect("inspections:visit", found.pk)
    title = _("Add to the record")
    return render_form(
        request,
        "schools/asked.html",
        {
            "form": form,
            "title": title,
            "action": _("Add"),
            "about": _("The record itself stays as it was saved."),
            "back": reverse("inspections:visit", args=[found.pk]),
            "crumbs": crumbs_to(request, found, title),
        },
    )


@requires(P.RECORD_VISIT)
def scan_add(request, visit_id):
    """Keep the minutes as both sides signed them."""
    found = _visit_to(ADD_SCAN, request, visit_id)
    back = reverse("inspections:visit", args=[found.pk])
    return ask(
        request,
        ScanForm(request.POST or None, request.FILES or None),
        keep_scan,
        {"visit": found},
        done=_("The signed minutes are kept."),
        back=back,
        crumbs=crumbs_to(request, found, "")[:-1],
        title=_("Signed minutes"),
        action=_("Keep the file"),
    )


@requires(P.RECORD_VISIT, P.VIEW_PLANS, P.ANSWER_RECOMMENDATIONS)
@never_cache
def scan(request, visit_id, scan_id):
    """Signed minutes; the right to them is asked each time, and opening them leaves a row in the
    trail of names: what people wrote by hand may name a child."""
    found = scan_for(request.user, request.scope, visit_id, scan_id)
    if found is None:
        raise Http404
    name = _("Signed minutes, %(day)s, %(number)s") % {
        "day": timezone.localdate(found.made_at).strftime("%d-%m-%Y"),
        "number": found.pk,
    }
    answer = download_kept(found.file, name=name)
    names_shown(request, NamesKind.FILE)
    return answer


@requires(P.RECORD_VISIT, P.VIEW_PLANS)
def minutes(request, visit_id):
    """The minutes of a visit, to be printed and signed by both sides."""
    found = visit_for(request.user, request.scope, visit_id)
    if found is None:
        raise Http404
    return render(
        request,
        "inspections/minutes.html",
        {
            "visit": found,
            "team": [each for each in (found.member, *found.team.all()) if each is not None],
            "questions": selectors.checklist_of(found),
            "counts": selectors.counts_of(found),
            "recommendations": recommendations_of(found),
            "supplements": found.supplements.select_related("made_by"),
            "photos": selectors.photos_of(found).count(),
            "checks": list(checks_of(found)),
            "crumbs": crumbs_to(request, found, _("Minutes")),
        },
    )


def _visit_to(transition, request, visit_id):
    """A visit the reader may see and may now do this to."""
    found = visit_for(request.user, request.scope, visit_id)
    if found is None:
        raise Http404
    if not VISITS.may(transition, found, request.scope):
        raise PermissionDenied
    return found


def _asked_session(request):
    """The day and session of the address; without them the present ones."""
    now = timezone.localtime()
    session = request.GET.get("session")
    if session not in Session.values:
        session = Session.MORNING if now.hour < 12 else Session.AFTERNOON
    try:
        return parse_day(request.GET.get("date", "")), session
    except ValueError:
        return now.date(), session


def crumbs_to(request, visit, here):
    """Crumbs that end at a page `here` below the visit."""
    *above, last = visit_crumbs(request, visit)
    url = reverse("inspections:visit", args=[visit.pk])
    return [*above, {"label": last["label"], "url": url}, {"label": here, "url": ""}]
