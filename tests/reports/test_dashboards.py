"""Dashboards: the figures are those of the facts, add up, and stay inside the scope."""

import datetime

import pytest
from django.urls import reverse

from accounts.scoping import scope_for
from core import rules
from core.models import Rule
from core.months import Month
from core.permissions import Permission as P
from reports import dashboard_presenter, thresholds
from reports.models import Flag, SchoolMonth, Target
from reports.rates import Judgement
from reports.selectors.dashboards import area_dashboard, school_dashboard
from reports.services.facts import rebuild
from reports.services.flags import raise_flags
from schools.models import AreaBoundary, Placement, Succession
from schools.school_years.periods import Period
from tests.frozen import freeze_time
from tests.html_query import read
from tests.inspections.conftest import make_flag
from tests.reports.register_builders import OCTOBER, pupil_ids, take
from tests.world import make_area, make_class, make_school

pytestmark = pytest.mark.django_db
MONTH = "?month=2026-10"


@pytest.fixture
def books(world):
    """Twelve mornings: one of six away in 6A, nobody in 6B, 1+2 without any register."""
    away = pupil_ids(world.class_a)[0]
    for number in range(1, 13):
        take(world.class_a, datetime.date(2026, 10, number), {away: "K"})
        take(world.class_b, datetime.date(2026, 10, number))
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
    return world


def board(area, level="", **more):
    return area_dashboard(
        area=area, month=OCTOBER, level=level, rules=rules.table(on=OCTOBER.first), **more
    )


def page_of(client, name, pk, query=MONTH):
    answer = client.get(reverse(f"reports:{name}", args=[pk]) + query)
    assert answer.status_code == 200
    return read(answer)


def test_children_add_up_to_their_parent_at_every_step(books):
    province, cluster = board(books.province), board(books.cluster)
    commune = board(books.commune_a)
    school = school_dashboard(
        school=books.school_a, month=OCTOBER, level="", rules=rules.table(on=OCTOBER.first)
    )
    for parent in (province, cluster, commune, school):
        for name in ("expected", "excused", "unexcused", "scheduled", "taken", "roll_end"):
            children = sum(getattr(row.figures, name) for row in parent.children)
            assert getattr(parent.total, name) == children, (parent.total_row.name, name)
    assert province.total.expected == 6 * 12 + 3 * 12
    assert cluster.total.expected == commune.total.expected == school.total.expected == 6 * 12


def test_figures_are_those_of_the_facts(books):
    total = board(books.province, "THCS").total
    facts = list(SchoolMonth.objects.filter(month=OCTOBER.first, level="THCS"))
    assert total.expected == sum(fact.expected for fact in facts)
    assert total.unexcused == sum(fact.unexcused for fact in facts) == 12


def test_page_shows_rate_numbers_coverage_and_definition(books, sign_in):
    page = page_of(sign_in(books.commune_officer), "area", books.commune_a.pk)
    meta = page.one("main .meta")
    assert "60 / 72 lượt học" in meta.text
    assert "100% sổ đã gửi (12 / 12)" in meta.text
    links = [link.get("href") for link in meta.select("a")]
    assert reverse("reports:indicators") + "#attendance" in links
    assert "83,3" in page.one("h1").text


def test_level_and_month_come_from_the_address_and_wrong_ones_fall_back(books, sign_in):
    client = sign_in(books.commune_officer)
    primary = page_of(client, "area", books.commune_a.pk, MONTH + "&level=TH")
    assert primary.one("h1").text == "Tháng 10/2026, Tiểu học: chưa gửi sổ nào (0/22 sổ)."
    for query in ("?month=2026-13", "?month=x", "?month=2999-01", "?level=QQ", ""):
        page = page_of(client, "area", books.commune_a.pk, query)
        assert page.one("h1").text.startswith("Tháng 10/2026, THCS")


def test_too_few_registers_are_never_called_low(books):
    (row,) = board(books.commune_a, "TH").children
    assert row.judgement == Judgement.NOTHING_SENT
    assert board(books.commune_a, "THCS").total_row.judgement == Judgement.TOO_SMALL


