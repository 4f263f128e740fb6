"""Recording a visit."""

from django import forms
from django.utils.translation import gettext_lazy as _

from schools.form_fields import DayField

from ..models import Recommendation
from ..services.visits import Asked
from ..severity import NOT_RATED, wanted
from .choices import LoadedChoiceField
from .papers import PaperField


class RecordForm(forms.Form):
    """When the visit was made and what it found."""

    visited_on = DayField(label=_("Day the visit was made"))
    represented_by = forms.CharField(
        label=_("Who spoke for those inspected"),
        max_length=1600,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A line for each: name, position. They stand in the minutes."),
    )
    result = forms.CharField(
        label=_("What the visit found"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("Pupils counted in class, what the registers say, causes of absence."),
    )


class RecommendationForm(forms.Form):
    """One recommendation, to the commune or one of its schools; all of it or nothing."""

    school = LoadedChoiceField(
        label=_("To whom"),
        required=False,
        empty_label=_("The commune"),
        name=lambda school: school.name,
    )
    kind = forms.ChoiceField(
        label=_("What it is about"),
        required=False,
        choices=[("", _("Not said")), *Recommendation.Kind.choices],
    )
    severity = forms.ChoiceField(
        label=_("How grave what was found is"),
        required=False,
        choices=[("", _("Not rated")), *Recommendation.Severity.choices],
    )
    text = forms.CharField(
        label=_("Recommendation"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    owner = forms.CharField(label=_("Who answers for it"), max_length=150)
    due_on = DayField(label=_("To be done by"))

    def __init__(self, *args, schools, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["school"].offer(schools)

    def asked(self):
        """What is asked, or None when the row was left empty."""
        return Asked(**self.cleaned_data) if self.has_changed() else None


class ScanForm(forms.Form):
    """The minutes as both sides signed them."""

    file = PaperField(label=_("Signed minutes"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].required = True


class SeverityForm(forms.Form):
    """Of which severity recommendations are looked for."""

    severity = forms.ChoiceField(
        label=_("Severity"),
        required=False,
        choices=[
            ("", _("Every severity")),
            *Recommendation.Severity.choices,
            (NOT_RATED, _("Not rated")),
        ],
    )

    def wanted(self):
        """The severity to look for, "" for those not rated; None for all."""
        self.is_valid()
        return wanted(self.cleaned_data.get("severity", ""))


class AnswerForm(forms.Form):
    """What those inspected did about a recommendation."""

    remedied_on = DayField(label=_("Day it was done"))
    remedy = forms.CharField(
        label=_("What was done"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "What changed, with numbers, and number and date of a paper if there is one. Who "
            "inspected confirms it."
        ),
    )
    proof = PaperField(label=_("A photo or paper that shows it"))


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
    def asked(self):
        """What the rows filled in ask, in order."""
        return [asked for form in self.forms if (asked := form.asked())]


RecommendationFormSet = forms.formset_factory(
    RecommendationForm, formset=_Rows, extra=3, max_num=3, absolute_max=3
)
