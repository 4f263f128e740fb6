"""What a person says about a rule."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.levels import EducationLevel
from core.models import Rule
from core.rule_units import HOUR_OF_DAY, Unit
from core.rules import RuleSpec

from ..form_fields import DayField, offer
from .wording import say_alone

LONGEST_SOURCE = Rule._meta.get_field("source").max_length


def _source_field() -> forms.CharField:
    return forms.CharField(
        label=_("By which decision"),
        max_length=LONGEST_SOURCE,
        help_text=_("Number, date and office of the paper."),
    )


def _bounds(unit: Unit) -> str:
    if unit.words is HOUR_OF_DAY.words:
        return gettext("An hour and a half is written 1.5: half past one in the afternoon is 13.5.")
    words = {"least": say_alone(unit, unit.least), "most": say_alone(unit, unit.most)}
    return gettext("Between %(least)s and %(most)s.") % words


class ValueForm(forms.Form):
    """A value from a day on, for all levels or one.

    Args:
        spec: the rule; its unit says which values are taken.
    """

    level = forms.ChoiceField(label=_("For"), required=False)
    valid_from = DayField(label=_("From"), help_text=_("The value before ends on that day."))
    source = _source_field()

    def __init__(self, *args: Any, spec: RuleSpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = spec.unit
        if unit.is_switch:
            self.fields["value"] = forms.TypedChoiceField(
                label=_("Value"),
                choices=[("0", _("no")), ("1", _("yes"))],
                coerce=Decimal,
                widget=forms.RadioSelect,
            )
        else:
            self.fields["value"] = forms.DecimalField(
                label=_("Value (%(unit)s)") % {"unit": unit},
                localize=True,
                min_value=unit.least,
                max_value=unit.most,
                max_digits=12,
                decimal_places=unit.digits,
                help_text=_bounds(unit),
            )
        self.order_fields(["level", "value", "valid_from", "source"])
        if spec.varies:
            general = ("", _("All levels without a value of their own"))
            offer(self, "level", [general, *EducationLevel.choices])
        else:
            del self.fields["level"]


class EndLevelForm(forms.Form):
    """From when a level has the general value again, and by which decision."""

    on = DayField(label=_("No longer from"))
    source = _source_field()