def test_names_stand_on_the_class_page_only_where_pupils_may_be_seen(books, sign_in):
    for person, names in [
        ("teacher_a", 6),
        ("commune_officer", 6),
        ("district_officer", 0),
        ("member_user", 0),
    ]:
        page = page_of(sign_in(getattr(books, person)), "school_class", books.class_a.pk)
        assert len(page.select("#pupils")) == (1 if names else 0), person
        text = page.one("main").text
        assert ("Giàng A Chua" in text) == bool(names), person


@pytest.mark.parametrize(
    ("person", "leads"),
    [
        ("head_a", True),
        ("commune_officer", True),
        ("district_officer", False),
        ("province_officer", False),
        ("member_user", False),
    ],
)
def test_what_a_school_lacks_leads_there_whoever_may_go(books, sign_in, person, leads):
    client = sign_in(getattr(books, person))
    page = page_of(client, "school", books.school_a.pk, "?level=TH")
    assert "Tháng này" in page.one(".todo").text
    links = [link.get("href") for link in page.select(".todo a")]
    assert (reverse("reports:missing_school", args=[books.school_a.pk]) in links) is leads
    assert all(client.get(link).status_code == 200 for link in links)


def test_class_page_counts_each_pupil(books, sign_in):
    page = page_of(sign_in(books.teacher_a), "school_class", books.class_a.pk)
    away, whole, _trend = page.select("main table")
    assert len(away.select("tbody tr")) == 1
    rows = {
        row.one("th").text.partition(" Theo dõi")[0]: [cell.text for cell in row.select("td")]
        for row in [*away.select("tbody tr"), *whole.select("tbody tr")]
    }
    # What is not zero is all that a phone shows.
    assert [cell.text for cell in away.select("td.is-empty")] == ["0", "0"]
    assert rows["Giàng A Chua"][:4] == ["12", "0", "12", "0"]
    assert rows["Lò Thị Hương"][:4] == ["12", "0", "0", "0"]


def test_pupil_page_tells_the_year_and_the_days(books, sign_in):
    pk = pupil_ids(books.class_a)[0]
    page = page_of(sign_in(books.head_a), "pupil", pk, "")
    assert "Vắng 12 trong 12 buổi từ đầu năm học" in page.one("main .meta").text
    assert len(page.select(".list li")) == 12


def test_past_unit_is_seen_by_those_who_may_see_all_its_successors(world):
    old_end = datetime.date(2025, 7, 1)
    start = datetime.date(2020, 3, 1)
    district = make_area(
        2, "huyen", "108", "Cũ", world.province, valid_from=start, valid_to=old_end
    )
    both = make_area(3, "xa", "03998", "Cũ Một", district, valid_from=start, valid_to=old_end)
    other = make_area(3, "xa", "03997", "Cũ Hai", district, valid_from=start, valid_to=old_end)
    for old, new in [(both, world.commune_a), (other, world.commune_b)]:
        Succession.objects.create(old=old, new=new, effective_on=old_end, decree="NQ mẫu")

    def sees(user, area):
        return area.pk in scope_for(user).places_to_read(P.VIEW_FIGURES).areas

    assert sees(world.commune_officer, both)
    assert not sees(world.commune_officer, other)
    assert not sees(world.commune_officer, district)
    assert not sees(world.district_officer, district)
    assert sees(world.province_officer, district)


def test_history_follows_the_school_over_a_reorganisation(books):
    """A commune of today is followed back through its school; by its own units it is not."""
    moved = OCTOBER.first
    old = make_area(3, "xa", "03996", "Cũ", books.province, valid_from=books.since, valid_to=moved)
    Placement.objects.filter(school=books.school_a).update(valid_from=moved)
    Placement.objects.create(
        school=books.school_a, commune=old, valid_from=books.since, valid_to=moved
    )
    take(books.class_a, datetime.date(2026, 9, 10))
    for month in (Month(2026, 9), OCTOBER):
        rebuild(school_ids=[books.school_a.pk], month=month)
    september = Month(2026, 9)

    def expected(**more):
        rows = {
            row.name: {m: v for m, v, _j in row.history}
            for row in board(books.province, "THCS", **more).children
        }
        return rows["Xã A Một"][september].expected

    assert expected() == 6
    assert expected(map_then=True) == 0


