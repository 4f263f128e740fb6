"""Pages of the month's path, and of what was published."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.access import reach
from core.documents.downloads import download
from core.form_pages import render_form
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from schools.areas.selectors.tree import area_in
from schools.directory.selectors.schools import commune_of, school_in
from schools.enums import AreaLevel
from schools.form_refusals import show_refusal
from schools.period_picker import picker
from schools.school_years.periods import asked_period

from ..indicators import JUDGED
from ..models import MonthAssessment, MonthConfirmation
from ..models.month_steps import (
    ACCEPT,
    ASSESSMENTS,
    CONFIRM,
    CONFIRMATIONS,
    GIVE_BACK,
    SEND,
    WITHDRAW,
    WRITE,
)
from . import services, wording
from .comparison import Comparison, communes_of, publication_in
from .details import DetailAltered
from .drafting import draft_of
from .forms import AssessmentForm, ConfirmForm, PublishForm, ReasonForm
from .open_data import as_adx, as_csv
from .reminding import late_ones, remind_late
from .selectors import (
    assessment_of,
    confirmation_of,
    latest_publication,
    own_communes,
    receipts_of,
    replacement_of,
)
from .steps import PUBLISH, deadlines, lacking_of, path_of

# Who has a step in the path, or follows those who have.
WALKERS = (P.CONFIRM_MONTH, P.ASSESS_MONTH, P.REVIEW_MONTH, P.PUBLISH_MONTH)

# Corrections on one page of a publication; their sums are of all.
EFFECTS_SHOWN = 30


@requires(*WALKERS)
def month(request):
    """Lead the reader to the month of their school or area."""
    asked = _query(request)
    for permission in WALKERS[::-1]:
        areas = request.scope.areas_granted(permission)
        if areas:
            return redirect(reverse("reports:month_area", args=[areas[0]]) + asked)
    schools = request.scope.places(P.CONFIRM_MONTH).schools
    return redirect(reverse("reports:month_school", args=[min(schools)]) + asked)


@requires(*WALKERS)
def month_area(request, area_id):
    """The steps of an area's month: who is done, who is late, and what the reader does now."""
    found = _area(request.scope, area_id)
    period = _period(request)
    path = path_of(found, period.month)
    may_publish = found.pk in request.scope.areas_granted(P.PUBLISH_MONTH)
    before = latest_publication(found, period.month) if may_publish else None
    return render(
        request,
        "reports/month_area.html",
        {
            "path": path,
            "finding": wording.path(path),
            "steps": wording.steps(path),
            "period": picker(request, period),
            "month": period.month,
            "is_commune": found.level == AreaLevel.COMMUNE,
            "row": next((row for row in path.communes if row.area.pk == found.pk), None),
            "may_publish": may_publish and path.publication is None and path.step(PUBLISH).total,
            "before": before if path.publication is None else None,
            "sees_schools": request.scope.may(P.VIEW_SCHOOL),
            "late": late_ones(path)
            if found.pk in request.scope.places(P.REMIND_SCHOOLS).areas
            else None,
            "crumbs": _area_crumbs(request.scope, found, period.month),
        },
    )


@requires(P.REMIND_SCHOOLS)
@require_POST
def month_remind(request, area_id):
    """Remind who is late with the steps of an area's month."""
    found = reach(request.scope, P.REMIND_SCHOOLS, lambda places: area_in(places, area_id))
    month = _period(request).month
    try:
        done = remind_late(area=found, month=month, by=request.user)
    except ValidationError as error:
        messages.info(request, error.message)
    else:
        messages.success(request, wording.reminded(done))
    return redirect(_month_url("reports:month_area", found.pk, month))


@requires(*WALKERS)
def month_school(request, school_id):
    """What a school's month lacks, and the word of its head that it is complete."""
    found = _school(request.scope, school_id)
    period = _period(request)
    month = period.month
    confirmation = confirmation_of(found, month) or MonthConfirmation(
        school=found, month=month.first
    )
    lacking = lacking_of(found, month)
    may_confirm = CONFIRMATIONS.may(CONFIRM, confirmation, request.scope)
    form = ConfirmForm(request.POST or None, is_lacking=bool(lacking))
    if request.method == "POST":
        if not _confirms(request.scope, found):
            raise PermissionDenied
        if form.is_valid():
            try:
                services.confirm_month(
                    school=found, month=month, by=request.user, **form.cleaned_data
                )
            except ValidationError as error:
                show_refusal(form, error)
            else:
                messages.success(
                    request, _("Month %(month)s is confirmed.") % {"month": month.label}
                )
                return redirect(_month_url("reports:month_school", found.pk, month))
    return render_form(
        request,
        "reports/month_school.html",
        {
            "school": found,
            "month": month,
            "confirmation": confirmation,
            "lacking": lacking,
            "registers": _by_label(lacking.registers),
            "due_on": deadlines(month)["confirm"],
            "may_confirm": may_confirm,
            "may_withdraw": CONFIRMATIONS.may(WITHDRAW, confirmation, request.scope),
            "is_over": month < Month.current(),
            "is_published": wording.is_closed(CONFIRMATIONS, confirmation),
            "sees_registers": request.scope.may(P.VIEW_REGISTER),
            "form": form,
            "period": picker(request, period),
            "crumbs": _school_crumbs(request.scope, found, month),
        },
    )


