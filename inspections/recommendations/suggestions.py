"""What overdue recommendations ask of the reader of a start page (`reports.suggested_actions`)."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.permissions import Permission as P
from core.scope import Scope
from reports.suggested_actions import Action

from .selectors import Show, count_raised_to


def overdue_below(scope: Scope, *, area_id: int | None) -> Iterator[Action]:
    """Yield the step to recommendations of the levels below that nobody answered for too long; at
    most two queries, none for who follows none."""
    if not scope.may(P.VIEW_PLANS):
        return
    count = count_raised_to(scope)
    if count:
        yield Action(
            title=_("After the inspection"),
            text=ngettext(
                "%(count)s recommendation to a commune has been overdue for too long.",
                "%(count)s recommendations to communes have been overdue for too long.",
                count,
            )
            % {"count": count},
            url=f"{reverse('inspections:recommendation_list')}?show={Show.RAISED}",
            action=_("See which"),
        )
