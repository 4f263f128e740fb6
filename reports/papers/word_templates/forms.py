"""Forms of the Word templates: a file from a day on; back to the built-in one."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.documents.downloads import DOCX
from core.documents.word_templates import MEGABYTE, MOST_BYTES
from schools.form_fields import DayField


class TemplateForm(forms.Form):
    """A Word file and its first day."""

    file = forms.FileField(
        label=gettext_lazy("Word file (.docx)"),
        help_text=gettext_lazy("At most 2 MB, without macros, links and embedded files."),
        widget=forms.ClearableFileInput(attrs={"accept": f".docx,{DOCX}"}),
        max_length=100,
        error_messages={
            "required": gettext_lazy("Choose the Word file."),
            "empty": gettext_lazy("The file is empty. Choose another one."),
            "max_length": gettext_lazy("The file name is too long. Shorten it."),
        },
    )
    valid_from = DayField(label=gettext_lazy("Used from"))

    def clean_file(self):
        """The file, not larger than a template may be."""
        found = self.cleaned_data["file"]
        if found.size > MOST_BYTES:
            raise ValidationError(
                _(
                    "The file is larger than %(what)s MB. Make its pictures smaller and save it"
                    " again."
                )
                % {"what": MOST_BYTES // MEGABYTE}
            )
        return found


class ConfirmTemplateForm(forms.Form):
    """That a template which was tried is kept."""


class EndTemplateForm(forms.Form):
    """From which day the built-in layout is used again."""

    on = DayField(label=gettext_lazy("Built-in layout from"))
