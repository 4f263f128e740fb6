"""What a person says about a question of the checklist."""

from django import forms
from django.utils.translation import gettext_lazy as _

from schools.form_fields import DayField

from ..models import ChecklistItem


class QuestionForm(forms.Form):
    """The words of a question, its section and its first day.

    Args:
        sections: names of the sections there are.
    """

    text = forms.CharField(
        label=_("Words of the question"),
        max_length=ChecklistItem._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    section = forms.ChoiceField(label=_("Section"), required=False)
    new_section = forms.CharField(
        label=_("A new section"),
        max_length=ChecklistItem._meta.get_field("section").max_length,
        required=False,
        help_text=_("Only when none of those above fits; it comes last."),
    )
    valid_from = DayField(
        label=_("From"), help_text=_("Tomorrow at the earliest: who visits today goes on as begun.")
    )

    def __init__(self, *args, sections, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["section"].choices = [("", "—"), *((each, each) for each in sections)]

    def clean(self):
        said = super().clean()
        named = [name for name in ("section", "new_section") if said.get(name)]
        if len(named) != 1 and not {"section", "new_section"} & set(self.errors):
            self.add_error("section", _("Choose one section, or name a new one."))
        said["section"] = said.get("new_section") or said.get("section", "")
        said.pop("new_section", None)
        return said


class EndQuestionForm(forms.Form):
    """From when a question is no longer asked."""

    on = DayField(
        label=_("No longer asked from"), help_text=_("Answers given before stay in their visits.")
    )
