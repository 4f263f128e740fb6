"""Photos of a visit: sent by a page or by the device that kept them, read with a trail."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from core.documents.downloads import download_kept
from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.workflow import IllegalTransition
from schools.access_trail import names_shown
from schools.enums import NamesKind
from schools.form_refusals import show_refusal

from ..forms import PhotoForm
from ..models import Visit
from ..models.visits import ADD_LATE_PHOTO, ADD_PHOTO, REMOVE_PHOTO, VISITS
from ..selectors import findings as selectors
from ..selectors.visits import visit_for
from ..services import photos as services
from .findings import crumbs_to

JSON = "application/json"
# How a device is answered; "later" it tries again by itself, anything else it shows to its person.
STATUS = {"later": 429}


@requires(P.RECORD_VISIT, P.VIEW_PLANS)
def photos(request, visit_id):
    """Photos of a visit; the team adds one, from the page or from what a device kept."""
    found = _visit(request, visit_id)
    act = ADD_LATE_PHOTO if found.state == Visit.State.DONE else ADD_PHOTO
    is_device = request.headers.get("Accept", "").startswith(JSON)
    form = None
    if VISITS.may(act, found, request.scope):
        form = PhotoForm(
            request.POST or None, request.FILES or None, questions=selectors.checklist_of(found)
        )
    if request.method == "POST":
        if form is None:
            return _closed(request, found, act, is_device=is_device)
        answer = _add(request, found, form, is_device=is_device)
        if answer is not None:
            return answer
    return render_form(
        request,
        "inspections/photos.html",
        {
            "visit": found,
            "photos": selectors.photos_of(found),
            "may_remove": VISITS.may(REMOVE_PHOTO, found, request.scope),
            "form": form,
            "crumbs": crumbs_to(request, found, _("Photos")),
        },
    )


@requires(P.RECORD_VISIT, P.VIEW_PLANS)
@never_cache
def photo(request, visit_id, photo_id):
    """One photo; the right to it is asked each time, and who opened it is written down."""
    found = selectors.photo_of(_visit(request, visit_id), photo_id)
    if found is None:
        raise Http404
    name = _("Photo of a visit, %(day)s, %(number)s") % {
        "day": found.made_at.strftime("%d-%m-%Y"),
        "number": found.pk,
    }
    answer = download_kept(found.file, name=name)
    names_shown(request, NamesKind.FILE)
    return answer


@require_POST
@requires(P.RECORD_VISIT)
def photo_remove(request, visit_id, photo_id):
    """Take a photo out of a visit that is not recorded yet."""
    visit = _visit(request, visit_id)
    found = selectors.photo_of(visit, photo_id)
    if found is None:
        raise Http404
    if not VISITS.may(REMOVE_PHOTO, visit, request.scope):
        raise PermissionDenied
    services.remove_photo(photo=found, by=request.user)
    messages.success(request, _("The photo is taken out."))
    return redirect("inspections:photos", visit.pk)


def _visit(request, visit_id):
    found = visit_for(request.user, request.scope, visit_id)
    if found is None:
        raise Http404
    return found


def _closed(request, visit, act, *, is_device):
    """The answer where nobody, or not this person, adds a photo; a device shows why."""
    try:
        VISITS.check(act, visit, request.scope)
    except IllegalTransition as error:
        if is_device:
            return _refused(error.messages[0], error.code)
    raise PermissionDenied


def _add(request, visit, form, *, is_device):
    """The answer to a photo sent; None: the form is shown again with what to mend."""
    if not form.is_valid():
        return _refused(_first_error(form), "invalid") if is_device else None
    told = form.cleaned_data
    try:
        kept = services.add_photo(
            visit=visit,
            upload=told["photo"],
            op_id=told["op_id"],
            item_id=told["item"],
            taken_at=told["taken_at"],
            by=request.user,
        )
    except ValidationError as error:
        if is_device:
            return _refused(error.messages[0], getattr(error, "code", "") or "refused")
        show_refusal(form, error)
        return None
    if is_device:
        return JsonResponse({"op_id": str(kept.op_id), "photo": kept.pk}, status=201)
    messages.success(request, _("The photo is kept."))
    return redirect("inspections:photos", visit.pk)


def _refused(sentence, code):
    return JsonResponse({"code": code, "message": sentence}, status=STATUS.get(code, 422))


def _first_error(form):
    return next(error for errors in form.errors.values() for error in errors)
