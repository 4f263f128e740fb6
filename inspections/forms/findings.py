"""What is written down during a visit: one form for a whole list, empty rows left alone."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import ChecklistAnswer
from ..services.findings import MOST_PUPILS, Answered, Counted

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


class SupplementForm(forms.Form):
    """What is added to a record."""

    text = forms.CharField(
        label=_("Supplement"), max_length=3000, widget=forms.Textarea(attrs={"rows": 5})
    )
