"""The checklist with the guided start, the schools behind it, and the first account."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import door
from accounts.tasks import make_accounts
from core.form_pages import render_form
from core.jobs.dispatch import enqueue
from core.permissions import Permission as P
from core.permissions import public, requires
from schools.form_refusals import show_refusal

from . import first_administrator as first
from .checklist import checklist, states_for
from .forms import FirstAdministratorForm
from .steps import steps

PAGE_SIZE = 30
KEY = "first_administrator"


@requires(P.VIEW_STAFF)
def readiness(request):
    """What is missing before the first morning; above it the steps, while some are to be done."""
    guided = steps(request.scope) if request.scope.may(P.MANAGE_YEARS) else []
    done = [step.is_done for step in guided]
    return render(
        request,
        "readiness/page.html",
        {
            "checklist": checklist(request.scope),
            "steps": guided if not all(done) else [],
            "current": done.index(False) + 1 if not all(done) else 0,
        },
    )


@requires(P.VIEW_STAFF)
def readiness_schools(request):
    """The schools, the one that lacks most first."""
    page = Paginator(states_for(request.scope), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "readiness/schools.html",
        {
            "page": page,
            "crumbs": [
                {"label": _("Ready for school?"), "url": reverse("readiness")},
                {"label": _("By school")},
            ],
        },
    )


@public("on an empty installation nobody can be signed in; the link is signed by its key")
@never_cache
def first_link(request, token):
    """Where the printed link leads; the token goes from the address into the session."""
    if not first.is_wanted():
        return redirect("accounts:sign_in")
    if not first.opens(token):
        return render(request, "readiness/link_over.html", status=410)
    request.session[KEY] = token
    return redirect("first_administrator")


@public("on an empty installation nobody can be signed in; the link is signed by its key")
@never_cache
def first_administrator(request):
    """Make the first account, then sign in with it; closed as soon as somebody has one."""
    if not first.is_wanted():
        return redirect("accounts:sign_in")
    if not first.opens(request.session.get(KEY, "")):
        return render(request, "readiness/link_over.html", status=410)
    form = FirstAdministratorForm(
        request.POST or None, may_name_officer=first.province() is not None
    )
    if request.method == "POST" and form.is_valid():
        try:
            user, batch = _made(form)
        except ValidationError as error:
            show_refusal(form, error)
        else:
            request.session.pop(KEY, None)
            messages.success(request, _("The account is made, and you are signed in with it."))
            leads_to = reverse("accounts:batch", args=[batch.pk]) if batch else reverse("home")
            return door.let_in(request, user, leads_to=leads_to, draft=None)
    return render_form(
        request,
        "readiness/first_administrator.html",
        {"form": form},
    )


@transaction.atomic
def _made(form):
    """(the first account, the batch with the officer's or None)."""
    user = first.make(**form.values())
    name = form.cleaned_data.get("officer_name")
    if not name:
        return user, None
    batch = first.ask_for_officer(full_name=name, by=user)
    enqueue(make_accounts, slow=True, batch_id=str(batch.pk))
    return user, batch
