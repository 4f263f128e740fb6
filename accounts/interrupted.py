"""The answer to a form that came when its person was not signed in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from . import drafts
from .drafts import Draft
from .forms import SignInForm
from .models import User


@never_cache
def ask_to_sign_in(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Show the sign-in, which carries what was typed along.

    Who typed it and is signed in is led to the form's page at once.
    """
    if draft.user_id == request.user.pk:
        answer = redirect(drafts.keep(request, draft))
        answer.status_code = 303
        return answer
    person = User.objects.filter(pk=draft.user_id).values_list("username", flat=True)
    form = SignInForm(request, initial={"username": person.first()})
    form.fields["username"].widget.attrs["autofocus"] = False
    form.fields["password"].widget.attrs["autofocus"] = True
    context = {"form": form, "next": draft.page, **draft_context(draft)}
    return render(request, "accounts/sign_in.html", context, status=403)


def draft_context(draft: Draft | None) -> dict[str, Any]:
    """What the template of the sign-in shows of a draft, if there is one."""
    return {"draft": draft, "sealed": drafts.seal(draft)} if draft else {}
