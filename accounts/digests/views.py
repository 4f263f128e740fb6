"""One's own digests, and how they come."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.digests.parts import lines_of, offered_to
from core.digests.periods import label_of
from core.digests.records import digests_of
from core.form_pages import render_form
from core.permissions import signed_in

from .forms import DigestForm
from .selectors import choice_of
from .services import choose_digest


@signed_in("one's own digests")
def digests(request):
    """The newest digest as a whole, the former ones below it."""
    shown = [
        {
            "digest": each,
            "label": label_of(each.frequency, each.first, each.last),
            "lines": lines_of(each),
        }
        for each in digests_of(request.user)
    ]
    context = {
        "newest": shown[0] if shown else None,
        "former": shown[1:],
        "choice": choice_of(request.user),
        "is_offered": bool(offered_to(request.scope)),
    }
    return render(request, "accounts/digests.html", context)


@signed_in("one's own digests")
def digest_choice(request):
    """How often, by e-mail or not, and which parts; where the end of such an e-mail leads."""
    # Nothing ticked is an answer too.
    form = DigestForm(
        request.POST if request.method == "POST" else None,
        instance=choice_of(request.user),
        offered=offered_to(request.scope),
    )
    if request.method == "POST" and form.is_valid():
        choose_digest(
            user=request.user,
            frequency=form.cleaned_data["frequency"],
            by_email=form.cleaned_data["by_email"],
            refused=form.refused,
            by=request.user,
        )
        messages.success(request, _("Saved."))
        return redirect("accounts:digests")
    return render_form(request, "accounts/digest_choice.html", {"form": form})
