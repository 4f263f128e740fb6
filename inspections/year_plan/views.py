"""The page of a proposal: what is possible in a month, what is proposed, a plan of each month."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from core.form_pages import render_form
from core.months import Month
from core.permissions import Permission as P
from core.permissions import requires
from schools.form_refusals import show_refusal

from .forms import USUAL, TurnForm, YearPlanForm
from .selectors import proposal_for
from .services import draft_month
from .wording import left_out, month_rows


@requires(P.DRAFT_PLANS)
def year_plan(request):
    """Visits of several months: asked for, proposed with reasons, and drafted month by month."""
    scope = request.scope
    areas = [scope.tree.get(pk) for pk in scope.areas_granted(P.DRAFT_PLANS)]
    errors = []
    if request.method == "POST":
        turned = TurnForm(request.POST, areas=areas)
        if turned.is_valid():
            try:
                draft_month(
                    asked=turned.asked(),
                    month=turned.cleaned_data["month"],
                    seen=turned.cleaned_data["seen"],
                    by=request.user,
                )
            except ValidationError as error:
                errors = error.messages
            else:
                messages.success(
                    request,
                    _("The plan of %(month)s is drafted.")
                    % {"month": turned.cleaned_data["month"].label},
                )
                return redirect(_address(turned))
        else:
            errors = [each for found in turned.errors.values() for each in found]
    # Whoever opens the page sees at once what it is about.
    given = request.POST or (request.GET if "first" in request.GET else _usual(areas))
    form = YearPlanForm(given, areas=areas)
    found = None
    if form.is_valid():
        try:
            found = proposal_for(form.asked())
        except ValidationError as error:
            show_refusal(form, error)
    return render_form(
        request,
        "inspections/year_plan.html",
        {
            "crumbs": [
                {"label": _("Plans"), "url": reverse("inspections:plans")},
                {"label": _("Visits of several months"), "url": ""},
            ],
            "form": form,
            "found": found,
            "rows": month_rows(found) if found else [],
            "left_out": left_out(found) if found else [],
            "errors": [{"message": each} for each in errors],
        },
        # What is drafted leads back to the proposal of the other months.
        refused=request.method == "POST",
    )


def _usual(areas):
    first = Month.current().plus(1)
    own = {"area": areas[0].pk if areas else "", "first": first, **USUAL}
    return {name: str(each) for name, each in own.items()}


def _address(form):
    """The page with what was asked for, at the month that was drafted."""
    told = {name: form[name].value() for name in YearPlanForm.base_fields}
    month = form.cleaned_data["month"]
    return f"{reverse('inspections:year_plan')}?{urlencode(told)}#month-{month}"
