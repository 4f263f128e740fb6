"""Forms of assigned numbers: of one commune or school, and a file of many."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.workbook_fields import workbook_field
from schools.form_fields import DayField

from ..models.assigned import MOST_CHILDREN
from ..rates.variants import VARIANTS
from .selectors import Numbers


class _DecidedForm(forms.Form):
    """By which decision."""

    decision = forms.CharField(label=_("Number of the decision"), max_length=100)
    decided_on = DayField(label=_("Date of the decision"))


class NumbersForm(_DecidedForm):
    """A number for each mobilisation rate; an empty one is not assigned."""

    def __init__(self, *args: Any, known: Numbers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, variant in VARIANTS.items():
            self.fields[code] = forms.IntegerField(
                label=variant.name,
                help_text=variant.variant,
                min_value=0,
                max_value=MOST_CHILDREN,
                required=False,
                initial=known[code].children if code in known else None,
            )
        latest = max(known.values(), key=lambda each: each.decided_on, default=None)
        if latest is not None:
            self.fields["decision"].initial = latest.decision
            self.fields["decided_on"].initial = latest.decided_on
        self.order_fields([*VARIANTS, "decision", "decided_on"])

    def numbers(self) -> dict[str, int | None]:
        """{code of the rate: children or None}, of a valid form."""
        return {code: self.cleaned_data[code] for code in VARIANTS}

    def decided(self) -> tuple[str, datetime.date]:
        """(number, date) of the decision, of a valid form."""
        return self.cleaned_data["decision"], self.cleaned_data["decided_on"]


class NumbersFileForm(_DecidedForm):
    """A file of numbers."""

    file = workbook_field(
        _("The file to fill in, with the numbers. An empty cell changes nothing.")
    )
    field_order = ["file", "decision", "decided_on"]