@requires(P.CONFIRM_MONTH)
def month_withdraw(request, school_id):
    """Take a school's confirmation back, with a reason."""
    found = reach(request.scope, P.CONFIRM_MONTH, lambda places: school_in(places, school_id))
    month = _period(request).month
    confirmation = confirmation_of(found, month)
    back = _month_url("reports:month_school", found.pk, month)
    if confirmation is None or not CONFIRMATIONS.may(WITHDRAW, confirmation, request.scope):
        messages.warning(request, _("This month is not confirmed, or is closed by now."))
        return redirect(back)
    return _ask_reason(
        request,
        lambda reason: services.withdraw_confirmation(
            confirmation=confirmation, reason=reason, by=request.user
        ),
        title=_("Take the confirmation back"),
        about=_("%(school)s, month %(month)s") % {"school": found.name, "month": month.label},
        done=_("The confirmation is taken back. Confirm the month again when it is gone over."),
        back=back,
    )


@requires(P.ASSESS_MONTH, P.REVIEW_MONTH)
def assessment(request, area_id):
    """Write the assessment of a commune's month, send it, or accept it."""
    found = _commune(request.scope, area_id)
    period = _period(request)
    month = period.month
    row = assessment_of(found, month) or MonthAssessment(area=found, month=month.first)
    may = {
        each.name: ASSESSMENTS.may(each, row, request.scope)
        for each in (WRITE, SEND, ACCEPT, GIVE_BACK)
    }
    form = None
    if may["write"]:
        form = AssessmentForm(request.POST or None, initial=_initial(row, found, month))
    if request.method == "POST":
        done = _decide(request, row, found, month, form)
        if done:
            messages.success(request, done)
            return redirect(_month_url("reports:month_assessment", found.pk, month))
    return render_form(
        request,
        "reports/month_assessment.html",
        {
            "commune": found,
            "month": month,
            "row": row,
            "form": form,
            "may": may,
            "is_drafted": not row.version,
            "due_on": deadlines(month),
            "period": picker(request, period),
            "is_over": month < Month.current(),
            "is_published": wording.is_closed(ASSESSMENTS, row),
            "crumbs": [
                *_area_crumbs(request.scope, found, month, link_here=True),
                {"label": _("Assessment")},
            ],
        },
        refused=request.method == "POST",
    )


@requires(P.REVIEW_MONTH)
def assessment_return(request, area_id):
    """Give the assessment of a commune's month back to its writer, with a reason."""
    found = _commune(request.scope, area_id, P.REVIEW_MONTH)
    month = _period(request).month
    row = assessment_of(found, month)
    back = _month_url("reports:month_assessment", found.pk, month)
    if row is None or not ASSESSMENTS.may(GIVE_BACK, row, request.scope):
        messages.warning(request, _("This assessment was not sent, or the month is closed by now."))
        return redirect(back)
    return _ask_reason(
        request,
        lambda reason: services.give_back_assessment(
            assessment=row, reason=reason, by=request.user
        ),
        title=_("Give the assessment back"),
        about=_("%(commune)s, month %(month)s") % {"commune": found.title, "month": month.label},
        done=_("The assessment is given back to be changed."),
        back=back,
    )


@requires(P.PUBLISH_MONTH)
def publish(request, area_id):
    """Close and publish an area's month, after what is not done is listed."""
    found = reach(request.scope, P.PUBLISH_MONTH, lambda places: area_in(places, area_id))
    month = _period(request).month
    path = path_of(found, month)
    form = PublishForm(request.POST or None, is_complete=path.is_complete)
    back = _month_url("reports:month_area", found.pk, month)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.publish_month(area=found, month=month, by=request.user)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(
                request,
                _("Month %(month)s is published under the code %(code)s.")
                % {"month": month.label, "code": made.code},
            )
            return redirect("reports:publication", made.pk)
    return render_form(
        request,
        "reports/month_publish.html",
        {
            "area": found,
            "month": month,
            "path": path,
            "steps": [step for step in wording.steps(path) if step.code != PUBLISH],
            "form": form,
            "back": back,
            "crumbs": [
                *_area_crumbs(request.scope, found, month, link_here=True),
                {"label": _("Close and publish")},
            ],
        },
    )


