"""A file that shows what was done."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.attachments import ACCEPTED


class PaperField(forms.FileField):
    """A photo or PDF."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            help_text=_("JPEG, PNG or PDF, at most 5 MB."),
            widget=forms.FileInput(attrs={"accept": ACCEPTED}),
            error_messages={"empty": _("The file is empty. Choose another one.")},
            required=False,
            **kwargs,
        )
