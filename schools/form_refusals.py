"""Showing a service's refusal at the field where the person can mend it."""

from django import forms
from django.core.exceptions import ValidationError

# Names of the model's columns, where they differ from what the form calls them.
FORM_NAMES = {"valid_from": ("start", "on"), "valid_to": ("on", "start"), "school_class": ("to",)}


def show_refusal(form: forms.BaseForm, error: ValidationError) -> None:
    """Add a ValidationError of a service to a form, at its field when the form has it."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        candidates = (name, *FORM_NAMES.get(name, ()))
        field = next((each for each in candidates if each in form.fields), None)
        form.add_error(field, errors)
