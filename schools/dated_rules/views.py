"""Dated rules: all of them by theme, one with its history and its next value."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core import rules
from core.form_pages import render_form
from core.models import Rule
from core.permissions import Permission as P
from core.permissions import requires
from core.rules import RuleSpec
from core.types import ScopedRequest

from ..asking import ask
from ..closed_months import settled_before
from ..crumbs import Crumb
from ..form_refusals import show_refusal
from . import selectors, services
from .forms import EndLevelForm, ValueForm
from .wording import say


@requires(P.MANAGE_RULES)
def dated_rules(request: ScopedRequest) -> HttpResponse:
    """Every rule by theme: what holds today, since when, by which decision; what is to come."""
    found = selectors.groups(request.scope)
    coming = [
        (line.spec, value) for group in found for line in group.lines for value in line.coming
    ]
    return render(
        request,
        "schools/rules.html",
        {
            "groups": found,
            "coming": sorted(coming, key=lambda each: each[1].row.valid_from),
            "count": sum(len(group.lines) for group in found),
        },
    )


@requires(P.MANAGE_RULES)
def dated_rule(request: ScopedRequest, key: str) -> HttpResponse:
    """One rule with its history, and a form for its next value."""
    spec = rules.find(key)
    if spec is None:
        raise Http404
    may_set = selectors.may_set(request.scope, spec)
    form = ValueForm(request.POST or None, spec=spec) if may_set else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            try:
                made = services.set_value(spec=spec, **form.cleaned_data, by=request.user)
            except ValidationError as error:
                show_refusal(form, error)
            else:
                messages.success(
                    request,
                    _("From %(day)s: %(value)s.")
                    % {"day": f"{made.valid_from:%d/%m/%Y}", "value": say(spec.unit, made.value)},
                )
                return redirect("schools:rule", key)
    today = request.scope.date
    rows = selectors.history(spec)
    return render_form(
        request,
        "schools/rule.html",
        {
            "crumbs": _crumbs(str(spec.meaning)),
            "spec": spec,
            "theme": rules.theme_of(spec),
            "line": selectors.line_of(spec, [each.row for each in reversed(rows)], today),
            "rows": rows,
            "form": form,
            "settled": settled_before(today) if may_set else None,
            "may_set": may_set,
            "today": today,
        },
    )


@requires(P.MANAGE_RULES)
def rule_remove(request: ScopedRequest, row_id: int) -> HttpResponse:
    """Take back a value whose day has not come."""
    row, spec = _row(request, row_id)
    return _ask(
        request,
        row,
        spec,
        None,
        services.remove_value,
        done=_("The value is taken back."),
        title=_("Take back a value to come"),
        about=_("%(rule)s: %(value)s from %(day)s. The value before goes on.")
        % _words(row, spec, row.valid_from),
        action=_("Take it back"),
    )


@requires(P.MANAGE_RULES)
def rule_level_end(request: ScopedRequest, row_id: int) -> HttpResponse:
    """Let a level have the general value again from a day on."""
    row, spec = _row(request, row_id)
    return _ask(
        request,
        row,
        spec,
        EndLevelForm(request.POST or None),
        services.end_level,
        done=_("From that day on the level has the general value."),
        title=_("Give a level the general value again"),
        about=f"{spec.meaning}: {row.get_level_display()}, {say(spec.unit, row.value)}.",
        action=_("Save"),
    )


@requires(P.MANAGE_RULES)
def rule_level_keep(request: ScopedRequest, row_id: int) -> HttpResponse:
    """Take back the end of a level's own value before its day."""
    row, spec = _row(request, row_id)
    return _ask(
        request,
        row,
        spec,
        None,
        services.keep_level,
        done=_("The level keeps its own value."),
        title=_("Let a level keep its own value"),
        about=f"{spec.meaning}: {row.get_level_display()}, {say(spec.unit, row.value)}.",
        action=_("Keep it"),
    )


def _row(request: ScopedRequest, row_id: int) -> tuple[Rule, RuleSpec]:
    """A row and its rule. Raises Http404, and PermissionDenied when the reader may not set it."""
    row = selectors.row_of(row_id)
    spec = rules.find(row.key) if row is not None else None
    if row is None or spec is None:
        raise Http404
    if not selectors.may_set(request.scope, spec):
        raise PermissionDenied
    return row, spec


def _words(row: Rule, spec: RuleSpec, day: Any) -> dict[str, object]:
    return {"rule": spec.meaning, "value": say(spec.unit, row.value), "day": f"{day:%d/%m/%Y}"}


def _ask(
    request: ScopedRequest,
    row: Rule,
    spec: RuleSpec,
    form: EndLevelForm | None,
    service: Callable[..., Any],
    **page: Any,
) -> HttpResponse:
    back = reverse("schools:rule", args=[row.key])
    crumbs = [*_crumbs(""), {"label": spec.meaning, "url": back}]
    return ask(request, form, service, {"row": row}, back=back, crumbs=crumbs, **page)


def _crumbs(here: str) -> list[Crumb]:
    crumbs: list[Crumb] = [{"label": _("Dated rules"), "url": reverse("schools:rules")}]
    return [*crumbs, {"label": here, "url": ""}] if here else crumbs
