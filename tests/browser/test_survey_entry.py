"""A village of the survey entered and corrected, with a signal and without one."""

import datetime

import pytest
from playwright.sync_api import expect

from core.models import Event
from mobilisation.models import Household, SurveyEntry, SurveyPerson
from mobilisation.survey_entry.services import remove_person
from schools.enums import NamesKind
from schools.models import NamesShown
from tests.browser.sheets import STRIP, go_offline
from tests.browser.test_visiting_round import LONG, nothing_waits, rows_kept, watch
from tests.mobilisation.survey_workbooks import make_child, make_round

pytestmark = pytest.mark.browser
WAITS = "Đã lưu trên máy: còn {} người điều tra chưa gửi"
HOMES, PEOPLE = "#village-homes a", "#home-people a"


@pytest.fixture
def tenh(live_world):
    """A child whose name was misspelt, not asked yet this year; and a neighbour."""
    survey_round = make_round(live_world.commune_a)
    make_child(survey_round, "Lò Thị Hương", form="002", sex="F")
    born = datetime.date(2015, 9, 3)
    return make_child(survey_round, "Giàng A Tenh", born, form="001", is_carried=True)


def address(world, take=False):
    url = f"/children/{world.commune_a.pk}/households/?village=hang+lia"
    return url + "&take=1" if take else url


def keep_village(page, world):
    """Open the list while there is a signal; wait until the device keeps it and the frame."""
    page.goto(address(world, take=True))
    expect(page.locator("#village-kept")).to_contain_text("Đã lưu trên máy này", timeout=LONG)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")


def offline_village(page, world):
    keep_village(page, world)
    go_offline(page)
    page.goto(address(world))
    expect(page.locator(HOMES)).to_have_count(2)


def fill(page, **more):
    for name, value in more.items():
        page.locator(f"#someone-form [name={name}]").first.fill(value)


def save(page):
    page.locator("#someone-form button").click()


def correct(page, name="Giàng A Tếnh"):
    page.locator(HOMES, has_text="001").click()
    page.locator(PEOPLE).first.click()
    fill(page, full_name=name)
    page.locator("#someone-form [name=grade]").select_option("6")
    save(page)
    expect(page.locator("#view-home")).to_be_visible()


def enter_new(page, number="077", name="Sùng A Páo"):
    page.locator("#home-number").fill(number)
    page.locator("#home-head").fill("Sùng A Của")
    page.locator("#home-form button").click()
    page.locator("#home-add").click()
    expect(page.locator("#view-someone")).to_be_visible()
    fill(page, full_name=name, year="2014")
    page.locator("#someone-form [name=sex][value=M]").check()
    page.locator("#someone-form [name=ethnic_group]").select_option("08")
    save(page)
    expect(page.locator("#view-home")).to_be_visible()


def test_online_a_household_and_a_person(live_world, tenh, visit, check_page):
    page = visit(live_world.commune_officer)
    page.goto(address(live_world))
    check_page(page)

    def arrive(heading):
        expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
        page.wait_for_load_state()
        check_page(page)

    page.get_by_role("link", name="Nhập thêm hộ").click()
    arrive("Nhập thêm hộ")
    page.get_by_label("Số phiếu").fill("9")
    page.get_by_label("Chủ hộ").fill("Sùng A Của")
    page.get_by_role("button", name="Lưu").click()
    arrive("Hộ số phiếu 9")
    page.get_by_role("link", name="Thêm người").click()
    arrive("Thêm người")
    page.get_by_label("Họ và tên").fill("Sùng A Páo")
    page.get_by_label("Năm sinh").fill("2014")
    page.get_by_text("Nam", exact=True).click()
    page.get_by_label("Dân tộc").select_option("08")
    page.get_by_role("button", name="Lưu").click()
    arrive("Hộ số phiếu 9")
    page.get_by_role("link", name="Sùng A Páo").click()
    arrive("Sùng A Páo")
    page.get_by_role("link", name="Bỏ khỏi phiếu điều tra").click()
    arrive("Bỏ khỏi phiếu điều tra")
    page.get_by_text("Nhập hai lần").click()
    page.get_by_role("button", name="Bỏ khỏi phiếu điều tra").click()
    arrive("Hộ số phiếu 9")
    page.get_by_text("Đã bỏ: 1").click()
    page.get_by_role("button", name="Đưa trở lại").click()
    expect(page.get_by_role("link", name="Sùng A Páo")).to_be_visible()
    assert SurveyEntry.objects.get(person__full_name="Sùng A Páo").removed_at is None


