"""Pages that ask before something is decided: a form, or a question without one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import redirect

from core.form_pages import render_form
from core.types import ScopedRequest, StrOrPromise

from .form_refusals import show_refusal


def ask(
    request: ScopedRequest,
    form: BaseForm | None,
    service: Callable[..., Any],
    given: Mapping[str, Any],
    *,
    done: StrOrPromise | Callable[[], StrOrPromise],
    back: str,
    leads_to: Callable[[Any], str] | None = None,
    **page: Any,
) -> HttpResponse:
    """Show a form, or a question when there is none; when it is answered, decide and go on.

    Args:
        service: called with `given`, what the form says, and `by`; its ValidationError is shown.
        done: said afterwards; a function is asked for it then.
        back: where one goes back to, and on to when `leads_to` does not say otherwise.
        leads_to: the address to go on to, asked of what the service returned.
        page: as of `form_page`.
    """
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            told = form.cleaned_data if form is not None else {}
            made = service(**given, **told, by=request.user)
        except ValidationError as error:
            if form is None:
                page["warning"] = " ".join(error.messages)
            else:
                show_refusal(form, error)
        else:
            messages.success(request, done() if callable(done) else done)
            return redirect(leads_to(made) if leads_to is not None else back)
    return form_page(request, form, back=back, **page)


def form_page(
    request: ScopedRequest,
    form: BaseForm | None,
    *,
    crumbs: Sequence[Mapping[str, Any]],
    title: StrOrPromise,
    back: str,
    **page: Any,
) -> HttpResponse:
    """The page of a form or a question; 422 when it was answered and is refused.

    Args:
        crumbs: those above the page.
        page: `action`, the words of the button; `about` and `warning`.
    """
    return render_form(
        request,
        "schools/asked.html",
        {
            "form": form,
            "title": title,
            "back": back,
            "crumbs": [*crumbs, {"label": title, "url": ""}],
            **page,
        },
        # What is done leads on; a POST that shows the page again was refused.
        refused=request.method == "POST",
    )
