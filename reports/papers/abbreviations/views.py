"""Abbreviations in papers' numbers: the list, one with its history, a new one."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from core.permissions import Permission as P
from core.permissions import requires
from schools.asking import ask

from . import selectors, services
from .forms import OwnSymbolForm, SymbolForm


@requires(P.MANAGE_TEMPLATES)
def symbols(request):
    """Every abbreviation in force, and what is to come."""
    today = request.scope.date
    found = selectors.overview(today)
    return render(
        request,
        "reports/paper_symbols.html",
        {
            "crumbs": _crumbs(_("Symbols of papers")),
            "overview": found,
            "groups": [
                (_("Kinds of paper"), "kinds", found.kinds),
                (_("Kinds of office"), "offices", found.offices),
                (_("Offices with an abbreviation of their own"), "own", found.own),
            ],
            "today": today,
        },
    )


@requires(P.MANAGE_TEMPLATES)
def symbol_change(request, key):
    """Another abbreviation from a day on."""
    name = selectors.name_of(key, request.scope.date)
    if name is None:
        raise Http404
    return _ask(
        request,
        SymbolForm(request.POST or None, initial={"valid_from": request.scope.date}),
        services.set_symbol,
        {"key": key},
        done=_("The abbreviation is set."),
        title=_("Abbreviation: %(name)s") % {"name": name},
        action=_("Save"),
    )


@requires(P.MANAGE_TEMPLATES)
def symbol_add(request):
    """The abbreviation of one office, from a day on."""
    return _ask(
        request,
        OwnSymbolForm(
            request.POST or None,
            initial={"valid_from": request.scope.date, "office": selectors.OWN_SCHOOL},
        ),
        services.set_symbol,
        {},
        done=_("The abbreviation is set."),
        title=_("An office's own abbreviation"),
        action=_("Save"),
    )


@requires(P.MANAGE_TEMPLATES)
def symbol_remove(request, row_id):
    """Take back an abbreviation whose day has not come."""
    found = selectors.row_of(row_id)
    if found is None:
        raise Http404
    return _ask(
        request,
        None,
        services.remove_symbol,
        {"row": found},
        done=_("The abbreviation is taken back."),
        title=_("Take back an abbreviation to come"),
        about=_("%(name)s: %(symbol)s from %(day)s. The one before goes on.")
        % {
            "name": selectors.name_of(found.key, found.valid_from) or found.key,
            "symbol": found.symbol,
            "day": f"{found.valid_from:%d/%m/%Y}",
        },
        action=_("Take it back"),
    )


def _ask(request, form, service, given, **page):
    back = reverse("reports:paper_symbols")
    crumbs = [*_crumbs(""), {"label": _("Symbols of papers"), "url": back}]
    return ask(request, form, service, given, back=back, crumbs=crumbs, **page)


def _crumbs(here):
    crumbs = [{"label": _("Issued papers"), "url": reverse("reports:papers")}]
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