def test_written_without_a_signal_and_sent_once(live_world, tenh, visit, check_page):
    page = visit(live_world.commune_officer)
    keep_village(page, live_world)
    check_page(page)
    assert NamesShown.objects.filter(kind=NamesKind.DEVICE_LIST, names=4).exists()
    go_offline(page)
    page.goto(address(live_world))
    expect(page.locator(HOMES)).to_have_count(2)
    check_page(page, offline=True)
    correct(page)
    check_page(page, offline=True)
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1))
    # Corrected once more before it has left: one operation.
    page.locator(PEOPLE).first.click()
    expect(page.locator("#someone-form [name=full_name]")).to_have_value("Giàng A Tếnh")
    check_page(page, offline=True)
    page.locator("#someone-form [name=class_name]").fill("6A")
    save(page)
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1))
    page.locator("#home-back").click()
    enter_new(page)
    expect(page.locator(STRIP)).to_have_text(WAITS.format(2))
    # The device is put away and taken out again, still without a signal.
    page.goto(address(live_world))
    expect(page.locator(HOMES)).to_have_count(3)
    counts, text = rows_kept(page, live_world.commune_officer)
    assert counts["outbox"] == 2
    assert "Tếnh" not in text
    assert SurveyPerson.objects.count() == 2
    go_offline(page, False)
    watch(page, lambda: SurveyPerson.objects.count() == 3)
    nothing_waits(page)
    entry = SurveyEntry.objects.get(person=tenh.person_id)
    assert (entry.person.full_name, entry.grade, entry.class_name) == ("Giàng A Tếnh", 6, "6A")
    assert not entry.is_carried
    made = Household.objects.get(form_number="077")
    assert (made.village, made.head_name) == ("Háng Lìa", "Sùng A Của")
    assert Event.objects.filter(kind="survey.person_corrected").count() == 1
    assert Event.objects.filter(kind="survey.person_entered").count() == 1
    # What was sent is what is corrected next, without fetching the list again.
    page.goto("/attendance/pocket/")
    page.locator("#rounds a").first.click()
    correct(page, "Giàng A Tính")
    watch(page, lambda: SurveyPerson.objects.filter(full_name="Giàng A Tính").exists())


def test_what_is_refused_is_said_at_the_line_and_mended(live_world, tenh, visit):
    page = visit(live_world.commune_officer)
    offline_village(page, live_world)
    correct(page)
    SurveyEntry.objects.filter(pk=tenh.pk).update(grade=7)  # somebody else was faster
    go_offline(page, False)
    expect(page.locator(PEOPLE).first).to_contain_text("Có người khác vừa sửa", timeout=LONG)
    page.locator(PEOPLE).first.click()
    expect(page.locator("#someone-refusal")).to_contain_text("Có người khác vừa sửa")
    save(page)
    watch(page, lambda: SurveyEntry.objects.get(person=tenh.person_id).grade == 6)
    nothing_waits(page)


def test_who_is_on_record_is_asked_about(live_world, tenh, visit):
    page = visit(live_world.commune_officer)
    offline_village(page, live_world)
    page.locator(HOMES, has_text="001").click()
    enter = {"full_name": "Giàng A Tenh", "day": "3", "month": "9", "year": "2015"}
    page.locator("#home-add").click()
    expect(page.locator("#someone-another")).to_be_hidden()
    fill(page, **enter)
    page.locator("#someone-form [name=sex][value=M]").check()
    page.locator("#someone-form [name=ethnic_group]").select_option("08")
    save(page)
    go_offline(page, False)
    refused = page.locator(PEOPLE, has_text="Đã có người cùng họ tên")
    expect(refused).to_have_count(1, timeout=LONG)
    refused.click()
    page.locator("#someone-form [name=is_another]").check()
    save(page)
    watch(page, lambda: SurveyPerson.objects.count() == 3)


