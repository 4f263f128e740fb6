"""Fields used by several forms."""

import datetime
from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.bounded_requests import MOST_ID
from core.dates import check_day
from core.province import province
from core.types import StrOrPromise

from . import ethnic_groups

LONGEST_DAY = 40  # characters


class DayField(forms.DateField):
    """A date picked in the browser's own calendar, of the years `core.dates` knows."""

    default_validators = [check_day]

    default_error_messages = {
        "invalid": _("Write the day as day/month/year, for example 05/09/2026."),
        "required": _("Choose a day."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> datetime.date | None:
        # Each of the ways to write a day would be tried on it.
        if isinstance(value, str) and len(value) > LONGEST_DAY:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class RowsField(forms.ModelMultipleChoiceField):
    """Some of the rows offered, of a model whose key is a whole number.

    Django looks for all of them at once, and SQLite has no number of more than 64 bits to look
    for: `OverflowError` (a field that offers one row is safe).
    """

    def clean(self, value: Any) -> Any:
        for key in value if isinstance(value, list | tuple) else ():
            if _is_beyond_keys(key):
                raise forms.ValidationError(
                    self.error_messages["invalid_pk_value"],
                    code="invalid_pk_value",
                    params={"pk": key},
                )
        return super().clean(value)


def _is_beyond_keys(key: Any) -> bool:
    try:
        return abs(int(key)) > MOST_ID
    except (TypeError, ValueError):
        return False  # Django says that it is no key


def offer(form: forms.BaseForm, name: str, choices: Iterable[Any]) -> None:
    """Set the choices of a field that are known only when the form is made."""
    cast("forms.ChoiceField", form.fields[name]).choices = choices


def offer_rows(form: forms.BaseForm, name: str, rows: QuerySet[Any]) -> None:
    """Set the rows of which a field offers one."""
    cast("forms.ModelChoiceField[Any]", form.fields[name]).queryset = rows


# What a choice says when nothing was chosen; Django's word is for a field to type in.
CHOOSE = {"required": _("Choose one.")}


def ethnic_group_choices() -> list[tuple[StrOrPromise, Any]]:
    """Choices in two groups: those of the province first, then all others, by code."""
    names, own = ethnic_groups.names(), province()
    here = [(code, names[code]) for code in own.ethnic_groups]
    elsewhere = [(code, name) for code, name in names.items() if code not in own.ethnic_groups]
    living_here = _("In %(province)s") % {"province": own.name}
    return [("", "—"), (living_here, here), (_("Other ethnic groups"), elsewhere)]
