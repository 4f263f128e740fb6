"""The page of the search, reached from the head of every page."""

from django.http import HttpResponse
from django.shortcuts import render

from core.permissions import Permission as P
from core.permissions import requires
from core.types import ScopedRequest

from ..access_trail import names_shown
from ..directory.selectors.classes import classes_in_places
from ..enums import NamesKind
from ..pupils.following import following
from . import selectors
from .forms import SearchForm


@requires(P.VIEW_SCHOOL, P.VIEW_PUPILS)
def search(request: ScopedRequest) -> HttpResponse:
    """Communes, schools, classes and pupils of the reader's places that the words name."""
    scope = request.scope
    form = SearchForm(request.GET)
    text = form.cleaned_data["q"] if form.is_valid() else ""
    found = selectors.find(
        text,
        schools=scope.places(P.VIEW_SCHOOL),
        pupils=scope.places(P.VIEW_PUPILS),
        on=scope.date,
    )
    spells = found.pupils.items
    # Of a class elsewhere the reader has figures alone.
    lists = classes_in_places(
        scope.places(P.VIEW_PUPILS), [each.pk for each in found.classes.items]
    )
    # Two searches of a class show other children: what each showed is told by child, not by class.
    for spell in spells:
        names_shown(
            request, NamesKind.SEARCH, pupil=spell.pupil_id, school_class=spell.school_class
        )
    return render(
        request,
        "schools/search.html",
        {
            "form": form,
            "text": text,
            "is_too_short": bool(text) and not selectors.words_of(text),
            "found": found,
            "classes": [(each, each.pk in lists) for each in found.classes.items],
            "pupils": [(spell, spell.is_valid_on(scope.date)) for spell in spells],
            "today": scope.date,
            "following": following(scope, [spell.pupil_id for spell in spells]),
            "finds_pupils": scope.may(P.VIEW_PUPILS),
            "most": selectors.SHOWN,
        },
    )
