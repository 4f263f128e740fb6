"""Forms of the standards: totals of literate adults, and the list of a decision."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.workbook_fields import workbook_field
from schools.form_fields import DayField, offer
from schools.models import Area

from ..models import LiteracyTotal
from ..models.literacy import MOST_PEOPLE
from .services import Band, Numbers

PARTS = {
    "people": gettext_lazy("people"),
    "level_1": gettext_lazy("literate at level 1"),
    "level_2": gettext_lazy("literate at level 2"),
}


class LiteracyForm(forms.Form):
    """Three numbers for each group of ages that the rules ask for; all three or none."""

    def __init__(
        self, *args: Any, bands: Sequence[Band], known: Mapping[Band, LiteracyTotal], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._bands = bands
        for band in bands:
            for part, name in PARTS.items():
                self.fields[_key(band, part)] = forms.IntegerField(
                    label=_("Ages %(first)s–%(last)s: %(what)s")
                    % {"first": band[0], "last": band[1], "what": name},
                    min_value=0,
                    max_value=MOST_PEOPLE,
                    required=False,
                    initial=getattr(known.get(band), part, None),
                )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        for band in self._bands:
            numbers = [values.get(_key(band, part)) for part in PARTS]
            empty = [part for part, each in zip(PARTS, numbers, strict=True) if each is None]
            if empty and len(empty) < len(PARTS) and not self._failed(band):
                self.add_error(
                    _key(band, empty[0]), _("Give all three numbers of these ages, or none.")
                )
        return values

    def propose(self, totals: Mapping[Band, Numbers]) -> None:
        """Fill in what a file says; the other groups keep what is known."""
        for band, numbers in totals.items():
            for part, each in zip(PARTS, numbers, strict=True):
                self.fields[_key(band, part)].initial = each

    def totals(self) -> dict[Band, Numbers | None]:
        """What was entered, of a valid form."""
        found: dict[Band, Numbers | None] = {}
        for band in self._bands:
            people, level_1, level_2 = (self.cleaned_data[_key(band, part)] for part in PARTS)
            found[band] = None if people is None else (people, level_1, level_2)
        return found

    def _failed(self, band: Band) -> bool:
        return any(_key(band, part) in self.errors for part in PARTS)


class LiteracyFileForm(forms.Form):
    """A file of totals, to be looked at before it is saved."""

    file = workbook_field(
        gettext_lazy("The file to fill in, with the numbers. Nothing is saved yet.")
    )


class DesignationForm(forms.Form):
    """The communes that a decision names, all of them, from a day on."""

    decree = forms.CharField(label=gettext_lazy("By decision"), max_length=100)
    valid_from = DayField(label=gettext_lazy("From"))
    communes = forms.MultipleChoiceField(
        label=gettext_lazy("Especially difficult communes"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("All that the decision names. What held before ends on that day."),
    )

    def __init__(self, *args: Any, communes: Iterable[Area], named: Iterable[int], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._communes = {str(area.pk): area for area in communes}
        offer(self, "communes", [(pk, area.title) for pk, area in self._communes.items()])
        self.fields["communes"].initial = [str(pk) for pk in named]

    def decision(self) -> tuple[list[Area], str, datetime.date]:
        """(communes named, number of the decision, first day), of a valid form."""
        data = self.cleaned_data
        return [self._communes[pk] for pk in data["communes"]], data["decree"], data["valid_from"]


def _key(band: Band, part: str) -> str:
    return f"{part}_{band[0]}_{band[1]}"
