"""Sign-in, sign-out and the change of one's own password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from schools.permissions import public, signed_in

from . import services
from .forms import SignInForm

sign_in = public("nobody is signed in yet")(
    LoginView.as_view(
        template_name="accounts/sign_in.html",
        authentication_form=SignInForm,
        redirect_authenticated_user=True,
    )
)
sign_out = signed_in("everybody may leave")(LogoutView.as_view())


@signed_in("one's own password")
def password(request):
    """Change one's own password; also where a first password leads."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.change_password(
            user=request.user, password=form.cleaned_data["new_password1"], by=request.user
        )
        update_session_auth_hash(request, request.user)
        messages.success(request, _("The password is changed."))
        return redirect("home")
    return render(request, "accounts/password.html", {"form": form})
