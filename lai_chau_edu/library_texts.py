"""Texts of Django that the product says in its own words.

They stand here only so that `makemessages` finds them: our catalogue comes before Django's.
"""

from django.utils.translation import gettext_noop

REWORDED = [
    gettext_noop("This field is required."),
    gettext_noop("Enter a valid date."),
    gettext_noop("Enter a whole number."),
    gettext_noop("Enter a number."),
    gettext_noop("Select a valid choice. That choice is not one of the available choices."),
    gettext_noop("No file was submitted."),
    gettext_noop("The submitted file is empty."),
]
