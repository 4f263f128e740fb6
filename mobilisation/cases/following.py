"""The cases of pupils, for the lists of packages below (`schools.pupils.following`)."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _

from core.scope import Scope
from schools.pupils.following import Following

from ..models.cases import ChildCase, places_followed
from .selectors.cases import cases_beside
from .selectors.children import pupils_followed


def of_pupils(scope: Scope, pupil_ids: Collection[int]) -> dict[int, Following]:
    """What is, was or may be done about some pupils; at most three queries, none for who follows
    nobody."""
    places = places_followed(scope)
    if not pupil_ids or not places:
        return {}
    cases = cases_beside(pupils=pupil_ids).of_pupil
    free = set(pupils_followed(places).filter(pk__in=pupil_ids).values_list("pk", flat=True))
    free -= {pk for pk, case in cases.items() if case.state == ChildCase.State.OPEN}
    return {
        pk: _following(pk, cases.get(pk), may_open=pk in free)
        for pk in pupil_ids
        if pk in cases or pk in free
    }


def _following(pupil_id: int, case: ChildCase | None, *, may_open: bool) -> Following:
    open_url = reverse("mobilisation:case_of_pupil", args=[pupil_id]) if may_open else ""
    if case is None:
        return Following(open_url=open_url)
    is_open = case.state == ChildCase.State.OPEN
    return Following(
        state=case.in_short,
        last=_last(case) if is_open else _since(case),
        url=reverse("mobilisation:case", args=[case.pk]),
        open_url=open_url,
    )


def _last(case: ChildCase) -> str:
    visit = next(iter(case.visits.all()), None)
    if visit is None:
        return _("nobody has asked yet; until %(day)s") % {"day": f"{case.due_on:%d/%m}"}
    said = {"day": f"{visit.made_on:%d/%m}", "way": visit.get_way_display()}
    if visit.next_on is None:
        return _("%(way)s on %(day)s") % said
    said["next"] = f"{visit.next_on:%d/%m}"
    return _("%(way)s on %(day)s, next time %(next)s") % said


def _since(case: ChildCase) -> str:
    if case.closed_on is None:
        return ""
    return _("since %(day)s") % {"day": f"{case.closed_on:%d/%m/%Y}"}
