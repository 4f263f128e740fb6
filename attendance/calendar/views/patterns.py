"""The weekly pattern: on which mornings and afternoons classes are held, by place and level."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.form_pages import render_form
from core.next_steps import next_step
from core.permissions import Permission as P
from core.permissions import requires
from schools.directory.selectors.classes import is_any_class
from schools.form_refusals import show_refusal

from ...models import CalendarRule
from ..forms import PatternForm, days_held
from ..resolution import key_of
from ..selectors.closures import places_to_close
from ..selectors.impact import effect_of, effect_of_taking_back
from ..selectors.patterns import pattern_in, patterns_seen
from ..services.patterns import pattern_for, remove_pattern, set_pattern
from .years import asked_year, choices_of_all_years


@requires(P.MANAGE_CALENDAR)
def patterns(request):
    """Patterns of a year, and a form that looks at a change before it is saved.

    Before there is any class it changes nothing that one could look at, and is saved at once.
    """
    scope = request.scope
    year = asked_year(request)
    if year is None:
        return render(request, "attendance/patterns.html", {"year": None})
    offered = places_to_close(scope, P.MANAGE_CALENDAR)
    seen = patterns_seen(scope, year)
    form = PatternForm(request.POST or None, places=offered, initial=_initial(request, seen, year))
    effect, saves_at_once = None, not is_any_class()
    if request.method == "POST" and form.is_valid():
        try:
            if saves_at_once or request.POST.get("seen") == form.fingerprint:
                set_pattern(**form.values(), by=request.user)
                if saves_at_once:
                    messages.success(request, _("Saved."))
                else:
                    messages.success(request, _("Saved. The figures are being recounted."))
                following = next_step(scope)
                own_page = f"{reverse('attendance:patterns')}?year={year.code}"
                return redirect(following.url if following else own_page)
            effect = effect_of(pattern_for(**form.values()))
        except ValidationError as error:
            show_refusal(form, error)
    return render_form(
        request,
        "attendance/patterns.html",
        {
            "year": year,
            "years": choices_of_all_years(request, year),
            "patterns": seen,
            "form": form,
            "effect": effect,
            "saves_at_once": saves_at_once,
            "crumbs": _crumbs(year),
        },
    )


@requires(P.MANAGE_CALENDAR)
def remove(request, pattern_id):
    """Ask, saying what would change, then take a pattern back."""
    found = pattern_in(request.scope.places(P.MANAGE_CALENDAR), pattern_id)
    if found is None:
        raise Http404
    page = reverse("attendance:patterns")
    if request.method == "POST":
        remove_pattern(pattern=found, by=request.user)
        messages.success(request, _("Taken back. The figures are being recounted."))
        return redirect(page)
    return render(
        request,
        "attendance/pattern_remove.html",
        {
            "pattern": found,
            "effect": effect_of_taking_back(found),
            "page": page,
            "crumbs": [*_crumbs(asked_year(request)), {"label": _("Take back")}],
        },
    )


def _initial(request, seen, year):
    """Values of the pattern to change; else a proposal, from the first day nobody decided yet."""
    for pattern in seen:
        if str(pattern.pk) == request.GET.get("pattern") and pattern.is_own:
            kind, pk = key_of(pattern)
            return {
                "place": f"{kind}:{pk}",
                "level": pattern.level,
                "morning": days_held(pattern.morning),
                "afternoon": days_held(pattern.afternoon),
                "first_day": pattern.valid_from,
                "last_day": pattern.last_day,
            }
    proposed = CalendarRule()
    today = max(timezone.localdate(), year.valid_from)
    return {
        "morning": days_held(proposed.morning),
        "afternoon": days_held(proposed.afternoon),
        "first_day": today if seen and today < year.valid_to else year.valid_from,
    }


def _crumbs(year):
    query = f"?year={year.code}" if year else ""
    return [
        {"label": _("Closures"), "url": reverse("attendance:closures")},
        {"label": _("Weekly pattern"), "url": reverse("attendance:patterns") + query},
    ]
