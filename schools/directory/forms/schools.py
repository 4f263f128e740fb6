"""The filter above the list of schools."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel

from ...form_fields import offer
from ...models import Area


class SchoolFilterForm(forms.Form):
    """Commune, level, and a part of the name or code; everything may be left empty."""

    search = forms.CharField(
        label=_("Name or code"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    commune = forms.TypedChoiceField(
        label=_("Commune"), coerce=int, empty_value=None, required=False
    )
    level = forms.ChoiceField(
        label=_("Education level"),
        choices=[("", _("All levels")), *EducationLevel.choices],
        required=False,
    )

    def __init__(self, *args: Any, communes: Collection[Area], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(communes) > 1:
            named = [(area.pk, area.title) for area in communes]
            offer(self, "commune", [("", _("All communes")), *named])
        else:
            del self.fields["commune"]