def test_flags_page_shows_the_sentences_of_own_communes(books, sign_in):
    raise_flags(month=OCTOBER)
    own = read(sign_in(books.commune_officer).get(reverse("reports:flags") + MONTH))
    assert own.texts(".cards .card h2") == ["Xã A Một"]
    low, unjudged = own.texts(".cards .card .list li")
    assert low.startswith("THCS: tỷ lệ chuyên cần 83,3%")
    assert unjudged.startswith("Tiểu học: chưa gửi sổ nào (0/22 sổ)")


def test_flags_page_counts_the_flags_it_lists_and_the_communes_that_are_certainly_low(
    world, sign_in
):
    """A commune low for months is not certainly low by that alone."""
    make_flag(world.commune_a, month=OCTOBER.first)
    make_flag(world.commune_a, "falling", month=OCTOBER.first)
    make_flag(world.commune_b, "persistent", month=OCTOBER.first)
    make_flag(world.commune_b, "watch", month=OCTOBER.first)
    make_flag(world.commune_b, level="TH", month=OCTOBER.first)
    client = sign_in(world.province_officer)
    for query, said, flags, communes, badges in (
        (
            "",
            "Tháng 10/2026, Tất cả cấp học: 5 cảnh báo ở 2 xã, 2 xã chắc chắn thấp.",
            5,
            ["Xã B Một", "Xã A Một"],
            ["Thấp kéo dài, THCS", "Chắc chắn thấp, TH", "Chắc chắn thấp, THCS"],
        ),
        (
            "&level=THCS",
            "Tháng 10/2026, THCS: 4 cảnh báo ở 2 xã, 1 xã chắc chắn thấp.",
            4,
            ["Xã B Một", "Xã A Một"],
            ["Thấp kéo dài, THCS", "Chắc chắn thấp, THCS"],
        ),
        ("&level=MN", "Tháng 10/2026, Mầm non: không có cảnh báo.", 0, [], []),
    ):
        tree = read(client.get(reverse("reports:flags") + MONTH + query))
        assert tree.one("h1").text == said
        assert len(tree.select(".cards .list li")) == flags
        assert tree.texts(".cards h2") == communes
        # Of each level the gravest alone; the others stand among the reasons.
        assert tree.texts(".cards .badge") == badges


def test_targets_are_set_from_a_day_on(world, sign_in):
    client = sign_in(world.province_officer)
    answer = client.post(
        reverse("reports:targets"),
        {
            "indicator": "attendance",
            "area": world.province.pk,
            "level": "THCS",
            "percent": "96,5",
            "valid_from": "2026-10-12",
            "source": "Nghị quyết mẫu",
        },
    )
    assert answer.status_code == 302
    text = read(client.get(reverse("reports:targets"))).one("tbody").text
    assert "96,5" in text
    assert "Nghị quyết mẫu" in text
    wrong = client.post(
        reverse("reports:targets"),
        {"indicator": "attendance", "area": world.province.pk, "percent": "101"},
    )
    assert wrong.status_code == 422
    assert read(wrong).select(".field__error")


def test_who_sent_nothing_is_named_first_in_headline_ranking_and_flag(books, sign_in):
    silent = make_school("12A2", "THCS A Hai", "THCS", books.commune_a2, books.since)
    make_class(silent, books.year, "7A", "THCS", "7", ["Lò Văn Một", "Lò Văn Hai"])
    rebuild(school_ids=[silent.pk], month=OCTOBER)
    for places in (books.province_officer, books.district_officer):
        area = books.province if places == books.province_officer else books.cluster
        page = page_of(sign_in(places), "area", area.pk, MONTH + "&level=THCS")
        headline = page.one("h1").text
        assert headline.startswith("1 xã chưa gửi sổ nào (Xã A Hai). Tháng 10/2026, THCS: ")
        first = page.select(".rank tbody tr")[0].text
        assert "Xã A Hai" in first
        assert "0/11 sổ" in first
        assert "Chưa gửi sổ nào" in first
        assert "Chưa có số liệu" not in page.one("main").text
    with freeze_time("2026-11-02 02:00:00"):
        raise_flags(month=OCTOBER)
    (flag,) = Flag.objects.filter(commune=books.commune_a2)
    assert flag.rule == Flag.Rule.CANNOT_BE_JUDGED
    assert "chưa gửi sổ nào (0/11 sổ)" in flag.reason


