"""The rows of a sheet: made once for pupils who have the same marks, and then told apart."""

from dataclasses import replace
from typing import Any, NamedTuple, cast

from django import template
from django.template.loader import get_template
from django.utils.html import escape
from django.utils.safestring import SafeString

from schools.models import Pupil

from ..registers.selectors.sheet import SheetRow

register = template.Library()
PK, NUMBER, NAME = "__pupil__", "__number__", "__name__"
FORMS = "forms of rows"


class _AnyPupil(NamedTuple):
    pk: str = PK
    full_name: str = NAME


ANY_PUPIL = cast("Pupil", _AnyPupil())


@register.simple_tag(takes_context=True)
def sheet_row(context: template.RequestContext, row: SheetRow) -> str:
    """`attendance/_row.html` of a row.

    In a class most rows differ by key, number and name alone. They are rendered once for each set
    of marks and days, with a word in the place of each, which costs a third of the page.
    """
    if row.leave is not None or row.is_namesake or row.is_uncounted:
        return _rendered(context, row, row.pupil.pk)
    # Django's, for what a tag remembers while one page is made.
    forms = cast("dict[Any, Any]", context.render_context).setdefault(FORMS, {})
    alike = (row.mark, row.reason, *row.days)
    if alike not in forms:
        any_row = replace(row, pupil=ANY_PUPIL, number=cast("int", NUMBER))
        forms[alike] = _rendered(context, any_row, PK)
    told = forms[alike].replace(PK, str(row.pupil.pk)).replace(NUMBER, str(row.number))
    # The name last: in it nothing is replaced.
    return SafeString(told.replace(NAME, escape(row.pupil.full_name)))


def _rendered(context: template.RequestContext, row: SheetRow, pk: Any) -> str:
    found = get_template("attendance/_row.html").template  # type: ignore[attr-defined]  # Django's own engine
    with context.push(row=row, pk=pk):
        return found.render(context)
