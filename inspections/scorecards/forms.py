"""What a person says about a scorecard."""

from django import forms
from django.utils.translation import gettext_lazy as _

from schools.form_fields import DayField

from ..models.scorecards import MOST_POINTS, Measure
from .measures import WORKED_OUT


class AdjustForm(forms.Form):
    """Points in place of those worked out."""

    points = forms.DecimalField(
        label=_("Points"), min_value=0, max_digits=4, decimal_places=1, localize=True
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("It is shown on the scorecard, beside the points worked out."),
    )

    def __init__(self, *args, most, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["points"].help_text = _("%(most)s points at most.") % {"most": most}


class CriterionForm(forms.Form):
    """What a criterion is called and gives from a day on, and by which decision."""

    name = forms.CharField(label=_("Name"), max_length=200)
    short_name = forms.CharField(
        label=_("Short name"), max_length=40, help_text=_("Heads the column of the table.")
    )
    points = forms.IntegerField(label=_("Most points"), min_value=1, max_value=MOST_POINTS)
    valid_from = DayField(
        label=_("From"),
        help_text=_("A school year is scored by the criteria of its last day."),
    )
    source = forms.CharField(
        label=_("By which decision"),
        max_length=200,
        help_text=_("Number, date and office of the paper."),
    )


class NewCriterionForm(CriterionForm):
    """A criterion more: also what it counts, of what the system works out by itself.

    Args:
        counted: names of the criteria that count a measure already, by measure.
    """

    measure = forms.ChoiceField(
        label=_("What is counted"),
        help_text=_("What two criteria count gives points twice."),
    )
    field_order = ("name", "short_name", "measure", "points", "valid_from", "source")

    def __init__(self, *args, counted, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["measure"].choices = [
            ("", "—"),
            *(
                (each.value, _measure_label(each, counted.get(each.value, ())))
                for each in Measure
                if each in WORKED_OUT
            ),
        ]


def _measure_label(measure, names):
    if not names:
        return measure.label
    return _("%(measure)s (counted already by: %(names)s)") % {
        "measure": measure.label,
        "names": ", ".join(names),
    }


class EndCriterionForm(forms.Form):
    """From when a criterion gives no points, and by which decision."""

    on = DayField(
        label=_("No longer counted from"),
        help_text=_("A school year is scored by the criteria of its last day."),
    )
    source = forms.CharField(
        label=_("By which decision"),
        max_length=200,
        help_text=_("Number, date and office of the paper."),
    )


class TakeBackForm(forms.Form):
    """Why a confirmation is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
