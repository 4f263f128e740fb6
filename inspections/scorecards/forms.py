"""What a person says about a scorecard."""

from django import forms
from django.utils.translation import gettext_lazy as _


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


class TakeBackForm(forms.Form):
    """Why a confirmation is taken back."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
