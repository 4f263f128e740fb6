"""A forgotten password: a link by e-mail, or a code from whoever answers for the account."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.form_pages import render_form
from core.jobs.dispatch import enqueue
from core.middleware import tell_when_repeated
from core.permissions import Permission as P
from core.permissions import public, requires

from .. import guessing
from ..giving.reach import may_reset
from ..giving.selectors import person_in
from ..tasks import mail_reset_link
from .forms import ForgottenForm
from .services import (
    account_of_link,
    choose_password,
    code_minutes,
    find_account,
    give_code,
    link_minutes,
)

KEY = "reset_link"


@public("whoever forgot the password is not signed in")
@never_cache
def forgotten(request):
    """Who gives a new code, and a link by e-mail where letters are sent.

    The answer is the same whether there is such an account or not, and takes as long.
    """
    form = ForgottenForm(request.POST or None)
    context = {"form": form, "sends": settings.EMAIL_CONFIGURED, "minutes": link_minutes()}
    status = 200
    if request.method == "POST" and settings.EMAIL_CONFIGURED and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            guessing.of_forgotten(request, name)
        except guessing.Locked as locked:
            status = 429
            context |= guessing.locked_context(locked)
        else:
            enqueue(mail_reset_link, slow=True, user_id=find_account(name))
            context["asked"] = True
    return render(request, "accounts/forgotten.html", context, status=status)


forgotten.keeps_what_it_refuses = True


@public("whoever has the link of an e-mail is not signed in")
@never_cache
def reset(request, uid, token):
    """Where the link of an e-mail leads; the token goes from the address into the session."""
    if account_of_link(uid, token) is None:
        return _is_over(request)
    request.session[KEY] = [uid, token]
    return redirect("accounts:reset_choose")


@public("whoever has the link of an e-mail is not signed in")
@never_cache
def reset_choose(request):
    """Choose a new password by a link; then sign in with it."""
    uid, token = request.session.get(KEY) or ("", "")
    user = account_of_link(uid, token) if uid else None
    if user is None:
        return _is_over(request)
    form = SetPasswordForm(user, request.POST or None)
    form.fields["new_password1"].help_text = ""
    if request.method == "POST" and form.is_valid():
        password = form.cleaned_data["new_password1"]
        if choose_password(uid=uid, token=token, password=password) is None:
            return _is_over(request)
        request.session.pop(KEY, None)
        messages.success(request, _("The password is changed. Sign in with it now."))
        return redirect("accounts:sign_in")
    context = {"form": form, "person": user}
    return render_form(request, "accounts/reset_choose.html", context)


reset_choose.keeps_what_it_refuses = True


def _is_over(request):
    messages.error(
        request,
        _(
            "This link opens nothing any more: it was used, its time is over, or a newer password"
            " was set. Ask for another one."
        ),
    )
    return redirect("accounts:forgotten")


@requires(P.GIVE_ROLES)
@never_cache
def code_give(request, user_id):
    """A one-time code for somebody on the phone, shown once."""
    person = person_in(request.scope, user_id)
    if person is None:
        raise Http404
    if not may_reset(request.scope, person):
        raise PermissionDenied
    url = reverse("accounts:person", args=[person.pk])
    crumbs = [
        {"label": _("Accounts"), "url": reverse("accounts:people")},
        {"label": str(person), "url": url},
        {"label": _("One-time code")},
    ]
    context = {"person": person, "minutes": code_minutes(), "crumbs": crumbs}
    if request.method != "POST":
        return render(request, "accounts/code_give.html", context)
    context["code"], context["until"] = give_code(scope=request.scope, person=person)
    answer = render(request, "accounts/code_give.html", context)
    return tell_when_repeated(
        answer,
        leads_to=url,
        text=_("The code was shown that one time. If it was not heard, give another."),
    )
