"""Forms of issued papers: what is said when issuing, which papers are looked for."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from schools.form_fields import DayField, offer

from ..models import IssuedPaper
from ..models.issued_papers import LONGEST_RECIPIENTS, LONGEST_SYMBOL, check_symbol

HIGHEST_NUMBER = 99_999
MOST_RECIPIENTS, LONGEST_RECIPIENT = 20, 150


class IssueForm(forms.Form):
    """Number, day, who signs and who receives.

    Args:
        next_number: what an empty number stands for.
        recipients: those of the only paper; None when several are issued at once.
        replaced: the papers on the same subjects that stand.
        asks_format: whether the kind of file is chosen here.
    """

    extension = forms.ChoiceField(
        label=gettext_lazy("Kind of file"), choices=[("pdf", "PDF"), ("docx", "Word")]
    )

    number = forms.IntegerField(
        label=gettext_lazy("Number of the paper"),
        min_value=1,
        max_value=HIGHEST_NUMBER,
        required=False,
    )
    symbol = forms.CharField(
        label=gettext_lazy("Symbol"), max_length=LONGEST_SYMBOL, validators=[check_symbol]
    )
    on = DayField(label=gettext_lazy("Day of the paper"))
    signing = forms.ChoiceField(
        label=gettext_lazy("Form of signing"), choices=IssuedPaper.Signing.choices, required=False
    )
    position = forms.CharField(label=gettext_lazy("Post of who signs"), max_length=150)
    signer = forms.CharField(label=gettext_lazy("Who signs"), max_length=100)
    recipients = forms.CharField(
        label=gettext_lazy("Recipients, one a line"),
        max_length=LONGEST_RECIPIENTS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    reason = forms.CharField(label=gettext_lazy("Why it replaces"), max_length=300)

    def __init__(
        self,
        *args: Any,
        next_number: int,
        recipients: Sequence[str] | None,
        replaced: Sequence[IssuedPaper],
        asks_format: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._kind = str(self.initial["symbol"]).partition("-")[0]
        self.fields["on"].initial = timezone.localdate()
        self.fields["number"].help_text = _(
            "Empty: the next number, %(number)s. Type another when your paper register is further."
        ) % {"number": next_number}
        if recipients is None:
            del self.fields["recipients"]
        else:
            self.fields["recipients"].initial = "\n".join(recipients)
        if not replaced:
            del self.fields["reason"]
        if asks_format:
            self.fields["extension"].help_text = _(
                "The paper is kept in this form; the other one is no longer made of it."
            )
        else:
            del self.fields["extension"]

    def clean_symbol(self) -> str:
        symbol: str = self.cleaned_data["symbol"]
        if not symbol.startswith(f"{self._kind}-"):
            raise ValidationError(
                _("The symbol of this kind of paper begins with %(kind)s-.") % {"kind": self._kind}
            )
        return symbol

    def clean_recipients(self) -> list[str]:
        lines = [line.strip(" -\t") for line in self.cleaned_data["recipients"].splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > MOST_RECIPIENTS or any(len(line) > LONGEST_RECIPIENT for line in lines):
            raise ValidationError(
                _("At most %(lines)s recipients of at most %(letters)s characters each.")
                % {"lines": MOST_RECIPIENTS, "letters": LONGEST_RECIPIENT}
            )
        return lines


class PaperFilterForm(forms.Form):
    """Which papers of the register; everything may be left empty."""

    office = forms.ChoiceField(label=gettext_lazy("Office"), required=False)
    year = forms.ChoiceField(label=gettext_lazy("Year"), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of paper"),
        required=False,
        choices=[("", gettext_lazy("Every kind")), *IssuedPaper.Kind.choices],
    )
    text = forms.CharField(
        label=gettext_lazy("Number, subject, recipient"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )

    def __init__(
        self,
        *args: Any,
        offices: Sequence[tuple[str, str]],
        years: Sequence[int],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "office", [("", _("Every office")), *offices])
        offer(self, "year", [("", _("Every year")), *((str(year), str(year)) for year in years)])

    def clean_year(self) -> int:
        return int(self.cleaned_data["year"] or 0)
