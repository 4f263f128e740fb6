"""The form of a campaign."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from schools.form_fields import CHOOSE, DayField, offer_rows
from schools.models import Area

MOST = 100_000  # households of a commune, with room to spare


class CampaignForm(forms.Form):
    """When, where, who, and how many.

    Args:
        communes: those of which the reader may note one.
    """

    commune = forms.ModelChoiceField(
        label=_("Commune"), queryset=Area.objects.none(), error_messages=CHOOSE
    )
    village = forms.CharField(label=_("Villages"), max_length=200, required=False)
    held_on = DayField(label=_("Day"))
    who = forms.CharField(
        label=_("Who took part"),
        max_length=300,
        help_text=_("Offices and people, for example Women's Union, border guard, teachers."),
    )
    households = forms.IntegerField(label=_("Households asked"), min_value=0, max_value=MOST)
    children_back = forms.IntegerField(
        label=_("Children brought to class"), min_value=0, max_value=MOST
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("No names of children here: offices above the commune read it."),
    )

    def __init__(self, *args: Any, communes: QuerySet[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, "commune", communes)
