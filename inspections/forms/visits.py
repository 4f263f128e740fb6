"""Recording a visit."""

from django import forms
from django.utils.translation import gettext_lazy as _

from schools.forms.fields import DayField


class RecordForm(forms.Form):
    """When the visit was made and what it found."""

    visited_on = DayField(label=_("Day the visit was made"))
    result = forms.CharField(
        label=_("What the visit found"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Pupils counted in class, what the registers say, causes of absence."),
    )


class RecommendationForm(forms.Form):
    """One recommendation; all three or nothing."""

    text = forms.CharField(
        label=_("Recommendation"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = forms.CharField(label=_("Who answers for it"), max_length=150)
    due_on = DayField(label=_("To be done by"))

    def triple(self):
        """(text, owner, day), or None when the row was left empty."""
        if not self.has_changed():
            return None
        return tuple(self.cleaned_data[name] for name in ("text", "owner", "due_on"))


class DoneForm(forms.Form):
    """When a recommendation was carried out, and what shows it."""

    done_on = DayField(label=_("Day it was carried out"))
    evidence = forms.CharField(
        label=_("What shows it"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What was seen, counted or read; number and date of a paper if there is one."),
    )


class ReopenForm(forms.Form):
    """Why a recommendation is open again."""

    reason = forms.CharField(
        label=_("Why it is open again"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class _Rows(forms.BaseFormSet):
    def triples(self):
        """The rows filled in, in order."""
        return [triple for form in self.forms if (triple := form.triple())]


RecommendationFormSet = forms.formset_factory(
    RecommendationForm, formset=_Rows, extra=3, max_num=3, absolute_max=3
)
