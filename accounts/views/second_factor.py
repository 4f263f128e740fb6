"""The second step of one's own sign-in: phones, passkeys and recovery codes."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from core.form_pages import render_form
from core.permissions import signed_in

from .. import door, guessing, passkeys, second_factor, sessions
from ..forms import OwnPasswordForm, PasskeyForm, PhoneForm

# The secret of a phone that is being set up, in the session.
SECRET = "phone_secret"


@signed_in("one's own sign-in")
@never_cache
def second_factor_page(request):
    """What one takes the second step with, and what is left of the recovery codes."""
    context = {
        "factors": second_factor.factors_of(request.user),
        "codes_left": second_factor.codes_left(request.user),
        "is_due": sessions.is_due(request),
        "passkeys_possible": passkeys.are_possible(request),
    }
    return render(request, "accounts/second_factor.html", context)


@signed_in("one's own sign-in")
@guessing.asks_password("password")
@never_cache
def phone_add(request):
    """Set up a phone: its app reads the secret and proves it with a first code."""
    if request.method == "POST":
        form = PhoneForm(request.POST, request=request)
        secret = request.session.get(SECRET)
        if secret is None:
            messages.info(request, _("Scan the new picture: the former one is no longer valid."))
            return redirect("accounts:phone_add")
        if form.is_valid():
            device = second_factor.add_phone(
                user=request.user,
                secret=secret,
                code="".join(form.cleaned_data["code"].split()),
                name=form.cleaned_data["name"],
            )
            if device is not None:
                del request.session[SECRET]
                return _added(request, device)
            form.add_error("code", _("This code is wrong. Is the clock of the phone right?"))
    else:
        form = PhoneForm(request=request)
        secret = request.session.setdefault(SECRET, second_factor.new_secret())
    context = {
        "form": form,
        "picture": second_factor.qr_code(request.user, secret),
        "secret": second_factor.secret_words(secret),
    }
    return render_form(request, "accounts/phone_add.html", context)


@signed_in("one's own sign-in")
@guessing.asks_password("password")
@never_cache
def passkey_add(request):
    """Set up a passkey: the lock of this device, or a security key."""
    form = PasskeyForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        device = passkeys.register(
            request, form.cleaned_data["credential"], name=form.cleaned_data["name"]
        )
        if device is not None:
            return _added(request, device)
        form.add_error(None, _("The device made no passkey. Try again, or set up a phone."))
    possible = passkeys.are_possible(request)
    context = {
        "form": form,
        "options": passkeys.ask_to_register(request) if possible else "",
    }
    return render_form(request, "accounts/passkey_add.html", context)


def _added(request, device):
    """Go on as somebody with a second factor; the first one brings recovery codes."""
    door.verify(request, device)
    if not second_factor.codes_left(request.user):
        return _show_codes(request)
    messages.success(request, _("Saved."))
    return redirect("accounts:second_factor")


def _show_codes(request):
    codes = second_factor.make_recovery_codes(user=request.user)
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


@signed_in("one's own sign-in")
@guessing.asks_password("password")
@never_cache
def recovery_codes(request):
    """New recovery codes in the place of the former; shown once."""
    if not second_factor.has_factor(request.user):
        return redirect("accounts:second_factor")
    form = OwnPasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        return _show_codes(request)
    return render_form(request, "accounts/recovery_codes_new.html", {"form": form})


@signed_in("one's own sign-in")
@guessing.asks_password("password")
@never_cache
def factor_remove(request, kind, factor_id):
    """Take one of one's own factors away; not the last one of whom it is demanded."""
    found = second_factor.factors_of(request.user)
    factor = next((each for each in found if (each.kind, each.pk) == (kind, factor_id)), None)
    if factor is None:
        raise Http404
    if len(found) == 1 and sessions.is_demanded(request):
        messages.error(
            request, _("The second step is demanded of you. Set up another phone or passkey first.")
        )
        return redirect("accounts:second_factor")
    form = OwnPasswordForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        second_factor.remove(user=request.user, kind=kind, factor_id=factor_id)
        messages.success(request, _("Removed."))
        return redirect("accounts:second_factor")
    return render_form(request, "accounts/factor_remove.html", {"form": form, "factor": factor})
