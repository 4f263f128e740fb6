"""Pages of campaigns: the log of a place, one entry to mend."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.form_pages import render_form
from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest
from schools.form_refusals import show_refusal

from ..cases.selectors.counts import year_began
from ..models.cases import places_followed
from . import selectors, services
from .forms import CampaignForm

PER_PAGE = 50


@requires(P.VIEW_FIGURES)
def campaigns(request: ScopedRequest) -> HttpResponse:
    """The log of the reader's places, the latest first; who follows children there adds to it."""
    places = request.scope.places_to_read(P.VIEW_FIGURES)
    if not places.areas:
        raise Http404
    may_note = bool(places_followed(request.scope).areas)
    form = _form(request, held_on=request.scope.date) if may_note else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            try:
                services.note_campaign(by=request.user, **form.cleaned_data)
            except ValidationError as error:
                show_refusal(form, error)
            else:
                messages.success(request, _("The campaign is noted."))
                return redirect("mobilisation:campaigns")
    found = selectors.campaigns_in(places)
    since = year_began(request.scope.date)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": page.object_list,
        "form": form,
        "sums": selectors.sums_of(found, since=since),
        "since": since,
        "may_change": places_followed(request.scope).areas,
        "crumbs": _crumbs(),
    }
    return render_form(request, "mobilisation/campaigns/list.html", context)


@requires(P.FOLLOW_CHILDREN)
def campaign(request: ScopedRequest, campaign_id: int) -> HttpResponse:
    """Mend what was noted of a campaign."""
    found = selectors.campaign_in(places_followed(request.scope), campaign_id)
    if found is None:
        raise Http404
    form = _form(request, **{name: getattr(found, name) for name in services.TOLD})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_campaign(campaign=found, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("The campaign is changed."))
            return redirect("mobilisation:campaigns")
    context = {
        "form": form,
        "title": _("Change a campaign"),
        "action": _("Save"),
        "back": reverse("mobilisation:campaigns"),
        "crumbs": [*_crumbs(reverse("mobilisation:campaigns")), {"label": str(found), "url": ""}],
    }
    return render_form(request, "mobilisation/cases/form.html", context)


def _form(request: ScopedRequest, **initial: object) -> CampaignForm:
    places = places_followed(request.scope)
    communes = selectors.communes_to_note(places, request.scope.date)
    return CampaignForm(request.POST or None, communes=communes, initial=initial)


def _crumbs(url: str = "") -> list[dict[str, str]]:
    return [
        {"label": _("Children of the communes"), "url": reverse("mobilisation:communes")},
        {"label": _("Campaigns"), "url": url},
    ]
