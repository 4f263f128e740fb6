"""Which publication stands, and what differs from it now."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from core.months import Month
from core.permissions import Permission as P
from core.scope import Scope
from schools.areas.selectors.tree import AreaTree
from schools.enums import AreaLevel
from schools.models import Area, School

from ..models import MonthAssessment, MonthConfirmation, Publication, PublicationReceipt
from ..selectors.dashboards import map_date_for
from .freezing import fingerprint, frozen_content


@dataclass(frozen=True)
class Difference:
    """One figure that is not what it was when it was published; None where there was no row."""

    area: str
    level: str
    indicator: str
    published: dict[str, Any] | None
    now: dict[str, Any] | None


def latest_publication(area: Area, month: Month) -> Publication | None:
    """The last publication of an area's month, or None; one query."""
    return (
        Publication.objects.filter(area=area, month=month.first)
        .select_related("lock", "area")
        .defer("content")
        .order_by("-number")
        .first()
    )


def publication_of_code(code: str) -> Publication | None:
    """The publication with a verification code ("XXXX-XXXX-XXXX"), or None; one query."""
    return Publication.objects.filter(code=code).select_related("lock", "area").first()


def standing_publications(area_ids: Collection[int], month: Month) -> dict[int, Publication]:
    """{id of an area: its publication of a month that was not reopened}; one query.

    Without their figures, which are some megabytes of a province.
    """
    found = Publication.objects.filter(
        area_id__in=area_ids, month=month.first, lock__unlocked_at=None
    )
    found = found.select_related("lock", "area").defer("content").order_by("number")
    return {each.area_id: each for each in found}


def publication_over(area: Area, month: Month) -> Publication | None:
    """The publication that stands for an area's month, its own or that of the nearest above."""
    above = [each.pk for each in AreaTree.on(map_date_for(area, month)).ancestors(area.pk)]
    standing = standing_publications(above, month)
    return next((standing[pk] for pk in reversed(above) if pk in standing), None)


def replacement_of(publication: Publication) -> Publication | None:
    """The publication that replaces this one, or None; one query."""
    return Publication.objects.filter(replaces=publication).defer("content").first()


def is_unaltered(publication: Publication) -> bool:
    """Whether the figures kept are those over which the fingerprint was made."""
    return fingerprint(publication.content) == publication.fingerprint


def differences(publication: Publication) -> list[Difference]:
    """The figures that are not as they were published, in the order of the publication."""
    content, _stale = frozen_content(
        area=publication.area, month=Month.of(publication.month), number=publication.number
    )
    before, now = _by_key(json.loads(publication.content)), _by_key(content)
    return [
        Difference(*key, published=before.get(key), now=now.get(key))
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]


def _by_key(content: Mapping[str, Any]) -> dict[tuple[str, str, str], dict[str, Any]]:
    return {(row["area"], row["level"], row["indicator"]): row for row in content["rows"]}


def receipts_of(publication: Publication) -> dict[int, PublicationReceipt]:
    """{id of a commune: its word that it has read the results}; one query."""
    found = publication.receipts.select_related("acknowledged_by")
    return {each.area_id: each for each in found}


def has_acknowledged(commune_id: int, publication: Publication) -> bool:
    """Whether a commune has said that it has read the results; one query."""
    return publication.receipts.filter(area=commune_id).exists()


def own_communes(scope: Scope) -> list[Area]:
    """The communes whose own office the reader is: an office above does not speak for them."""
    granted = [scope.tree.get(pk) for pk in scope.areas_granted(P.ASSESS_MONTH)]
    return [each for each in granted if each is not None and each.level == AreaLevel.COMMUNE]


def confirmation_of(school: School, month: Month) -> MonthConfirmation | None:
    """The confirmation of a school's month, given or taken back; None: never given. One query."""
    return (
        MonthConfirmation.objects.filter(school=school, month=month.first)
        .select_related("school", "confirmed_by")
        .first()
    )


def confirmations_of(school_ids: Collection[int], month: Month) -> dict[int, MonthConfirmation]:
    """{id of a school: its confirmation of a month}, of those that stand; one query."""
    found = MonthConfirmation.objects.filter(
        school_id__in=school_ids, month=month.first, state=MonthConfirmation.State.CONFIRMED
    )
    return {each.school_id: each for each in found.select_related("confirmed_by")}


def assessment_of(commune: Area, month: Month) -> MonthAssessment | None:
    """The assessment of a commune's month, in any state, or None; one query."""
    return (
        MonthAssessment.objects.filter(area=commune, month=month.first)
        .select_related("area", "written_by", "sent_by", "accepted_by")
        .first()
    )


def assessments_of(commune_ids: Collection[int], month: Month) -> dict[int, MonthAssessment]:
    """{id of a commune: the assessment of its month}, in any state; one query."""
    found = MonthAssessment.objects.filter(area_id__in=commune_ids, month=month.first)
    return {each.area_id: each for each in found.select_related("area")}
