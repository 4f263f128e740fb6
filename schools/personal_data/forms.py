"""Forms about who saw names, and about a record kept or made anonymous."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..enums import NamesKind
from ..form_fields import DayField, offer


class ReasonForm(forms.Form):
    """Why: kept with the request, and told to who decides."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Do not write the name of the pupil here."),
    )


class TrailFilterForm(forms.Form):
    """Which rows of the access trail of a school."""

    kind = forms.ChoiceField(
        label=_("What was opened"), choices=[("", _("All")), *NamesKind.choices], required=False
    )
    person = forms.TypedChoiceField(label=_("Who"), required=False, coerce=int, empty_value=None)
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("To"), required=False)

    def __init__(self, *args: Any, people: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(pk), name) for pk, name in people]
        offer(self, "person", [("", _("Everybody")), *named])
