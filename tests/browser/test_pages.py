"""Pages as a whole: one left edge, a way back, and no phone page longer than three screens."""

import functools
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from core.models import Rule
from core.months import Month
from reports import thresholds
from reports.services.facts import rebuild
from schools.models import ClusterMembership
from tests.browser.conftest import DESKTOP, PHONE
from tests.permission_table import own_objects
from tests.reports.register_builders import pupil_ids, take
from tests.snapshots import Snapshot
from tests.world import PASSWORD, build_world, make_area, make_class, make_school

pytestmark = pytest.mark.browser
COMMUNES = 14  # more than a page shows at once
SCREENS, SCREEN = 3, 800
TOLERANCE = 1  # px
LEFT = """() => {
    const left = (each) => each.getBoundingClientRect().left;
    return [left(document.querySelector("main h1")), left(document.querySelector(".brand__name"))];
}"""
PAGES = {
    "head_a": ["home", "attendance:today", "attendance:leaves", "reports:risks", "schools:events"],
    "district_officer": ["home", "reports:missing", "reports:flags", "accounts:password"],
    "system_admin": ["operations", "accounts:people", "accounts:tokens"],
}
# Lists from Excel, the turn of the year, the survey of the children, plans and their tasks.
SOUND = {
    "head_a": [
        "schools:import_upload",
        "schools:import_batch",
        "schools:year_turn",
        "schools:arrivals",
        "staff:import_upload",
        "staff:import_run",
    ],
    "commune_officer": [
        "mobilisation:commune",
        "mobilisation:village",
        "mobilisation:rolls",
        "mobilisation:missing",
        "mobilisation:standards",
        "mobilisation:literacy",
        "mobilisation:import_upload",
        "mobilisation:import_run",
        "inspections:action",
    ],
    "province_officer": [
        "mobilisation:communes",
        "mobilisation:assigned",
        "mobilisation:designations",
        "schools:import_batch_school",
        "schools:year_turns",
        "inspections:action_plan",
        "inspections:plan",
        "reports:targets",
    ],
}


@pytest.fixture
def many_communes(transactional_db):
    """A cluster of communes that all lack registers and were often absent this month."""
    # A dozen pupils are enough to judge here.
    Rule.objects.filter(key=thresholds.MIN_PUPILS).update(value=1)
    return weak_cluster_of(timezone.localdate())()


@functools.cache
def weak_cluster_of(today):
    """The small province around a day with `COMMUNES` more of the cluster, as a `Snapshot`."""

    def build():
        world = build_world(today, year_start=Month.of(today).plus(-4).first)
        for number in range(COMMUNES):
            add_weak_commune(world, number)
        return world

    return Snapshot(build)


def add_weak_commune(world, number):
    """A commune of one school whose class was often absent on four days of this month."""
    area = make_area(3, "xa", f"19{number:03d}", f"Thử {number}", world.province)
    ClusterMembership.objects.create(
        cluster=world.cluster, commune=area, valid_from=area.valid_from
    )
    school = make_school(f"19T{number:02d}", f"THCS Thử {number}", "THCS", area, world.since)
    names = [f"Giàng A Thử {each}" for each in range(12)]
    made = make_class(school, world.year, "6A", "THCS", "6", names)
    absent = dict.fromkeys(pupil_ids(made)[:6], "K")
    for day in Month.of(world.today).days()[:4]:
        if day < world.today:
            take(made, day, absent)
    rebuild(school_ids=[school.pk], month=Month.of(world.today))


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("person", PAGES)
def test_every_page_begins_at_the_left_edge_of_the_header(live_world, visit, person, width):
    page = visit(getattr(live_world, person), viewport={"width": width, "height": 800})
    seen = {}
    for name in PAGES[person]:
        page.goto(reverse(name))
        text, header = page.evaluate(LEFT)
        seen[name] = text - header
    assert all(abs(off) <= TOLERANCE for off in seen.values()), seen


def test_the_month_of_a_class_begins_there_too_and_takes_the_width(live_world, visit):
    page = visit(live_world.head_a, viewport=DESKTOP)
    month = Month.of(live_world.today)
    page.goto(reverse("attendance:month", args=[live_world.class_a.pk, month]))
    text, header = page.evaluate(LEFT)
    assert abs(text - header) <= TOLERANCE


@pytest.mark.parametrize("person", SOUND)
def test_lists_from_excel_the_new_year_and_the_survey_are_sound(
    live_world, visit, check_page, person
):
    objects = own_objects(live_world)
    page = visit(getattr(live_world, person))
    for name in SOUND[person]:
        for viewport in (PHONE, DESKTOP):
            page.set_viewport_size(viewport)
            assert page.goto(objects.url(name)).ok, name
            check_page(page)


def test_a_phone_shows_eight_rows_of_a_long_list_and_the_rest_when_asked(
    many_communes, visit, check_page
):
    page = visit(many_communes.district_officer, viewport=PHONE)
    page.goto(reverse("mobilisation:communes"))
    rows, shown = page.locator("main tbody tr"), page.locator("main tbody tr:visible")
    everything = rows.count()
    assert everything >= COMMUNES
    assert shown.count() == 8
    check_page(page)
    page.locator(".more > summary").click()
    assert shown.count() == everything
    page.locator(".more > summary").click()
    page.set_viewport_size(DESKTOP)
    assert shown.count() == everything
    assert not page.locator(".more").is_visible()


@pytest.mark.parametrize("page_name", ["home", "reports:missing"])
@pytest.mark.parametrize("person", ["district_officer", "province_officer"])
def test_an_office_reads_its_area_on_three_screens_of_a_phone(
    many_communes, visit, check_page, person, page_name
):
    page = visit(getattr(many_communes, person), viewport={"width": 360, "height": SCREEN})
    page.goto(reverse(page_name))
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height <= SCREENS * SCREEN
    check_page(page)
    # What is folded away is one tap off, and always open where there is room.
    folds = page.locator("details.fold")
    if page_name == "home":
        assert not folds.locator(".heat").first.is_visible()
        page.set_viewport_size(DESKTOP)
        assert folds.locator(".heat").first.is_visible()


def test_the_heat_map_of_a_phone_opens_at_the_newest_month(many_communes, visit):
    page = visit(many_communes.district_officer, viewport={"width": 360, "height": SCREEN})
    page.goto(reverse("home"))
    page.locator("details.fold", has=page.locator(".heat")).locator("summary").click()
    box = page.locator(".heat-wrap").bounding_box()
    newest = page.locator(".heat thead th").last.bounding_box()
    assert newest["x"] + newest["width"] <= box["x"] + box["width"] + TOLERANCE


def test_a_month_is_chosen_without_a_script(live_world, visit):
    page = visit(javascript=False)
    area = reverse("reports:area", args=[live_world.commune_a.pk])
    page.goto(area)
    page.get_by_label("Tên đăng nhập").fill(live_world.commune_officer.username)
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    before = Month.of(live_world.today).plus(-1)
    page.locator(".period__pick > summary").click()
    named = re.compile(rf"T{before.number}\b")  # not T10 for T1
    page.locator(".period__panel details[open] a", has_text=named).first.click()
    assert f"month={before}" in page.url
    page.locator(".period__versus a").last.click()
    assert f"month={before}" in page.url
    assert "versus=year" in page.url
