"""Supervision clusters: the list, making and ending one, its communes from a day on."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ..areas.services.units import load_clusters
from ..asking import ask
from ..crumbs import Crumb
from ..models import Area
from . import selectors, services
from .forms import CommunesForm, EndClusterForm, NameForm, NewClusterForm


@requires(P.MANAGE_CLUSTERS)
def clusters(request: ScopedRequest) -> HttpResponse:
    """Every cluster with its communes, and the communes that lie in none."""
    found = selectors.overview(request.scope.date)
    return render(
        request,
        "schools/clusters.html",
        {
            "overview": found,
            "offered": selectors.on_offer(request.scope.date) if not found.rows else {},
            "today": request.scope.date,
        },
    )


@requires(P.MANAGE_CLUSTERS)
@require_POST
def clusters_take_over(request: ScopedRequest) -> HttpResponse:
    """Make the clusters that the installation knows, while there is none."""
    if not selectors.on_offer(request.scope.date):
        messages.error(request, _("There are clusters already, or months are closed."))
    else:
        load_clusters(by=request.user)
        messages.success(request, _("The clusters are made. Change them as you need."))
    return redirect("schools:clusters")


@requires(P.MANAGE_CLUSTERS)
def cluster_add(request: ScopedRequest) -> HttpResponse:
    """A new cluster from a day on."""
    form = NewClusterForm(
        request.POST or None,
        initial={"valid_from": request.scope.date},
        **_communes(request),
    )
    return _ask(
        request,
        form,
        services.make_cluster,
        {},
        done=_("The cluster is made."),
        title=_("A new cluster"),
        action=_("Make the cluster"),
    )


@requires(P.MANAGE_CLUSTERS)
def cluster_rename(request: ScopedRequest, cluster_id: int) -> HttpResponse:
    """Another name for a cluster."""
    found = _cluster(request, cluster_id)
    return _ask(
        request,
        NameForm(request.POST or None, initial={"name": found.name}),
        services.rename_cluster,
        {"cluster": found},
        done=_("The cluster has its new name."),
        title=_("Rename %(cluster)s") % {"cluster": found.title},
        about=_(
            "Roles, committees and plans of the cluster go on. Months before are shown under the "
            "new name too; what was published keeps the old one."
        ),
        action=_("Save"),
    )


@requires(P.MANAGE_CLUSTERS)
def cluster_communes(request: ScopedRequest, cluster_id: int) -> HttpResponse:
    """Put communes into a cluster from a day on."""
    found = _cluster(request, cluster_id)
    offered = _communes(request)
    inside = [pk for pk, cluster in offered["clusters"].items() if cluster == found]
    offered["communes"] = offered["communes"].exclude(pk__in=inside)
    form = CommunesForm(
        request.POST or None,
        initial={"valid_from": max(request.scope.date, found.valid_from)},
        **offered,
    )
    return _ask_communes(
        request, form, found, title=_("Put communes into %(cluster)s") % {"cluster": found.title}
    )


@requires(P.MANAGE_CLUSTERS)
def communes_out(request: ScopedRequest) -> HttpResponse:
    """Take communes out of their clusters from a day on."""
    offered = _communes(request)
    offered["communes"] = offered["communes"].filter(pk__in=list(offered["clusters"]))
    form = CommunesForm(request.POST or None, initial={"valid_from": request.scope.date}, **offered)
    return _ask_communes(request, form, None, title=_("Take communes out of their clusters"))


@requires(P.MANAGE_CLUSTERS)
def cluster_end(request: ScopedRequest, cluster_id: int) -> HttpResponse:
    """Let a cluster be no more from a day on."""
    found = _cluster(request, cluster_id)
    return _ask(
        request,
        EndClusterForm(request.POST or None),
        services.end_cluster,
        {"cluster": found},
        done=_("The cluster ends on that day."),
        title=_("End %(cluster)s") % {"cluster": found.title},
        warning=_(
            "From that day on its communes lie in no cluster, and who holds a role for it no "
            "longer sees them. What was filed under it stays."
        ),
        action=_("End the cluster"),
    )


@requires(P.MANAGE_CLUSTERS)
def cluster_take_back(request: ScopedRequest, membership_id: int) -> HttpResponse:
    """Take back a change of a commune's cluster whose day has not come."""
    found = selectors.membership_of(membership_id)
    if found is None:
        raise Http404
    return _ask(
        request,
        None,
        services.take_back,
        {"membership": found},
        done=_("The change is taken back."),
        title=_("Take back a change to come"),
        about=_("%(commune)s, %(cluster)s: the commune stays where it lies today.")
        % {"commune": found.commune.title, "cluster": found.cluster.title},
        action=_("Take it back"),
    )


def _cluster(request: ScopedRequest, cluster_id: int) -> Area:
    found = selectors.cluster_of(cluster_id, request.scope.date)
    if found is None:
        raise Http404
    return found


def _communes(request: ScopedRequest) -> dict[str, Any]:
    today = request.scope.date
    return {
        "communes": selectors.communes_to_place(today),
        "clusters": selectors.clusters_of(today),
    }


def _ask_communes(
    request: ScopedRequest, form: CommunesForm, cluster: Area | None, *, title: str
) -> HttpResponse:
    """Ask which communes, and say how many changed."""
    changed: list[Area] = []

    def put(**told: Any) -> None:
        changed.extend(services.put_communes(cluster=cluster, **told))

    return _ask(
        request,
        form,
        put,
        {},
        done=lambda: (
            ngettext("%(count)s commune changes.", "%(count)s communes change.", len(changed))
            % {"count": len(changed)}
        ),
        title=title,
        action=_("Save"),
    )


def _ask(
    request: ScopedRequest, form: Any, service: Any, given: dict[str, Any], **page: Any
) -> HttpResponse:
    back = reverse("schools:clusters")
    crumbs: list[Crumb] = [{"label": _("Supervision clusters"), "url": back}]
    return ask(request, form, service, given, back=back, crumbs=crumbs, **page)
