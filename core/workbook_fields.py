"""The field of a form for an Excel file."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .documents.downloads import XLSX
from .types import StrOrPromise


def workbook_field(
    help_text: StrOrPromise = "", *, label: StrOrPromise = "", also: str = ""
) -> forms.FileField:
    """A file that is asked for; what is in it the readers judge (`core.workbooks`).

    Args:
        help_text: which file it is.
        also: another ending that is taken, with its dot.
    """
    accept = ",".join(filter(None, (".xlsx", also, XLSX)))
    return forms.FileField(
        label=label or _("Excel file (.xlsx)"),
        help_text=help_text,
        widget=forms.ClearableFileInput(attrs={"accept": accept}),
        error_messages={
            "required": _("Choose the Excel file."),
            "empty": _("The file is empty. Choose another one."),
            "max_length": _("The file name is too long. Shorten it."),
        },
        max_length=200,
    )
