"""Boundaries in GeoJSON (RFC 7946): read, judged and laid on a grid.

A point is snapped to a grid of a thousandth of a degree, about 110 m, and points that then fall
on their neighbours are left out. The same point of two units is snapped to the same place, so
that neighbours keep one common line, which thinning each line by itself would tear apart.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

STEPS_PER_DEGREE = 1000
MOST_BYTES = 30 * 1024 * 1024
MOST_POINTS = 3_000  # of one unit, on the grid
FEWEST_POINTS = 3

Ring: TypeAlias = list[int]


@dataclass(frozen=True)
class Outline:
    """A unit's official code and its rings: x, y, x, y … in steps of the grid, y to the north."""

    code: str
    rings: list[Ring]


def read(data: bytes) -> list[Outline]:
    """The outlines of a file.

    Each feature is a Polygon or a MultiPolygon in degrees of longitude and latitude, and has the
    official code of its unit as `id` or as the property `code`.

    Raises:
        ValidationError: no GeoJSON, a feature without a code, a code twice, another kind of
            geometry, a point off the globe, too many points; each with the feature it is in.
    """
    features = _features(data)
    found: dict[str, Outline] = {}
    for place, feature in enumerate(features, start=1):
        code = _code(feature, place)
        if code in found:
            raise ValidationError(_("Code %(code)s stands twice in the file.") % {"code": code})
        rings = [
            ring
            for each in _polygons(feature, code)
            for ring in [_snapped(each, code)]
            if len(ring) >= 2 * FEWEST_POINTS
        ]
        if not rings:
            raise ValidationError(
                _("Unit %(code)s has no outline that can be drawn.") % {"code": code}
            )
        if sum(map(len, rings)) > 2 * MOST_POINTS:
            raise ValidationError(
                _("The outline of unit %(code)s has more than %(most)s points: simplify the file.")
                % {"code": code, "most": MOST_POINTS}
            )
        found[code] = Outline(code, rings)
    return list(found.values())


def _features(data: bytes) -> list[Any]:
    if len(data) > MOST_BYTES:
        raise ValidationError(
            _("The file is larger than %(most)s MB: simplify it first.")
            % {"most": MOST_BYTES // 1024 // 1024}
        )
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("The file is not JSON.")) from error
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise ValidationError(
            _("The file is not GeoJSON with a list of units (FeatureCollection).")
        )
    return features


def _code(feature: Any, place: int) -> str:
    if isinstance(feature, dict):
        properties = feature.get("properties")
        named = properties.get("code") if isinstance(properties, dict) else None
        code = named if named is not None else feature.get("id")
        if isinstance(code, str | int) and 0 < len(str(code)) <= 10:
            return str(code)
    raise ValidationError(
        _("Unit number %(place)s of the file has no official code (id or properties.code).")
        % {"place": place}
    )


def _polygons(feature: Any, code: str) -> Iterator[Any]:
    """The rings of a feature, as they stand in the file."""
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValidationError(
            _("The outline of unit %(code)s is neither a Polygon nor a MultiPolygon.")
            % {"code": code}
        )
    coordinates = geometry.get("coordinates")
    for polygon in [coordinates] if kind == "Polygon" else _list(coordinates, code):
        yield from _list(polygon, code)


def _snapped(ring: Any, code: str) -> Ring:
    points: list[tuple[int, int]] = []
    for position in _list(ring, code):
        point = _point(position, code)
        if not points or points[-1] != point:
            points.append(point)
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return [step for point in points for step in point]


def _point(position: Any, code: str) -> tuple[int, int]:
    if isinstance(position, list) and len(position) >= 2:
        x, y = position[:2]
        if all(isinstance(each, int | float) for each in (x, y)) and (
            abs(x) <= 180 and abs(y) <= 90
        ):
            return round(x * STEPS_PER_DEGREE), round(y * STEPS_PER_DEGREE)
    raise _misplaced(code)


def _list(value: Any, code: str) -> list[Any]:
    if not isinstance(value, list):
        raise _misplaced(code)
    return value


def _misplaced(code: str) -> ValidationError:
    return ValidationError(
        _("The outline of unit %(code)s has a point that is no longitude and latitude in degrees.")
        % {"code": code}
    )
