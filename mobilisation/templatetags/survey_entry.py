"""The form of a person of the survey for the frame without a network."""

from django import template
from django.utils import timezone

from ..enums import Presence
from ..survey_entry.forms import PersonForm

register = template.Library()


@register.simple_tag
def survey_person_form() -> PersonForm:
    """An empty form; its words and choices are those of the page of a person."""
    form = PersonForm(
        year=timezone.localdate().year,
        initial={"presence": Presence.LIVES},
        auto_id="someone-%s",
    )
    form.offer_another()
    return form
