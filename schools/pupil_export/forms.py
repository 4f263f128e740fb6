"""Asking for the pupil list of a year."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ..form_fields import offer_rows
from ..models import SchoolYear


class ExportForm(forms.Form):
    """Of which school year."""

    year: "forms.ModelChoiceField[SchoolYear]" = forms.ModelChoiceField(
        label=_("School year"),
        queryset=SchoolYear.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose the school year.")},
    )

    def __init__(self, *args: Any, years: QuerySet[SchoolYear], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, "year", years)
