"""What is written down during a visit: one form for a whole list, empty rows left alone."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from core.bounded_requests import MOST_NAME_CHARACTERS

from ..models import ChecklistAnswer, HouseholdCheck
from ..services.findings import Answered, Counted
from ..services.households import Met
from ..services.lines import MOST_PUPILS

NOTE = {"max_length": 500, "required": False}


def _seen(row):
    """The version that was shown, 0 for none."""
    return forms.IntegerField(
        required=False, min_value=0, initial=row.version if row else 0, widget=forms.HiddenInput
    )


class ChecklistForm(forms.Form):
    """Questions with their answers; `sections` are the rows as the page shows them."""

    def __init__(self, *args, questions, **kwargs):
        super().__init__(*args, **kwargs)
        self._items = [question.item for question in questions]
        for question in questions:
            pk, row = question.item.pk, question.answer
            self.fields[f"answer_{pk}"] = forms.ChoiceField(
                label=question.item.text,
                choices=ChecklistAnswer.Answer.choices,
                required=False,
                initial=row.answer if row else "",
                widget=forms.RadioSelect,
            )
            self.fields[f"note_{pk}"] = forms.CharField(
                label=_("Note"), initial=row.note if row else "", **NOTE
            )
            self.fields[f"seen_{pk}"] = _seen(row)

    def clean(self):
        """A note alone says nothing."""
        cleaned = super().clean()
        for item in self._items:
            if cleaned.get(f"note_{item.pk}") and not cleaned.get(f"answer_{item.pk}"):
                self.add_error(f"answer_{item.pk}", _("Choose an answer for this note."))
        return cleaned

    def sections(self):
        """[(section, [(answer, note, seen)])] as bound fields."""
        sections = {}
        for item in self._items:
            fields = tuple(self[f"{name}_{item.pk}"] for name in ("answer", "note", "seen"))
            sections.setdefault(item.section, []).append(fields)
        return list(sections.items())

    def answers(self):
        """What was answered, as `Answered`."""
        told = self.cleaned_data
        return [
            Answered(
                item.pk,
                told[f"answer_{item.pk}"],
                told[f"note_{item.pk}"],
                told[f"seen_{item.pk}"] or 0,
            )
            for item in self._items
            if told[f"answer_{item.pk}"]
        ]


class CountForm(forms.Form):
    """Pupils counted in the classes of a school in one session."""

    def __init__(self, *args, classes, counts, **kwargs):
        super().__init__(*args, **kwargs)
        self._classes = list(classes)
        for each in self._classes:
            row = counts.get(each.pk)
            self.fields[f"counted_{each.pk}"] = forms.IntegerField(
                label=each.name,
                required=False,
                min_value=0,
                max_value=MOST_PUPILS,
                initial=row.counted if row else None,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )
            self.fields[f"note_{each.pk}"] = forms.CharField(
                label=_("Note"), initial=row.note if row else "", **NOTE | {"max_length": 300}
            )
            self.fields[f"seen_{each.pk}"] = _seen(row)

    def rows(self, counts):
        """[(class, its count or None, counted, note, seen)], the last three as bound fields."""
        return [
            (
                each,
                counts.get(each.pk),
                *(self[f"{name}_{each.pk}"] for name in ("counted", "note", "seen")),
            )
            for each in self._classes
        ]

    def counts(self):
        """What was counted, as `Counted`; classes left empty are left alone."""
        told = self.cleaned_data
        return [
            Counted(
                each.pk,
                told[f"counted_{each.pk}"],
                told[f"note_{each.pk}"],
                told[f"seen_{each.pk}"] or 0,
            )
            for each in self._classes
            if told[f"counted_{each.pk}"] is not None
        ]


class HouseholdsForm(forms.Form):
    """Households of a village: as in the survey, or what differs; rows left alone say nothing."""

    def __init__(self, *args, surveyed, checks, **kwargs):
        super().__init__(*args, **kwargs)
        self._surveyed = surveyed
        for each in surveyed:
            pk = each.household.pk
            row = checks.get(pk)
            self.fields[f"result_{pk}"] = forms.ChoiceField(
                label=_("Form %(number)s") % {"number": each.household.form_number},
                choices=HouseholdCheck.Result.choices,
                required=False,
                initial=row.result if row else "",
                widget=forms.RadioSelect,
            )
            self.fields[f"note_{pk}"] = forms.CharField(
                label=_("What differs"),
                initial=row.note if row else "",
                **NOTE | {"max_length": 300},
            )
            self.fields[f"seen_{pk}"] = _seen(row)

    def clean(self):
        """What differs is said, and something said belongs to an answer."""
        cleaned = super().clean()
        for each in self._surveyed:
            pk = each.household.pk
            result, note = cleaned.get(f"result_{pk}"), cleaned.get(f"note_{pk}")
            if note and not result:
                self.add_error(f"result_{pk}", _("Choose an answer for this note."))
            if result == HouseholdCheck.Result.DIFFERS and not note:
                self.add_error(f"note_{pk}", _("Write what differs from the survey."))
        return cleaned

    def rows(self):
        """[(surveyed, result, note, seen)], the last three as bound fields."""
        return [
            (each, *(self[f"{name}_{each.household.pk}"] for name in ("result", "note", "seen")))
            for each in self._surveyed
        ]

    def met(self):
        """What was met, as `Met`."""
        told = self.cleaned_data
        return [
            Met(pk, told[f"result_{pk}"], told[f"note_{pk}"], told[f"seen_{pk}"] or 0)
            for pk in (each.household.pk for each in self._surveyed)
            if told[f"result_{pk}"]
        ]


class PhotoForm(forms.Form):
    """A photo as a device or a browser sends it."""

    item = forms.ChoiceField(label=_("Of which question"), required=False)
    photo = forms.FileField(
        label=_("Photo"),
        max_length=MOST_NAME_CHARACTERS,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png"}),
        help_text=_("JPEG or PNG, at most 5 MB. The place where it was taken is removed."),
    )
    op_id = forms.UUIDField(widget=forms.HiddenInput())
    taken_at = forms.DateTimeField(required=False, widget=forms.HiddenInput())

    def __init__(self, *args, questions, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [
            ("", _("The whole visit")),
            *((str(each.item.pk), each.item.text) for each in questions),
        ]
        self.initial["op_id"] = uuid.uuid4()

    def clean_item(self):
        """The id of the question, or None."""
        return int(self.cleaned_data["item"]) if self.cleaned_data["item"] else None


class SupplementForm(forms.Form):
    """What is added to a record."""

    text = forms.CharField(
        label=_("Supplement"), max_length=3000, widget=forms.Textarea(attrs={"rows": 5})
    )
