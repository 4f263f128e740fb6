"""The filter above the list of schools kept by an office."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ...directory.forms.schools import SchoolFilterForm
from ..selectors.managed import CLOSED, COMING, OPEN


class RecordFilterForm(SchoolFilterForm):
    """As the list of schools, and whether they are open."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            (OPEN, _("Open now")),
            (COMING, _("Opening later")),
            (CLOSED, _("No longer open")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].initial = OPEN
