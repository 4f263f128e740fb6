"""New accounts: names, a look at the user names, the making, and the slips once."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.form_pages import render_form
from core.jobs.dispatch import enqueue
from core.permissions import Permission as P
from core.permissions import requires
from schools.form_refusals import show_refusal

from ...giving import selectors as people_below
from ...roles import ROLES
from ...tasks import make_accounts
from ..forms import NewAccountsForm
from ..parsing import MOST_LINES, Reader
from ..selectors import batch_of, batches_of, lines_of
from ..services import (
    SLIPS_KEPT,
    ask_for_accounts,
    ask_for_slips_again,
    cancel_batch,
    take_slips,
)

PEOPLE_PER_PAGE = 100


@requires(P.GIVE_ROLES)
@never_cache
def issue(request):
    """Paste names, look at what would be made, make it."""
    form = NewAccountsForm(request.POST or None, scope=request.scope)
    context = {
        "form": form,
        "most": MOST_LINES,
        "crumbs": [*_crumbs(), {"label": _("New accounts")}],
    }
    if request.method == "POST" and form.is_valid():
        role, school = form.cleaned_data["role"], form.cleaned_data["school"]
        try:
            lines = Reader(request.scope, role, school).read(form.cleaned_data["names"])
            context |= {
                "lines": lines,
                "role": ROLES[role],
                "count": sum(line.person is not None for line in lines),
                "wrong": sum(bool(line.problems) for line in lines),
            }
            if request.POST.get("step") == "make":
                batch = ask_for_accounts(
                    scope=request.scope,
                    people=_ticked(request, lines),
                    valid_from=form.cleaned_data["valid_from"],
                )
                enqueue(make_accounts, slow=True, batch_id=str(batch.pk))
                return redirect("accounts:batch", batch.pk)
        except ValidationError as refusal:
            show_refusal(form, refusal)
    else:
        context["batches"] = batches_of(request.user)
    return render_form(request, "accounts/issue.html", context)


def _ticked(request, lines):
    """The people whose lines are ticked."""
    ticked = set(request.POST.getlist("line"))
    return [line.person for line in lines if line.person and str(line.number) in ticked]


@requires(P.GIVE_ROLES)
@never_cache
def batch(request, batch_id):
    """What became of a batch: progress, then user names and the slips."""
    found = _batch(request, batch_id)
    page = Paginator(lines_of(found), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "accounts/batch.html",
        {
            "batch": found,
            "page": page,
            "cancel_url": reverse("accounts:batch_cancel", args=[found.pk]),
            "crumbs": [*_crumbs(), {"label": _("Slips") if found.is_again else _("New accounts")}],
            "kept_minutes": int(SLIPS_KEPT.total_seconds() // 60),
        },
    )


@requires(P.GIVE_ROLES)
def batch_cancel(request, batch_id):
    """Make no more accounts of a batch."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = _batch(request, batch_id)
    if not cancel_batch(batch=found, by=request.user):
        messages.error(request, _("It was too late to cancel: the work had ended already."))
    return redirect("accounts:batch", found.pk)


@requires(P.GIVE_ROLES)
@never_cache
def slips(request, batch_id):
    """The PDF of slips, once."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = _batch(request, batch_id)
    content = take_slips(batch=found, by=request.user)
    if content is None:
        messages.error(
            request,
            _("The slips were downloaded before, or their time is over. Have new ones made."),
        )
        return redirect("accounts:batch", found.pk)
    answer = HttpResponse(content, content_type="application/pdf")
    name = f"phieu-tai-khoan-{found.made_at:%Y-%m-%d}.pdf"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@requires(P.GIVE_ROLES)
def slips_again(request, school_id):
    """New slips for those of a school who never signed in."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    school = people_below.school_in_reach(request.scope, school_id)
    if school is None:
        raise Http404
    lines = people_below.accounts(request.scope, school=school)
    try:
        found = ask_for_slips_again(
            scope=request.scope, people=[line.user for line in lines], place=str(school)
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect(f"{reverse('accounts:people')}?school={school.pk}")
    enqueue(make_accounts, slow=True, batch_id=str(found.pk))
    return redirect("accounts:batch", found.pk)


def _batch(request, batch_id: uuid.UUID):
    found = batch_of(request.user, batch_id)
    if found is None:
        raise Http404
    return found


def _crumbs():
    return [{"label": _("Accounts"), "url": reverse("accounts:people")}]
