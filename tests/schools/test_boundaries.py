"""Boundaries of communes: the file, what is written, what is refused; the map made of them."""

import datetime
import itertools
import json
import random
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from core.models import Event
from schools.areas import boundary_files
from schools.areas.selectors.boundaries import boundaries_of
from schools.areas.services.boundaries import load_boundaries
from schools.events import BOUNDARIES_LOADED
from schools.models import AreaBoundary

TODAY = datetime.date(2025, 10, 6)
SQUARE = [[103.0, 22.0], [103.1, 22.0], [103.1, 22.1], [103.0, 22.1], [103.0, 22.0]]


def feature(code, rings=(SQUARE,), kind="Polygon"):
    coordinates = list(rings) if kind == "Polygon" else [list(rings)]
    return {
        "type": "Feature",
        "id": code,
        "properties": {},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def file_of(*features):
    return json.dumps({"type": "FeatureCollection", "features": list(features)}).encode()


class TestTheFile:
    def test_rings_are_laid_on_the_grid(self):
        (found,) = boundary_files.read(file_of(feature("03388")))

        assert found.code == "03388"
        assert found.rings == [[103000, 22000, 103100, 22000, 103100, 22100, 103000, 22100]]

    def test_points_that_fall_together_are_one(self):
        near = [[103.0, 22.0], [103.0001, 22.0002], *SQUARE[1:]]

        (found,) = boundary_files.read(file_of(feature("1", [near])))

        assert len(found.rings[0]) == 8

    def test_neighbours_keep_one_line(self):
        """The same point of two units is snapped alike, wherever each ring begins."""
        draw = random.Random(7)
        line = [[103 + draw.random() / 10, 22 + draw.random() / 10] for _each in range(200)]
        west = [*line, [102.5, 22.2], [102.5, 21.9], line[0]]
        east = [*line[::-1], [103.5, 21.9], [103.5, 22.2], line[-1]]

        left, right = boundary_files.read(file_of(feature("1", [west]), feature("2", [east])))

        def edges(ring):
            points = list(zip(ring[::2], ring[1::2], strict=True))
            return {frozenset(each) for each in zip(points, [*points[1:], points[0]], strict=True)}

        snapped = [(round(x * 1000), round(y * 1000)) for x, y in line]
        border = {frozenset(each) for each in itertools.pairwise(snapped)}
        assert border <= edges(left.rings[0])
        assert border <= edges(right.rings[0])

    def test_code_in_the_properties(self):
        other = feature(7) | {"properties": {"code": "03390"}}

        assert [each.code for each in boundary_files.read(file_of(other))] == ["03390"]

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "không phải JSON"),
            (b"\xff\xfe", "không phải JSON"),
            (b"[" * 100_000, "không phải JSON"),
            (b"[]", "không phải GeoJSON"),
            (b'{"type": "Topology", "objects": {}}', "không phải GeoJSON"),
            (b'{"features": []}', "không phải GeoJSON"),
            (b'{"features": [3]}', "Đơn vị thứ 1"),
            (file_of(feature("1"), feature(None)), "Đơn vị thứ 2"),
            (file_of(feature("1" * 11)), "không có mã"),
            (file_of(feature("1"), feature("1")), "Mã 1 có hai lần"),
            (file_of(feature("1", kind="Point")), "không phải Polygon"),
            (file_of(feature("1") | {"geometry": None}), "không phải Polygon"),
            (file_of(feature("1", [[[103.0, 22.0]]])), "không có đường bao"),
            (file_of(feature("1", [[[103.0]]])), "không phải kinh độ"),
            (file_of(feature("1", [[[103.0, 220.0]]])), "không phải kinh độ"),
            (file_of(feature("1", [[["a", 22.0]]])), "không phải kinh độ"),
            (file_of(feature("1", [7])), "không phải kinh độ"),
            (file_of(feature("1", [[[float("nan"), 22.0]]])), "không phải kinh độ"),
        ],
    )
    def test_what_is_refused(self, data, said):
        with pytest.raises(ValidationError) as refused:
            boundary_files.read(data)

        assert said in " ".join(refused.value.messages)

    def test_too_large(self, monkeypatch):
        monkeypatch.setattr(boundary_files, "MOST_BYTES", 3 * 1024 * 1024)
        with pytest.raises(ValidationError, match="lớn hơn 3 MB"):
            boundary_files.read(b" " * (3 * 1024 * 1024 + 1))

    def test_too_many_points(self):
        ring = [[103 + each / 500, 22 + (each % 2) / 500] for each in range(3_100)]
        with pytest.raises(ValidationError, match="hơn 3000 điểm"):
            boundary_files.read(file_of(feature("1", [ring])))


@pytest.mark.django_db
class TestLoading:
    def test_written_and_recorded(self, world):
        commune = world.commune_a
        loaded = load_boundaries(
            file_of(feature(commune.code, kind="MultiPolygon")), on=TODAY, source="Sở Nội vụ"
        )

        assert loaded.tally.created == 1
        assert commune not in loaded.without
        found = boundaries_of([commune.pk])
        assert found.rings[commune.pk][0][:2] == [103000, 22000]
        assert found.sources == ["Sở Nội vụ"]
        assert Event.objects.filter(kind=BOUNDARIES_LOADED.code).count() == 1

    def test_loading_again_changes_nothing(self, world):
        data = file_of(feature(world.commune_a.code))
        load_boundaries(data, on=TODAY, source="a")

        loaded = load_boundaries(data, on=TODAY, source="a")

        assert (loaded.tally.created, loaded.tally.changed, loaded.tally.unchanged) == (0, 0, 1)
        assert Event.objects.filter(kind=BOUNDARIES_LOADED.code).count() == 1

    def test_an_unknown_code_refuses_the_whole_file(self, world):
        data = file_of(feature(world.commune_a.code), feature("99999"))

        with pytest.raises(ValidationError, match="99999"):
            load_boundaries(data, on=TODAY, source="a")

        assert not AreaBoundary.objects.exists()

    def test_trying_writes_nothing(self, world):
        loaded = load_boundaries(
            file_of(feature(world.commune_a.code)), on=TODAY, source="a", dry_run=True
        )

        assert loaded.tally.created == 1
        assert not AreaBoundary.objects.exists()

    def test_command(self, world, tmp_path):
        path = tmp_path / "xa.geojson"
        path.write_bytes(file_of(feature(world.commune_a.code)))
        out = StringIO()

        call_command("load_boundaries", path, on=TODAY, stdout=out)

        assert "1 mới" in out.getvalue()
        assert AreaBoundary.objects.get().source == "xa.geojson"

    def test_command_refuses(self, world, tmp_path):
        with pytest.raises(CommandError, match="No such file"):
            call_command("load_boundaries", tmp_path / "none.json")
        (tmp_path / "bad.json").write_text("{}")
        with pytest.raises(CommandError, match="GeoJSON"):
            call_command("load_boundaries", tmp_path / "bad.json")