@requires(P.VIEW_FIGURES)
def publication(request, publication_id):
    """Figures published, figures now, and the corrections between; of the reader's places."""
    places = request.scope.places_to_read(P.VIEW_FIGURES)
    found = publication_in(places, publication_id)
    compared = Comparison(found, places) if found is not None else None
    if compared is None or not compared.areas:
        raise Http404
    asked = request.GET.get("area", "")
    area = next((each for each in compared.areas if each.code == asked), compared.areas[0])
    moved, rows = compared.moved, compared.of(area)
    try:
        explained, altered = compared.explained(area), ""
    except DetailAltered as error:
        explained, altered = None, " ".join(error.messages)
    effects = Paginator(explained.effects if explained else [], EFFECTS_SHOWN)
    is_open = found.lock.unlocked_at is not None
    may_publish = found.area_id in request.scope.places(P.PUBLISH_MONTH).areas
    return render(
        request,
        "reports/publication.html",
        {
            "publication": found,
            "month": Month.of(found.month),
            "replaced_by": replacement_of(found),
            "is_open": is_open,
            "area": area,
            "rows": [row for row in rows if not row.level],
            "by_level": [row for row in rows if row.level],
            "finding": wording.moved(found, area, moved.get(area.pk, 0)),
            "others": [
                (each, moved[each.pk])
                for each in compared.areas
                if each.pk in moved and each.pk != area.pk
            ],
            "stale": compared.stale,
            "explained": explained,
            "altered": altered,
            "attendance": next((row for row in rows if _is_attendance(row)), None),
            "page": effects.get_page(request.GET.get("page")),
            "may_reopen": may_publish and not is_open,
            "receipts": _receipts(request.scope, compared, is_open=is_open),
            "may_export": request.scope.may(P.EXPORT_FIGURES),
            "crumbs": [
                {"label": _("Closing the month"), "url": reverse("reports:month")},
                {"label": _("Published figures")},
            ]
            if any(request.scope.may(each) for each in WALKERS)
            else [{"label": _("Published figures")}],
        },
    )


