"""Who did what: the list of events, of everything or of one thing."""

from django.core.paginator import Paginator
from django.shortcuts import render

from core.event_words import told
from core.permissions import Permission as P
from core.permissions import requires

from .forms import EventFilterForm
from .selectors import events_for

PAGE_SIZE = 50


@requires(P.VIEW_EVENTS)
def events(request):
    """Decisions in the reader's places, newest first, filtered by the address."""
    form = EventFilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = Paginator(events_for(request.scope, **wanted), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "schools/events.html",
        {
            "filter_form": form,
            "is_filtered": any(wanted.values()),
            "page": page,
            "rows": told(page.object_list),
        },
    )
