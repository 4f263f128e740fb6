"""Charts as they are read: their text, their shapes, and nothing the policy would block."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.utils import translation
from django.utils.safestring import SafeString
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.charts import Region, Strip, TrendPoint, area_map, describe_trend, trend
from reports.rates import Rate

CSS = Path(__file__).resolve().parents[2] / "static" / "css" / "site.css"
HOSTILE = "<script>alert('x')</script> & \"Pa Ủ\""


def read(svg):
    """The chart as a tree; fails when it is not well-formed."""
    assert isinstance(svg, SafeString)
    return ElementTree.fromstring(svg)


def of_class(tree, css):
    return [element for element in tree.iter() if css in element.get("class", "").split()]


def texts(tree, css):
    return [element.text for element in of_class(tree, css)]


def moves(path):
    """How many separate lines a path draws."""
    return len(re.findall("M", path.get("d")))


def points(*values, **last):
    made = [TrendPoint(f"T{number}", value) for number, value in enumerate(values, start=1)]
    if last:
        made[-1] = TrendPoint(made[-1].label, values[-1], **last)
    return made


CHARTS = {
    "trend": lambda **more: trend(
        points(0.97, None, 0.9, state="unknown", before=0.95, low=0.85, high=0.94),
        title=HOSTILE,
        target=0.95,
        bands=[(1, 1, HOSTILE)],
        **more,
    ),
    "strip": lambda **_more: Strip.for_rows([Rate(9, 10, 0.9, 0.8, 0.95)], [0.95]).draw(
        Rate(9, 10, 0.9, 0.8, 0.95), "watch", target=0.95, title=HOSTILE, description=HOSTILE
    ),
}


@pytest.mark.parametrize("width", [328, 620])
@pytest.mark.parametrize("kind", CHARTS)
def test_chart_is_a_named_image_that_a_strict_policy_lets_pass(kind, width):
    svg = CHARTS[kind](width=width)
    tree = read(svg)
    assert tree.get("role") == "img"
    by_id = {element.get("id"): element for element in tree.iter() if element.get("id")}
    names = tree.get("aria-labelledby").split()
    assert list(by_id) == names
    assert by_id[names[0]].tag == "title"
    assert by_id[names[0]].text == HOSTILE
    assert all(element.text for element in by_id.values())
    for element in tree.iter():
        assert element.tag in {"svg", "title", "desc", "line", "path", "circle", "rect", "text"}
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
    assert len(svg) < 6_000


@pytest.mark.parametrize("kind", CHARTS)
def test_every_class_is_in_the_stylesheet(kind):
    known = set(re.findall(r"\.([a-z][\w-]*)", CSS.read_text("utf-8")))
    used = {css for e in read(CHARTS[kind]()).iter() for css in e.get("class", "").split()}
    assert used - known == set()


@pytest.mark.parametrize("kind", CHARTS)
@pytest.mark.parametrize("width", [328, 620])
def test_everything_is_drawn_inside_the_frame(kind, width):
    tree = read(CHARTS[kind](width=width))
    _left, _top, right, bottom = map(int, tree.get("viewBox").split())
    for element in tree.iter():
        for name, value in element.attrib.items():
            if name in ("x", "x1", "x2", "cx"):
                assert 0 <= float(value) <= right
            elif name in ("y", "y1", "y2", "cy"):
                assert 0 <= float(value) <= bottom


def test_ids_follow_the_content():
    one, other = trend(points(0.9), title="THCS"), trend(points(0.9), title="Tiểu học")
    assert one == trend(points(0.9), title="THCS")
    ids = [element.get("id") for svg in (one, other) for element in read(svg).iter()]
    ids = [each for each in ids if each]
    assert len(set(ids)) == len(ids) == 4


def test_trend_leaves_a_gap_and_never_draws_a_zero():
    tree = read(trend(points(0.97, 0.96, None, 0.95, None, 0.9), title="x"))
    (line,) = of_class(tree, "line-now")
    assert moves(line) == 3
    assert line.get("d").count("h.01") == 2
    assert of_class(tree, "line-before") == []
    assert texts(tree, "axis")[:2] == ["80", "85"]


def test_trend_names_its_last_value_with_a_comma_and_its_judgement():
    tree = read(trend(points(0.97, 0.918, state="low"), title="x"))
    assert texts(tree, "label-now") == ["91,8"]
    assert "is-low" in of_class(tree, "label-now")[0].get("class").split()
    assert len(of_class(tree, "point-low")) == 1
    with translation.override("en"):
        assert texts(read(trend(points(0.918), title="x")), "label-now") == ["91.8"]


def test_trend_without_a_last_value_has_no_label_at_its_end():
    tree = read(trend(points(0.97, None), title="x"))
    assert of_class(tree, "label-now") == []
    assert [e for e in tree.iter() if e.tag == "circle"] == []


def test_trend_draws_what_cannot_be_judged_as_a_hollow_point_on_a_dashed_interval():
    shown = [
        TrendPoint("T1", 0.97, low=0.96, high=0.98),
        TrendPoint("T2", 0.9, state="unknown", low=0.8, high=0.94),
        TrendPoint("T3", 0.93, state="unknown"),
        TrendPoint("T4", 0.96, state="good"),
    ]
    tree = read(trend(shown, title="x"))
    with_interval, without = of_class(tree, "point-unknown")
    (interval,) = of_class(tree, "interval-unknown")
    assert interval.get("x1") == interval.get("x2") == with_interval.get("cx")
    assert interval.get("x1") < without.get("cx")
    assert float(interval.get("y2")) < float(with_interval.get("cy")) < float(interval.get("y1"))
    assert of_class(tree, "interval-good") == []


def test_trend_shades_its_bands_behind_the_lines():
    tree = read(trend(points(0.9, 0.8, 0.9), title="x", bands=[(0, 0, "Tết"), (2, 2, "Mưa lũ")]))
    assert [element.get("class") for element in tree][2] == "band"
    assert len(of_class(tree, "band")) == 2
    assert texts(tree, "axis")[:2] == ["Tết", "Mưa lũ"]


def test_trend_puts_the_target_on_its_place_in_the_scale():
    tree = read(trend(points(0.9, 1.0), title="x", target=0.95))
    (target,) = of_class(tree, "target-line")
    grid = {float(line.get("y1")) for line in of_class(tree, "grid")}
    assert float(target.get("y1")) == sorted(grid)[1]
    assert of_class(read(trend(points(0.9), title="x")), "target-line") == []


@pytest.mark.parametrize(
    ("lowest", "marks"),
    [
        (None, ["80", "85", "90", "95", "100"]),
        (0.97, ["80", "85", "90", "95", "100"]),
        (0.8, ["80", "85", "90", "95", "100"]),
        (0.79, ["60", "70", "80", "90", "100"]),
        (0.05, ["0", "20", "40", "60", "80", "100"]),
    ],
)
def test_every_axis_of_a_rate_follows_one_rule(lowest, marks):
    shown = texts(read(trend(points(0.97, lowest), title="x", target=0.95)), "axis")
    assert [text for text in shown if not text.startswith("T")] == marks


def test_months_that_lead_somewhere_are_links_over_their_whole_height():
    shown = [TrendPoint("T1", 0.9, url="?month=2026-01", link="Tháng 1"), TrendPoint("T2", 0.95)]
    tree = read(trend(shown, title="x"))
    # What is inside an image cannot be reached.
    assert tree.get("role") == "group"
    (link,) = [element for element in tree.iter() if element.tag == "a"]
    assert (link.get("href"), link.get("aria-label")) == ("?month=2026-01", "Tháng 1")
    (place,) = link
    assert place.get("height") == tree.get("viewBox").split()[3]
    assert float(place.get("width")) >= 24


def test_trend_thins_its_months_on_a_phone_and_keeps_the_last():
    shown = [TrendPoint(f"T{number}", 0.95) for number in range(1, 13)]
    phone = read(trend(shown, title="x", width=328))
    labels = [text for text in texts(phone, "axis") if text.startswith("T")]
    assert labels[0] == "T12"
    assert 3 <= len(labels) <= 7
    assert phone.get("class") == "chart"
    wide = read(trend(shown, title="x"))
    assert wide.get("class") == "chart chart--wide"
    assert len([text for text in texts(wide, "axis") if text.startswith("T")]) == 12
    assert "T12" not in texts(wide, "axis--minor")
    assert len(of_class(wide, "axis--minor")) == 6


@pytest.mark.parametrize("shown", [[], points(None), points(None, None), points(0.9)])
def test_trend_of_nothing_or_of_one_month_is_drawn(shown):
    tree = read(trend(shown, title="x", target=0.95))
    assert len(of_class(tree, "target-line")) == 1


def test_describe_trend_says_what_is_seen():
    shown = points(0.971, None, 0.881, 0.93, 0.918, state="unknown", before=0.957)
    assert describe_trend(shown, target=0.95) == (
        "Từ 97,1% (T1) đến 91,8% (T5). Thấp nhất 88,1% (T3), cao nhất 97,1% (T1). "
        "Cùng kỳ năm trước: 95,7%. Chỉ tiêu: 95%. 1 tháng chưa đủ sổ để kết luận."
    )
    assert describe_trend(points(None)) == "Chưa có số liệu."
    assert describe_trend(shown) in trend(shown, title="x")
    assert "khác" in trend(shown, title="x", description="khác")


SHARES = st.one_of(st.none(), st.floats(0, 1))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(SHARES, SHARES, st.sampled_from(["low", "good", "unknown"])), max_size=14),
    SHARES,
    st.sampled_from([328, 620]),
)
def test_any_trend_is_well_formed_and_inside_its_frame(values, target, width):
    shown = [
        TrendPoint(f"T{n}", value, before, state, low=value, high=value)
        for n, (value, before, state) in enumerate(values)
    ]
    tree = read(trend(shown, title="x", target=target, width=width))
    bottom = int(tree.get("viewBox").split()[3])
    drawn = "".join(e.get("d") for e in tree.iter() if e.tag == "path").replace("h.01", "")
    heights = [float(pair.split()[1]) for pair in re.split("[ML]", drawn) if pair]
    heights += [float(e.get("cy")) for e in tree.iter() if e.tag == "circle"]
    assert all(0 <= height <= bottom for height in heights)
    assert len(heights) >= sum(value is not None for value, _b, _s in values)


def test_strips_of_one_ranking_share_their_scale():
    rows = [Rate(874, 1000, 0.874, 0.85, 0.9), Rate(97, 100, 0.97, 0.95, 0.98)]
    strip = Strip.for_rows(rows, [0.95, None])
    low, high = (
        read(strip.draw(row, "low", target=0.95, title="x", description="y")) for row in rows
    )
    assert of_class(low, "target-line")[0].attrib == of_class(high, "target-line")[0].attrib
    assert float(of_class(low, "point-low")[0].get("cx")) < float(
        of_class(high, "point-low")[0].get("cx")
    )


def test_each_line_of_a_ranking_shows_its_own_target():
    rate = Rate(90, 100, 0.9, 0.85, 0.94)
    strip = Strip.for_rows([rate], [0.95, 0.8])
    high, low, none = (
        read(strip.draw(rate, "watch", target=target, title="x", description="y"))
        for target in (0.95, 0.8, None)
    )
    assert not of_class(none, "target-line")
    assert float(of_class(low, "target-line")[0].get("x1")) < float(
        of_class(high, "target-line")[0].get("x1")
    )


SQUARE = [103000, 22000, 103100, 22000, 103100, 22100, 103000, 22100]
SMALL = [103100, 22000, 103102, 22000, 103102, 22002, 103100, 22002]


class TestMap:
    def test_units_are_links_with_name_and_figure(self):
        svg = area_map(
            [
                Region([SQUARE], HOSTILE, "91", "h2", "/figures/1/"),
                Region([SMALL], "Xã B", "", "h-none", ""),
            ],
            title=HOSTILE,
            description="…",
        )
        tree = read(svg)

        assert tree.get("role") == "group"
        (link,) = [each for each in tree.iter() if each.tag == "a"]
        assert link.get("href") == "/figures/1/"
        assert link.get("aria-label") == f"{HOSTILE}: 91"
        assert [path.get("class") for path in tree.iter() if path.tag == "path"] == ["h2", "h-none"]
        assert texts(tree, "figure") == ["91"]

    def test_north_is_up_and_degrees_of_longitude_shrink(self):
        tree = read(
            area_map(
                [Region([SQUARE], "A", "", "h2", ""), Region([SMALL], "B", "", "h2", "")],
                title="t",
                description="d",
            )
        )
        _left, _top, width, height = map(int, tree.get("viewBox").split())
        first = next(each for each in tree.iter() if each.tag == "path").get("d")

        # From the south-west corner east, then north: up, which is less in a drawing.
        (x1, y1), (x2, y2) = [
            tuple(map(int, each.split())) for each in re.findall(r"(-?\d+ -?\d+)", first)[1:3]
        ]
        assert y1 == x2 == 0
        assert y2 < 0 < x1
        assert x1 / -y2 == pytest.approx(0.927, abs=0.01)
        assert width < height

    def test_a_narrow_unit_goes_without_a_figure(self):
        tree = read(
            area_map(
                [Region([SQUARE], "A", "95", "h3", ""), Region([SMALL], "B", "80", "h0", "")],
                title="t",
                description="d",
            )
        )
        assert texts(tree, "figure") == ["95"]

    def test_nothing_to_draw(self):
        assert area_map([], title="t", description="d") == ""

    def test_a_line_without_an_area(self):
        line = [103000, 22000, 103100, 22000, 103050, 22000]
        svg = area_map([Region([line], "A", "90", "h3", "")], title="t", description="d")
        assert texts(read(svg), "figure") == ["90"]
