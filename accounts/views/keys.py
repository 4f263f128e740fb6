"""Access keys: one's own, and everybody's for the administrator."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.form_pages import render_form
from core.middleware import tell_when_repeated
from core.permissions import Permission as P
from core.permissions import requires, signed_in

from .. import guessing
from .. import tokens as keys
from ..forms import TokenForm

KEYS_SHOWN = 50


@signed_in("one's own access keys")
@guessing.asks_password("password")
@never_cache
def tokens(request):
    """One's own access keys for other systems; a new one is shown once."""
    form = TokenForm(request.POST or None, request=request)
    secret = ""
    if request.method == "POST" and form.is_valid():
        token, secret = keys.make_token(
            user=request.user,
            **{name: form.cleaned_data[name] for name in ("name", "days", "scopes")},
        )
        form = TokenForm(request=request)
    context = {"form": form, "tokens": keys.tokens_of(request.user), "secret": secret}
    answer = render_form(request, "accounts/tokens.html", context)
    if secret:
        tell_when_repeated(
            answer,
            leads_to=reverse("accounts:tokens"),
            text=_(
                "The key “%(name)s” is made already, and its secret was shown that one time. "
                "If you did not copy it, revoke this key and make another."
            )
            % {"name": token.name},
        )
    return answer


@signed_in("one's own access keys")
def token_revoke(request, token_id):
    """Revoke one of one's own keys."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not keys.revoke_token(token_id=token_id, by=request.user, user=request.user):
        raise Http404
    messages.success(request, _("The key opens nothing any more."))
    return redirect("accounts:tokens")


@requires(P.MANAGE_USERS)
def all_tokens(request):
    """Everybody's access keys, for the administrator; no secret is kept that could be shown."""
    page = Paginator(keys.all_tokens(), KEYS_SHOWN).get_page(request.GET.get("page"))
    return render(request, "accounts/all_tokens.html", {"page": page})


@requires(P.MANAGE_USERS)
def any_token_revoke(request, token_id):
    """Revoke anybody's key."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not keys.revoke_token(token_id=token_id, by=request.user):
        raise Http404
    messages.success(request, _("The key opens nothing any more."))
    return redirect("accounts:all_tokens")
