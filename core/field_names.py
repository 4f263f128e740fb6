"""Names of fields that name themselves: translated, so that no message mixes two languages.

Django makes the name of a field from its attribute ("drafted by") when the model gives none,
and puts it into labels and refusals ("Class with this School, Year and Class name already
exists"). Here such names are looked up in the catalogue, under the context "field". Migrations
do not see it: they keep what the model said.
"""

from django.apps import apps
from django.db.models import Field
from django.utils.translation import pgettext_lazy

CONTEXT = "field"


def translate_field_names() -> None:
    """Give every field without a name of its own, of every app, the translation of its name."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields + model._meta.many_to_many:
            if names_itself(field):
                field.verbose_name = pgettext_lazy(CONTEXT, derived_name(field))


def names_itself(field: Field) -> bool:
    """Whether the model gave the field no name. A copy of one does not tell; it is asked too."""
    return getattr(field, "_verbose_name", None) is None


def derived_name(field: Field) -> str:
    """The English name Django makes of an attribute's."""
    return field.name.replace("_", " ")
