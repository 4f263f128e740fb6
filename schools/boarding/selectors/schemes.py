"""Schemes of semi-boarding schools, where the reader's places reach."""

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

from core.scope import Places

from ...models import ConversionScheme, School
from ...models.boarding import STANDING
from ..judging import Condition, Of


def scheme_in(places: Places, scheme_id: int) -> ConversionScheme | None:
    """A scheme with its school and its people when the school lies in the places, else None."""
    return (
        ConversionScheme.objects.filter(pk=scheme_id, school__in=School.objects.within(places))
        .select_related("school", "reviewed_by", "drafted_by", "appraised_by", "approved_by")
        .first()
    )


def schemes_of(school: School) -> list[ConversionScheme]:
    """Every scheme of a school, the latest first."""
    return list(ConversionScheme.objects.filter(school=school).order_by("-reviewed_on", "-pk"))


def standing_schemes(school_ids: Collection[int]) -> dict[int, ConversionScheme]:
    """{school id: the scheme that goes on}; one query."""
    rows = ConversionScheme.objects.filter(school__in=list(school_ids), state__in=STANDING)
    return {row.school_id: row for row in rows}


def conditions_kept(figures: Mapping[str, Any]) -> list[Condition]:
    """The conditions that were kept with a scheme, to be shown as those of today are."""
    return [
        Condition(Of(each["of"]), each["count"], each["total"], Fraction(each["least"]))
        for each in figures.get("conditions", [])
    ]
