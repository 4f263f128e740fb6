"""Fields used by several forms."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.dates import check_day

from .. import ethnic_groups

# Groups that live in Lai Châu, offered first (province statistics; codes of 121-TCTK/PPCĐ).
OF_THE_PROVINCE = (
    *("01", "02", "03", "04", "06", "07", "08", "09", "25", "29"),
    *("33", "35", "37", "40", "41", "42", "43", "45", "48", "50"),
)


LONGEST_DAY = 40  # characters


class DayField(forms.DateField):
    """A date picked in the browser's own calendar, of the years `core.dates` knows."""

    default_validators = [check_day]

    default_error_messages = {
        "invalid": _("Write the day as day/month/year, for example 05/09/2026."),
        "required": _("Choose a day."),
    }

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**kwargs)

    def to_python(self, value):
        # Each of the ways to write a day would be tried on it.
        if isinstance(value, str) and len(value) > LONGEST_DAY:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


# What a choice says when nothing was chosen; Django's word is for a field to type in.
CHOOSE = {"required": _("Choose one.")}


def ethnic_group_choices():
    """Choices in two groups: those of the province first, then all others, by code."""
    names = ethnic_groups.names()
    here = [(code, names[code]) for code in OF_THE_PROVINCE]
    elsewhere = [(code, name) for code, name in names.items() if code not in OF_THE_PROVINCE]
    return [("", "—"), (_("In Lai Châu"), here), (_("Other ethnic groups"), elsewhere)]
