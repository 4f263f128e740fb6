"""The form of the digest: how often, by e-mail, and a tick for each part."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.digests.parts import Part

from .models import DigestChoice


class DigestForm(forms.ModelForm):
    """What a person chooses of the digest; `refused` is what was offered and not ticked."""

    parts = forms.MultipleChoiceField(
        label=_("What it tells"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = DigestChoice
        fields = ["frequency", "by_email"]
        widgets = {"frequency": forms.RadioSelect}

    def __init__(self, *args: Any, offered: Sequence[Part], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offered = [part.code for part in offered]
        field = self.fields["parts"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(part.code, part.name) for part in offered]
        field.initial = [code for code in self._offered if code not in self.instance.refused]

    @property
    def refused(self) -> set[str]:
        """Codes of the parts that are switched off: of a form that is valid."""
        elsewhere = set(self.instance.refused) - set(self._offered)
        return elsewhere | (set(self._offered) - set(self.cleaned_data["parts"]))
