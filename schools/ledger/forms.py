"""The period of a ledger, and by what it is divided."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..form_fields import DayField
from .selectors import DIVISIONS


class LedgerForm(forms.Form):
    """Two days, at most today; a division or none; and the map, which links beside it choose."""

    by = forms.ChoiceField(
        label=gettext_lazy("Divided by"),
        required=False,
        choices=[("", gettext_lazy("not divided")), *DIVISIONS.items()],
    )

    def __init__(self, *args: Any, today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # "from" is no name that Python lets a class have.
        days: dict[str, forms.Field] = {
            "from": DayField(label=gettext_lazy("From day")),
            "to": DayField(label=gettext_lazy("To day")),
        }
        self.fields = days | self.fields
        self.fields["map"] = forms.CharField(
            max_length=10, required=False, widget=forms.HiddenInput
        )
        self._today = today

    def clean(self) -> dict[str, Any]:
        """The days in their order, none of them to come."""
        found = self.cleaned_data
        if "to" in found and found["to"] > self._today:
            self.add_error("to", _("This day has not come yet."))
        elif "to" in found and "from" in found and found["from"] > found["to"]:
            self.add_error("from", _("The first day lies after the last one. Change one of them."))
        return found