def test_somebody_removed_meanwhile_is_refused(live_world, tenh, visit):
    page = visit(live_world.commune_officer)
    offline_village(page, live_world)
    correct(page)
    remove_person(entry=tenh, removal="twice", note="", by=live_world.commune_officer)
    go_offline(page, False)
    expect(page.locator(PEOPLE).first).to_contain_text("vừa được bỏ", timeout=LONG)
    assert not Event.objects.filter(kind="survey.person_corrected").exists()


def test_what_is_typed_stays_when_the_page_is_closed(live_world, tenh, visit):
    page = visit(live_world.commune_officer)
    offline_village(page, live_world)
    page.locator(HOMES, has_text="001").click()
    page.locator("#home-add").click()
    expect(page.locator("#view-someone")).to_be_visible()
    fill(page, full_name="Sùng A Dở")
    page.wait_for_timeout(600)
    where = page.url
    other = page.context.new_page()
    page.close()
    other.problems = []
    other.goto(where)
    expect(other.locator("#someone-form [name=full_name]")).to_have_value("Sùng A Dở")


def second_tab(page, url):
    other = page.context.new_page()
    other.problems = []
    other.goto(url)
    expect(other.locator("#view-someone")).to_be_visible(timeout=LONG)
    return other


def test_two_tabs_enter_two_people(live_world, tenh, visit):
    """Both begin from one form of somebody new: two drafts, two people."""
    page = visit(live_world.commune_officer)
    offline_village(page, live_world)
    page.locator(HOMES, has_text="001").click()
    page.locator("#home-add").click()
    expect(page.locator("#view-someone")).to_be_visible()
    fill(page, full_name="Sùng A Dở")
    page.wait_for_timeout(800)
    other = second_tab(page, page.url)
    expect(other.locator("#someone-form [name=full_name]")).to_have_value("Sùng A Dở")
    for tab, name in ((page, "Sùng A Dở Một"), (other, "Sùng Thị Dở Hai")):
        fill(tab, full_name=name, year="2014")
        tab.locator("#someone-form [name=sex][value=M]").check()
        tab.locator("#someone-form [name=ethnic_group]").select_option("08")
        tab.wait_for_timeout(800)
    assert rows_kept(page, live_world.commune_officer)[0]["drafts"] == 2
    for tab in (page, other):
        save(tab)
        expect(tab.locator("#view-home")).to_be_visible(timeout=LONG)
    counts, _text = rows_kept(page, live_world.commune_officer)
    assert (counts["outbox"], counts["drafts"]) == (2, 0)
    go_offline(page, False)
    watch(page, lambda: SurveyPerson.objects.count() == 4)
    nothing_waits(page)
    assert SurveyPerson.objects.filter(full_name__contains="Dở").count() == 2


def test_two_tabs_correct_one_person_and_the_second_is_asked(live_world, tenh, visit):
    page = visit(live_world.commune_officer)
    offline_village(page, live_world)
    page.locator(HOMES, has_text="001").click()
    page.locator(PEOPLE).first.click()
    other = second_tab(page, page.url)
    fill(page, full_name="Giàng A Tếnh")
    save(page)
    expect(page.locator("#view-home")).to_be_visible(timeout=LONG)
    other.locator("#someone-form [name=grade]").select_option("6")
    save(other)
    expect(other.locator("#someone-refusal")).to_contain_text("Giàng A Tếnh", timeout=LONG)
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1))
    fill(other, full_name="Giàng A Tếnh")
    save(other)
    expect(other.locator("#view-home")).to_be_visible(timeout=LONG)
    go_offline(page, False)
    watch(page, lambda: SurveyEntry.objects.get(person=tenh.person_id).grade == 6)
    nothing_waits(page)
    assert SurveyPerson.objects.get(pk=tenh.person_id).full_name == "Giàng A Tếnh"