def test_a_figure_without_target_says_that_none_is_set(books, sign_in):
    Target.objects.all().delete()
    page = page_of(sign_in(books.commune_officer), "area", books.commune_a.pk, MONTH)
    assert "Chưa đặt chỉ tiêu" in page.one("main").text
    assert "Chưa có số liệu" not in page.one("main").text


def test_all_levels_without_a_target_say_how_many_levels_are_low(books):
    """Each level has a target and all together have none: the badge counts, and keeps the rate."""
    Target.objects.all().delete()
    # The world is small: here a few pupils are enough to judge.
    Rule.objects.filter(key=thresholds.MIN_PUPILS).update(value=1)
    everything = board(books.province, "")
    assert dress_row(everything).word == "Chưa đặt chỉ tiêu"
    for level, percent in (("THCS", 100), ("TH", 1)):
        Target.objects.create(
            indicator="attendance",
            level=level,
            area=books.province,
            percent=percent,
            valid_from=books.since,
        )
    everything = board(books.province, "")
    row = dress_row(everything)
    levels = [
        each for each in everything.total_row.levels if each in ("good", "watch", "certainly_low")
    ]
    low = sum(each != "good" for each in levels)
    assert low
    assert row.word == f"{low} trong {len(levels)} cấp dưới chỉ tiêu"
    assert row.state in ("low", "watch")
    assert "Chưa đặt chỉ tiêu" not in dress_row(board(books.province, "THCS")).word


def dress_row(found):
    page = dashboard_presenter.page_of(
        found, period=Period(found.month, ()), month_url=lambda month: f"?month={month}"
    )
    return page.total_row


def test_pages_say_why_pupils_were_absent(books, client):
    """6A: the same pupil away on twelve mornings; nobody else was ever."""
    client.force_login(books.province_officer)
    for name, pk in (
        ("area", books.province.pk),
        ("area", books.commune_a.pk),
        ("school", books.school_a.pk),
        ("school_class", books.class_a.pk),
    ):
        page = page_of(client, name, pk, MONTH + "&level=all")
        assert "100% số buổi vắng là không phép" in page.one(".finding-why").text
        assert "1 trong" in page.one("#why").text
        assert "Chưa ghi lý do" in page.one("#why").text


def test_without_absences_nothing_is_explained(world, client):
    take(world.class_a, datetime.date(2026, 10, 5))
    rebuild(school_ids=[world.school_a.pk], month=OCTOBER)
    client.force_login(world.province_officer)
    page = page_of(client, "school", world.school_a.pk)
    assert page.select("#why, .finding-why") == []


class TestMapOfTheCommunes:
    """The province page shows where the low communes lie; tiles until outlines are loaded."""

    def outline(self, commune):
        AreaBoundary.objects.create(
            area=commune,
            rings=[[103000, 22000, 103100, 22000, 103100, 22100]],
            source="Bản đồ thử",
        )

    def test_tiles_in_their_clusters_without_outlines(self, books, sign_in):
        page = page_of(sign_in(books.province_officer), "area", books.province.pk)

        assert page.texts(".tiles__name") == ["Cụm Cụm A"]
        assert page.texts(".tiles a") == ["A Một 83", "B Một 100"]
        assert not page.select(".area-map")

    def test_drawn_when_every_outline_is_known(self, books, sign_in):
        client = sign_in(books.province_officer)
        communes = [books.commune_a, books.commune_b]
        self.outline(books.commune_a)
        assert not page_of(client, "area", books.province.pk).select(".area-map")

        self.outline(books.commune_b)
        page = page_of(client, "area", books.province.pk)

        assert not page.select(".tiles")
        assert "Ranh giới: Bản đồ thử" in page.texts(".card__foot")
        links = [each.get("href").partition("?")[0] for each in page.select(".area-map a")]
        assert set(links) == {reverse("reports:area", args=[each.pk]) for each in communes}

    def test_the_page_of_a_commune_has_none(self, books, sign_in):
        self.outline(books.commune_a)

        page = page_of(sign_in(books.province_officer), "area", books.commune_a.pk)

        assert not page.select(".area-map, .tiles")
