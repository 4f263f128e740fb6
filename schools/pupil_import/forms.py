"""Uploading the ministry's pupil workbook."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.formatting import number
from core.workbook_fields import workbook_field

from ..form_fields import DayField, offer_rows
from ..models import SchoolYear
from .services.reading import ROW_LIMIT, ROW_LIMIT_OF_MANY


class YearField(forms.ModelChoiceField):
    """A school year; one that is closed says what choosing it means."""

    def label_from_instance(self, year: SchoolYear) -> str:
        if year.closed_at is None:
            return year.code
        return str(_("%(year)s (over: load afterwards)") % {"year": year.code})


class ImportForm(forms.Form):
    """A workbook, its school year, and the day on which it takes effect."""

    file = workbook_field()
    year = YearField(
        label=_("School year"),
        queryset=SchoolYear.objects.none(),
        empty_label=None,
        error_messages={"required": _("Choose the school year.")},
    )
    starts_on = DayField(
        label=_("New pupils are on the roll from"),
        help_text=_("On the same day changes of class begin and pupils who left come off."),
    )
    create_classes = forms.BooleanField(
        label=_("Create the classes that are missing"),
        help_text=_("By the columns of class and grade; they study in the mornings at first."),
        required=False,
    )

    def __init__(
        self, *args: Any, years: QuerySet[SchoolYear], of_many: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, "year", years)
        self.fields["file"].help_text = _(
            "The pupil list of the ministry's database. At most 10 MB and %(most)s pupils."
        ) % {"most": number(ROW_LIMIT_OF_MANY if of_many else ROW_LIMIT)}
