"""Which recommendations of the list are shown."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from schools.form_fields import offer
from schools.models import Area

from ..forms import SeverityForm
from ..models import Recommendation
from .selectors import Order, Show


class RecommendationFilterForm(SeverityForm):
    """Where, about what, how grave, in which words and order; everything may be left empty."""

    field_order = ("text", "area", "kind", "severity", "order")

    text = forms.CharField(
        label=gettext_lazy("Text or person"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    area = forms.TypedChoiceField(
        label=gettext_lazy("Area"), required=False, coerce=int, empty_value=None
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is about"),
        required=False,
        choices=[("", gettext_lazy("Every kind")), *Recommendation.Kind.choices],
    )
    order = forms.ChoiceField(
        label=gettext_lazy("Order"), required=False, choices=Order.choices, initial=Order.DUE
    )
    show = forms.ChoiceField(required=False, choices=Show.choices, widget=forms.HiddenInput)

    def __init__(self, *args: Any, areas: Sequence[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(each.pk), each.title) for each in areas]
        offer(self, "area", [("", _("Everywhere")), *offered])

    def clean_order(self) -> str:
        return self.cleaned_data["order"] or Order.DUE

    def clean_show(self) -> str:
        return self.cleaned_data["show"] or Show.UNFINISHED
