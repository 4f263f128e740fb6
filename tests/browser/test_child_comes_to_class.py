"""A child from the survey to the standards: on no roll, followed, visited, enrolled, back."""

import datetime
import os
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from mobilisation.models import ChildCase, FamilyVisit, Match
from schools.models import Enrolment
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.sheets import go_offline
from tests.browser.test_visiting_round import is_sent, offline_round, open_child, save, write
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.reports.register_builders import take

pytestmark = pytest.mark.browser
ONE_DAY = datetime.timedelta(days=1)
NAME = "Sùng Thị Dính"
# A folder to keep pictures in, for whoever wants to look.
PICTURES = os.environ.get("TEST_PICTURES", "")


@pytest.fixture
def server_time(monkeypatch):
    """Function: from now on the server believes that it is so many days later."""
    real, later = timezone.now, datetime.timedelta()

    def move(days):
        nonlocal later
        later = days * ONE_DAY

    monkeypatch.setattr(timezone, "now", lambda: real() + later)
    return move


@pytest.fixture
def village(live_world):
    """Two children of six of one village: one is in grade 1, the other on no roll. The birth
    date of the second is answered."""
    world = live_world
    year = world.since.year
    survey = make_round(world.commune_a, year)
    spell = world.class_a12.spells.filter(grade=1).select_related("pupil")[0]
    there = make_child(survey, spell.pupil.full_name, datetime.date(year - 6, 3, 4), form="002")
    Match.objects.create(
        person=there.person,
        pupil=spell.pupil,
        score=100,
        confirmed_by=world.commune_officer,
        confirmed_at=timezone.now(),
    )
    born = datetime.date(year - 6, 5, 6)
    make_child(survey, NAME, born, sex="F")
    return born


def picture(page, name):
    if PICTURES:
        width = page.viewport_size["width"]
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)


def seen(page, check_page, name):
    check_page(page)
    picture(page, name)


def press(page, text):
    page.locator("main form").get_by_role("button", name=text).click()


def rate_of_six(page, world):
    page.goto(reverse("reports:mobilisation", args=[world.commune_a.pk]))
    return page.locator("tbody tr", has_text="Huy động trẻ 6 tuổi vào lớp 1").first


def condition_of_six(page, world):
    page.goto(reverse("mobilisation:standards", args=[world.commune_a.pk]))
    return page.locator("tbody tr", has_text="Trẻ 6 tuổi vào lớp 1").first


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["360", "1280"])
def test_a_child_on_no_roll_comes_to_class(
    live_world, village, visit, check_page, server_time, viewport
):
    world = live_world
    officer = visit(world.commune_officer, viewport=viewport)
    expect(rate_of_six(officer, world)).to_contain_text("1 / 2")
    seen(officer, check_page, "1-rate")
    expect(condition_of_six(officer, world)).to_contain_text("1 / 2")

    # From the list of the village to a case in two taps; a member answers for it.
    rolls = reverse("mobilisation:rolls", args=[world.commune_a.pk])
    officer.goto(rolls)
    row = officer.locator("tbody tr", has_text=NAME)
    expect(row).to_contain_text("Háng Lìa")
    seen(officer, check_page, "2-on-no-roll")
    row.get_by_role("link", name="Theo dõi").click()
    seen(officer, check_page, "3-follow")
    officer.locator("[name=owner]").select_option(str(world.member_user.pk))
    press(officer, "Theo dõi em này")
    officer.wait_for_url("**/children/cases/*/")
    case = ChildCase.objects.get()
    assert (case.owner, case.kind) == (world.member_user, "out")
    expect(officer.locator("main")).to_contain_text(NAME)
    row = condition_of_six(officer, world)
    expect(row).to_contain_text("đang theo dõi 1 em")
    expect(officer.locator("main")).to_contain_text("Nếu các em đang theo dõi ra lớp")
    seen(officer, check_page, "4-standards-followed")

    # The member goes where there is no signal.
    member = visit(world.member_user, viewport=viewport)
    offline_round(member, 1)
    open_child(member, NAME)
    write(member, "Em ở nhà trông em bé", promise="Thứ hai đi học")
    picture(member, "5-offline")
    save(member)
    go_offline(member, False)
    is_sent(member)
    assert FamilyVisit.objects.get().case == case

    # The school takes the child in, the commune finds it there and closes the case.
    head = visit(world.head_a, viewport=viewport)
    head.goto(reverse("schools:pupil_add", args=[world.class_a12.pk]))
    for name, value in {
        "full_name": NAME,
        "birth_date": village.isoformat(),
        "start": world.today.isoformat(),
    }.items():
        head.locator(f"[name={name}]").fill(value)
    for name, value in {"ethnic_group": "08", "grade": "1"}.items():
        head.locator(f"[name={name}]").select_option(value)
    head.locator("[name=sex][value=F]").check()
    head.locator("[name=reason][value=new]").check()
    head.locator("main form button.button--primary").click()
    head.wait_for_url(lambda url: "add" not in url)
    pupil = Enrolment.objects.get(pupil__full_name=NAME).pupil
    officer.goto(rolls)
    press(officer, "Tìm trong danh sách lớp")
    officer.wait_for_url("**/rolls/?list=decide")
    seen(officer, check_page, "6-found")
    certain = officer.locator('form[action$="/rolls/certain/"]')
    certain.get_by_role("button").click()
    expect(certain).to_have_count(0)
    assert Match.objects.get(pupil=pupil).person == case.person
    officer.goto(reverse("mobilisation:case_close", args=[case.pk]))
    officer.locator("[name=outcome][value=returned]").check()
    press(officer, "Đóng hồ sơ")
    expect(officer.locator("main")).to_contain_text("chưa có sổ nào")

    # The registers say whether it stays.
    for days, said in ((3, "Chưa đến lần xem thứ hai"), (10, "Đã xác nhận em trở lại lớp")):
        for day in range(1 if days == 3 else 4, days + 1):
            for session in ("am", "pm"):
                take(world.class_a12, world.today + day * ONE_DAY, session=session)
        server_time(days)
        officer = visit(world.commune_officer, viewport=viewport)
        officer.goto(reverse("mobilisation:case", args=[case.pk]))
        expect(officer.locator("main")).to_contain_text(said)
        seen(officer, check_page, f"7-after-{2 * days}-sessions")

    expect(rate_of_six(officer, world)).to_contain_text("2 / 2")
    seen(officer, check_page, "8-rate")
    row = condition_of_six(officer, world)
    expect(row).to_contain_text("2 / 2")
    expect(row).not_to_contain_text("đang theo dõi")
    seen(officer, check_page, "9-standards")
