"""Units drawn where they lie, in the colour of what is told of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians

from django.utils.safestring import SafeString

from schools.areas.boundary_files import STEPS_PER_DEGREE

from .drawing import frame, tag, word, wrapped

WIDTH = 640
MARGIN = 6
# What a figure of two digits takes, in units of the drawing; narrower units go without.
ROOM = 26


@dataclass(frozen=True)
class Region:
    """One unit: its rings on the grid, name, figure and colour, and where a press on it leads."""

    rings: Sequence[Sequence[int]]
    name: str
    figure: str
    css: str
    url: str


class _Projection:
    """From steps of the grid to units of the drawing: degrees of longitude shrink to the north."""

    def __init__(self, regions: Sequence[Region]) -> None:
        xs = [x for region in regions for ring in region.rings for x in ring[::2]]
        ys = [y for region in regions for ring in region.rings for y in ring[1::2]]
        self.west, self.north = min(xs), max(ys)
        shrink = cos(radians((self.north + min(ys)) / 2 / STEPS_PER_DEGREE))
        # A province of a single point has no width to fill.
        widest = max((max(xs) - self.west) * shrink, (self.north - min(ys)), 1)
        self.per_y = (WIDTH - 2 * MARGIN) / widest
        self.per_x = self.per_y * shrink
        self.width = round((max(xs) - self.west) * self.per_x) + 2 * MARGIN
        self.height = round((self.north - min(ys)) * self.per_y) + 2 * MARGIN

    def __call__(self, ring: Sequence[int]) -> list[tuple[int, int]]:
        return [
            (
                MARGIN + round((x - self.west) * self.per_x),
                MARGIN + round((self.north - y) * self.per_y),
            )
            for x, y in zip(ring[::2], ring[1::2], strict=True)
        ]


def area_map(regions: Sequence[Region], *, title: str, description: str) -> SafeString:
    """A map of units, each a link with its name and figure; empty without regions.

    The figure stands in a unit wide enough for it. What the map says is said by the tables of
    its page too.
    """
    if not regions:
        return SafeString("")
    projection = _Projection(regions)
    drawn = [(region, [projection(ring) for ring in region.rings]) for region in regions]
    parts = [
        *(_outline(region, rings) for region, rings in drawn),
        *(each for region, rings in drawn for each in _figure(region, rings)),
    ]
    return frame(
        parts,
        projection.width,
        projection.height,
        title=title,
        description=description,
        css="area-map",
        role="group",
    )


def _outline(region: Region, rings: Sequence[Sequence[tuple[int, int]]]) -> str:
    name = f"{region.name}: {region.figure}" if region.figure else region.name
    path = tag("path", class_=region.css, d="".join(map(_path, rings)), fill_rule="evenodd")
    inside = tag("title", name) + path
    if not region.url:
        return wrapped("g", inside)
    return wrapped("a", inside, href=region.url, aria_label=name)


def _path(ring: Sequence[tuple[int, int]]) -> str:
    """The ring in relative steps, which are short to send."""
    (x, y), *rest = ring
    steps = []
    for next_x, next_y in rest:
        steps.append(f"{next_x - x} {next_y - y}")
        x, y = next_x, next_y
    return f"M{ring[0][0]} {ring[0][1]}l{' '.join(steps)}z"


def _figure(region: Region, rings: Sequence[Sequence[tuple[int, int]]]) -> Iterator[str]:
    largest = max(rings, key=lambda ring: abs(_doubled_area(ring)))
    xs = [x for x, _y in largest]
    if region.figure and max(xs) - min(xs) >= ROOM:
        x, y = _centre(largest)
        yield word(region.figure, x, y, f"figure {region.css}", "middle")


def _doubled_area(ring: Sequence[tuple[int, int]]) -> int:
    return sum(
        x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True)
    )


def _centre(ring: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """The centre of gravity of a ring; of one without an area, the middle of its points."""
    doubled = _doubled_area(ring)
    if not doubled:
        return (
            sum(x for x, _y in ring) / len(ring),
            sum(y for _x, y in ring) / len(ring),
        )
    sums = [0, 0]
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = x1 * y2 - x2 * y1
        sums[0] += (x1 + x2) * cross
        sums[1] += (y1 + y2) * cross
    return sums[0] / (3 * doubled), sums[1] / (3 * doubled)
