"""Which classes become one, and who goes into the new one."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ..form_fields import DayField, RowsField, offer, offer_rows
from ..models import Enrolment, SchoolClass
from ..pupils.selectors.rolls import names_apart

_ON = {"label": _("From"), "help_text": _("The first day in the other class.")}


class MergeClassesForm(forms.Form):
    """The classes whose pupils come into a class, and from when on."""

    classes = RowsField(
        label=_("Classes that end"),
        queryset=SchoolClass.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one class.")},
    )
    on = DayField(**_ON)

    def __init__(self, *args: Any, offered: QuerySet[SchoolClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_rows(self, "classes", offered)


class SplitClassForm(forms.Form):
    """The name of the new class, from when on, and who goes into it."""

    name = forms.CharField(label=_("Name of the new class"), max_length=30)
    on = DayField(**_ON)
    pupils = forms.TypedMultipleChoiceField(
        label=_("Pupils of the new class"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick the pupils of the new class.")},
    )

    def __init__(self, *args: Any, roll: Sequence[Enrolment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "pupils", list(names_apart([each.pupil for each in roll]).items()))