@requires(P.ASSESS_MONTH)
@require_POST
def acknowledge(request, publication_id):
    """A commune says that it has read the results of a month."""
    found = reach(
        request.scope,
        P.ASSESS_MONTH,
        lambda places: publication_in(places, publication_id),
        reading=True,
    )
    inside = communes_of(found)
    own = {each.code: each for each in own_communes(request.scope) if each.pk in inside}
    if not own:
        raise PermissionDenied
    commune = own.get(request.POST.get("area", next(iter(own))))
    if commune is None:
        raise Http404
    try:
        services.acknowledge_results(publication=found, commune=commune, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(
            request, _("%(commune)s has acknowledged the results.") % {"commune": commune.title}
        )
    page = reverse("reports:publication", args=[found.pk])
    return redirect(f"{page}?area={commune.code}")


@requires(P.EXPORT_FIGURES)
def publication_csv(request, publication_id):
    """The published figures as open data: CSV without the small counts."""
    return _open_data(request, publication_id, as_csv, "csv", "text/csv")


@requires(P.EXPORT_FIGURES)
def publication_adx(request, publication_id):
    """The same for systems that import aggregates: ADX."""
    return _open_data(request, publication_id, as_adx, "xml", "application/xml")


def _open_data(request, publication_id, write, ending, content_type):
    found = reach(
        request.scope,
        P.EXPORT_FIGURES,
        lambda places: publication_in(places, publication_id),
        reading=True,
    )
    name = f"so-da-cong-bo-{found.area.code}-{found.month:%Y-%m}-{found.code}.{ending}"
    return download(write(found).encode(), name=name, content_type=f"{content_type}; charset=utf-8")


@requires(P.PUBLISH_MONTH)
def reopen(request, publication_id):
    """Open the registers of a published month again, with a reason."""

    def find(places):
        found = publication_in(places, publication_id)
        return found if found is not None and found.area_id in places.areas else None

    found = reach(request.scope, P.PUBLISH_MONTH, find, reading=True)
    return _ask_reason(
        request,
        lambda reason: services.reopen_month(publication=found, by=request.user, reason=reason),
        title=_("Open the published month again"),
        about=_(
            "%(publication)s, code %(code)s. Registers can be corrected again; what was published "
            "stays as it is until the month is published anew."
        )
        % {"publication": found, "code": found.code},
        done=_("The month is open again. Publish it anew when it is corrected."),
        back=reverse("reports:publication", args=[found.pk]),
    )


def _receipts(scope, compared, *, is_open):
    """Which communes of the reader have read the results; `to_give` is for those that may say so.

    Two queries whatever the number of communes.
    """
    communes = [each for each in compared.areas if each.level == AreaLevel.COMMUNE]
    given = receipts_of(compared.publication)
    own = {each.pk for each in own_communes(scope)}
    return {
        "total": len(communes),
        "given": [(each, given[each.pk]) for each in communes if each.pk in given],
        "waiting": [each for each in communes if each.pk not in given],
        "to_give": [
            each for each in communes if each.pk in own and each.pk not in given and not is_open
        ],
    }


def _decide(request, row, commune, month, form):
    """Do what the button says; the sentence that tells of it, or None when it was refused."""
    try:
        if "accept" in request.POST:
            services.accept_assessment(assessment=row, by=request.user)
            return _("The assessment is accepted.")
        if form is None:
            # Sent or accepted meanwhile, or not theirs to write: the table says which.
            ASSESSMENTS.check(WRITE, row, request.scope)
            return None
        if not form.is_valid():
            return None
        written = services.write_assessment(
            commune=commune, month=month, by=request.user, **form.cleaned_data
        )
        if "send" not in request.POST:
            return _("The assessment is kept. Send it when it is finished.")
        services.send_assessment(assessment=written, by=request.user)
    except ValidationError as error:
        if form is None:
            messages.error(request, " ".join(error.messages))
        else:
            show_refusal(form, error)
        return None
    return _("The assessment is sent.")


def _is_attendance(row):
    return not row.level and row.indicator.code == JUDGED


def _by_label(registers):
    """[(class and session, its registers)], in the order given."""
    by = {}
    for each in registers:
        by.setdefault(each.label, []).append(each)
    return list(by.items())


def _initial(row, commune, month):
    text, measures = (row.text, row.measures) if row.version else draft_of(commune, month)
    return {"text": text, "measures": measures, "seen": row.version}


def _ask_reason(request, act, *, title, about, done, back):
    """A page that asks why, and then does it."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data["reason"])
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, done)
            return redirect(back)
    return render_form(
        request,
        "schools/form.html",
        {
            "form": form,
            "title": title,
            "note": about,
            "action": title,
            "back": back,
            "crumbs": [{"label": _("Closing the month"), "url": back}, {"label": title}],
        },
    )


def _area(scope, area_id):
    """An area inside the places of any step of the path."""
    for permission in WALKERS:
        found = area_in(scope.places_to_read(permission), area_id)
        if found is not None:
            return found
    return reach(scope, P.REVIEW_MONTH, lambda places: area_in(places, area_id), reading=True)


def _commune(scope, area_id, *permissions):
    for permission in permissions or (P.ASSESS_MONTH, P.REVIEW_MONTH):
        found = area_in(scope.places_to_read(permission), area_id)
        if found is not None and found.level == AreaLevel.COMMUNE:
            return found
    found = reach(scope, P.REVIEW_MONTH, lambda places: area_in(places, area_id), reading=True)
    if found.level != AreaLevel.COMMUNE:
        raise Http404
    return found


def _school(scope, school_id):
    """A school of the reader's: its own head's, or of an office with a step above it."""
    for permission in WALKERS:
        found = school_in(scope.places_to_read(permission), school_id)
        if found is not None:
            return found
    return reach(scope, P.CONFIRM_MONTH, lambda places: school_in(places, school_id), reading=True)


def _confirms(scope, school):
    return school_in(scope.places(P.CONFIRM_MONTH), school.pk) is not None


def _period(request):
    """The month asked for; without one the last month, whose path is being walked."""
    asked = request.GET.get("month") or str(Month.current().plus(-1))
    return asked_period({"month": asked})


def _query(request):
    return f"?month={_period(request).month}" if "month" in request.GET else ""


def _month_url(name, pk, month):
    return f"{reverse(name, args=[pk])}?month={month}"


def _area_crumbs(scope, area, month, *, link_here=False):
    """The areas above that the reader may open, from the highest down."""
    seen = set().union(*(scope.places(each).areas for each in WALKERS))
    chain = [each for each in scope.tree.ancestors(area.pk) if each.pk in seen] or [area]
    return [
        {
            "label": each.title,
            "url": _month_url("reports:month_area", each.pk, month)
            if link_here or each.pk != area.pk
            else "",
        }
        for each in chain
    ]


def _school_crumbs(scope, school, month):
    if not any(scope.places(each).areas for each in WALKERS):
        return [{"label": school.name}]
    commune = commune_of(school, on=scope.date)
    return [*_area_crumbs(scope, commune, month, link_here=True), {"label": school.name}]
