"""An inspection where there is no signal: opened, written down, sent once, nothing lost."""

import json

import pytest
from django.contrib.sessions.models import Session
from django.templatetags.static import static
from playwright.sync_api import expect

from core.models import Event
from inspections.models import (
    ChecklistAnswer,
    ChecklistItem,
    HeadCount,
    HouseholdCheck,
    Member,
    Supplement,
    Visit,
)
from inspections.services.findings import Answered, answer_checklist
from inspections.services.visits import record_visit
from lai_chau_edu import pwa
from mobilisation.models import Household, SurveyEntry, SurveyPerson, SurveyRound
from tests.browser.sheets import STRIP, go_offline
from tests.browser.test_visiting_round import LONG, nothing_waits, sign_in_here, watch
from tests.inspections.visits import planned_visit
from tests.world import PASSWORD, make_user

pytestmark = pytest.mark.browser
WAITS = "Đã lưu trên máy: còn {} mục kiểm tra chưa gửi"
LINES = "**/api/v1/inspections/*/findings/"
VILLAGE = "Bản Nậm Cáy"
# What lies in a person's database as text, and how many rows in which store.
KEPT = """async (name) => {
    const answer = (request) => new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
    const database = await answer(indexedDB.open(name));
    const counts = {};
    let text = "";
    for (const store of ["outbox", "visits", "drafts"]) {
        const rows = await answer(database.transaction(store).objectStore(store).getAll());
        counts[store] = rows.length;
        text += JSON.stringify(rows);
    }
    database.close();
    return [counts, text];
}"""


@pytest.fixture
def planned(live_world):
    return planned_visit(live_world)


@pytest.fixture
def colleague(live_world, planned):
    """Another member, who goes along."""
    world = live_world
    user = make_user(
        "colleague", "Tòng Văn Én", "committee_member", since=world.since, area=world.commune_a
    )
    member = Member.objects.create(
        committee=world.committee, user=user, full_name="Tòng Văn Én", valid_from=world.since
    )
    planned.team.add(member)
    return user


@pytest.fixture
def household(live_world):
    """Form 2 of a village in the survey."""
    commune = live_world.commune_a
    survey = SurveyRound.objects.create(commune=commune, year=live_world.today.year)
    made = Household.objects.create(commune=commune, village=VILLAGE, form_number="2")
    person = SurveyPerson.objects.create(
        full_name="Giàng Thị Xó", sex="F", birth_year=live_world.today.year - 9, ethnic_group="08"
    )
    SurveyEntry.objects.create(
        survey_round=survey, person=person, household=made, presence="lives", grade=3
    )
    return made


def address(planned):
    return f"/inspections/visits/{planned.pk}/"


def keep(page, planned):
    """Open the visit while there is a signal; wait until the device keeps it and the frame."""
    page.goto(address(planned))
    expect(page.locator("#visit-kept")).to_contain_text("Đã lưu trên máy này", timeout=LONG)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")


def offline_visit(page, planned):
    keep(page, planned)
    go_offline(page)
    page.goto(address(planned))
    expect(page.locator("#inspection-title")).to_have_text(planned.commune.title, timeout=LONG)


def open_part(page, name):
    page.locator("#inspection-parts a", has_text=name).click()
    expect(page.locator("#view-part")).to_be_visible(timeout=LONG)


def answer(page, item, value, note=""):
    page.locator(f"[name=answer_{item.pk}][value={value}]").check()
    page.locator(f"[name=note_{item.pk}]").fill(note)


def save(page):
    page.locator("#part-save button").click()


def saved(page):
    save(page)
    expect(page.locator("#view-inspection")).to_be_visible(timeout=LONG)


def answer_one(page, item, value="yes", note=""):
    open_part(page, "Danh mục")
    answer(page, item, value, note)
    saved(page)


def questions():
    return list(ChecklistItem.objects.order_by("place"))


def sent(page, count=1):
    watch(page, lambda: ChecklistAnswer.objects.count() >= count)
    nothing_waits(page)
    assert ChecklistAnswer.objects.count() == count


def other_tab(page):
    """The tab is closed, and another one opened."""
    other = page.context.new_page()
    other.problems = []
    page.close()
    return other


def test_all_parts_written_without_a_signal_and_sent_once(
    live_world, planned, household, visit, check_page
):
    world = live_world
    first, second, *_rest = questions()
    page = visit(world.member_user)
    keep(page, planned)
    check_page(page)
    go_offline(page)
    page.reload()
    expect(page.locator("#inspection-title")).to_have_text(planned.commune.title, timeout=LONG)
    check_page(page, offline=True)
    open_part(page, "Danh mục")
    check_page(page, offline=True)
    answer(page, first, "no", "Chưa có quyết định")
    page.locator(f"[name=note_{second.pk}]").fill("Thiếu")
    save(page)
    # What is whole is saved; the note alone says what it lacks, beside it.
    expect(page.locator(f"#refusal-{second.pk}")).to_contain_text("Chọn câu trả lời")
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1), timeout=LONG)
    check_page(page, offline=True)
    page.locator(f"[name=answer_{second.pk}][value=partly]").check()
    saved(page)
    open_part(page, "THCS A Một")
    page.locator("#part-session").select_option("am")
    page.locator(f"[name=counted_{world.class_a.pk}]").fill("4")
    check_page(page, offline=True)
    saved(page)
    open_part(page, VILLAGE)
    page.locator(f"[name=result_{household.pk}][value=differs]").check()
    save(page)
    expect(page.locator(f"#refusal-{household.pk}")).to_contain_text("khác")
    page.locator(f"[name=note_{household.pk}]").fill("Một em đi nương")
    check_page(page, offline=True)
    saved(page)
    expect(page.locator(STRIP)).to_have_text(WAITS.format(4), timeout=LONG)
    check_page(page, offline=True)
    # The tab is closed, still without a signal; nothing lies open on the device.
    page = other_tab(page)
    page.goto(address(planned))
    expect(page.locator(STRIP)).to_have_text(WAITS.format(4), timeout=LONG)
    open_part(page, "Danh mục")
    expect(page.locator(f"[name=note_{first.pk}]")).to_have_value(
        "Chưa có quyết định", timeout=LONG
    )
    counts, text = page.evaluate(KEPT, f"pocket:{world.member_user.username}")
    assert (counts["outbox"], counts["visits"], counts["drafts"]) == (4, 1, 0)
    assert [said for said in ("quyết định", "nương", VILLAGE) if said in text] == []
    assert not ChecklistAnswer.objects.exists()
    go_offline(page, False)
    watch(page, HouseholdCheck.objects.exists)  # the last that was kept
    sent(page, 2)
    rows = set(ChecklistAnswer.objects.values_list("item", "answer", "note", "version"))
    assert rows == {
        (first.pk, "no", "Chưa có quyết định", 1),
        (second.pk, "partly", "Thiếu", 1),
    }
    count = HeadCount.objects.get()
    assert (count.counted, count.session, count.date) == (4, "am", world.today)
    checked = HouseholdCheck.objects.get()
    assert (checked.result, checked.note) == ("differs", "Một em đi nương")
    assert Event.objects.filter(kind="visit.findings").count() == 4
    page.goto(address(planned))
    expect(page.locator("#visit-kept")).to_be_visible(timeout=LONG)
    nothing_waits(page)
    assert Event.objects.filter(kind="visit.findings").count() == 4


def test_what_is_typed_and_not_saved_stays_when_the_tab_is_closed(live_world, planned, visit):
    first = questions()[0]
    page = visit(live_world.member_user)
    offline_visit(page, planned)
    open_part(page, "Danh mục")
    answer(page, first, "partly", "Mới có bản thảo")
    page.wait_for_timeout(600)
    page = other_tab(page)
    page.goto(f"{address(planned)}checklist/")
    expect(page.locator(f"[name=note_{first.pk}]")).to_have_value("Mới có bản thảo", timeout=LONG)
    expect(page.locator(f"[name=answer_{first.pk}][value=partly]")).to_be_checked()
    saved(page)
    go_offline(page, False)
    sent(page)


def test_the_pages_of_the_server_save_into_the_same_outbox(live_world, planned, visit, check_page):
    first, second, *_rest = questions()
    page = visit(live_world.member_user)
    page.goto(f"{address(planned)}checklist/")
    expect(page.locator("form[data-outbox]")).to_be_visible(timeout=LONG)
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    answer(page, first, "no", "Thiếu")
    go_offline(page)
    page.get_by_role("button", name="Lưu kết quả").click()
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1), timeout=LONG)
    answer(page, second, "yes", "Số 7")
    check_page(page, offline=True)
    page.wait_for_timeout(600)
    page.reload()
    # The frame opens what the page of the server kept, also what is half typed.
    expect(page.locator(f"[name=note_{first.pk}]")).to_have_value("Thiếu", timeout=LONG)
    expect(page.locator(f"[name=note_{second.pk}]")).to_have_value("Số 7", timeout=LONG)
    saved(page)
    go_offline(page, False)
    sent(page, 2)


def test_with_a_signal_a_count_is_compared_at_once(live_world, planned, visit, check_page):
    school, school_class = live_world.school_a, live_world.class_a
    page = visit(live_world.member_user)
    page.goto(f"{address(planned)}counts/{school.pk}/?session=am")
    expect(page.locator("form[data-outbox]")).to_be_visible(timeout=LONG)
    page.locator(f"[name=counted_{school_class.pk}]").fill("4")
    page.get_by_role("button", name="Lưu sĩ số").click()
    expect(page.get_by_text("Đếm được 4, sĩ số 6.")).to_be_visible(timeout=LONG)
    check_page(page)
    page.locator(f"[name=counted_{school_class.pk}]").fill("5")
    page.get_by_role("button", name="Lưu sĩ số").click()
    expect(page.get_by_text("Đếm được 5, sĩ số 6.")).to_be_visible(timeout=LONG)
    row = HeadCount.objects.get()
    assert (row.counted, row.version) == (5, 2)


def test_halves_of_two_members_merge_and_a_dispute_is_told_at_its_line(
    live_world, planned, colleague, visit, check_page
):
    first, second, *_rest = questions()
    one, two = visit(live_world.member_user), visit(colleague)
    for page in (one, two):
        offline_visit(page, planned)
    answer_one(one, first, "yes")
    open_part(two, "Danh mục")
    answer(two, first, "no", "Không thấy")
    answer(two, second, "partly")
    saved(two)
    go_offline(one, False)
    sent(one)
    go_offline(two, False)
    watch(two, lambda: ChecklistAnswer.objects.count() == 2)
    expect(two.locator(STRIP)).to_have_text(
        "Chưa gửi được 1 mục kiểm tra, mời xem lại", timeout=LONG
    )
    open_part(two, "Danh mục")
    told = two.locator(f"#refusal-{first.pk}")
    expect(told).to_contain_text(live_world.member_user.full_name)
    check_page(two, offline=True)
    assert ChecklistAnswer.objects.get(item=first).answer == "yes"
    row = two.locator(f"[data-row='{first.pk}']")
    row.locator("[data-mine]").click()
    watch(two, lambda: ChecklistAnswer.objects.get(item=first).answer == "no")
    nothing_waits(two)
    assert ChecklistAnswer.objects.get(item=first).answered_by == colleague
    # The other half is here too, with who wrote it.
    one.goto(f"/attendance/pocket/#inspection/{planned.pk}/checklist")
    expect(one.locator(f"[data-row='{second.pk}']")).to_contain_text("Tòng Văn Én", timeout=LONG)


def test_theirs_may_stand(live_world, planned, colleague, visit):
    first = questions()[0]
    page = visit(live_world.member_user)
    offline_visit(page, planned)
    answer_one(page, first, "no", "Không có")
    answer_checklist(visit=planned, answers=[Answered(first.pk, "yes", "Số 5")], by=colleague)
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("Chưa gửi được 1", timeout=LONG)
    open_part(page, "Danh mục")
    row = page.locator(f"[data-row='{first.pk}']")
    expect(row.locator("input[name^=note]")).to_have_value("Không có")
    row.locator("[data-theirs]").click()
    expect(row.locator("input[name^=note]")).to_have_value("Số 5")
    expect(row.locator("input[value=yes]")).to_be_checked()
    nothing_waits(page)
    assert ChecklistAnswer.objects.get().answered_by == colleague


def test_what_comes_after_the_record_becomes_a_supplement(live_world, planned, colleague, visit):
    first = questions()[0]
    page = visit(colleague)
    offline_visit(page, planned)
    answer_one(page, first, "no", "Chưa có quyết định")
    record_visit(visit=planned, visited_on=live_world.today, result="Đủ", by=live_world.member_user)
    go_offline(page, False)
    watch(page, Supplement.objects.exists)
    nothing_waits(page)
    assert "Chưa có quyết định" in Supplement.objects.get().text
    assert not ChecklistAnswer.objects.exists()
    open_part(page, "Danh mục")
    expect(page.locator(f"[data-row='{first.pk}']")).to_contain_text("bổ sung")


def test_a_visit_taken_from_a_person_keeps_what_they_wrote_to_be_copied(
    live_world, planned, colleague, visit
):
    page = visit(colleague)
    offline_visit(page, planned)
    answer_one(page, questions()[0], "no", "Chưa có quyết định")
    planned.team.clear()
    go_offline(page, False)
    expect(page.locator(STRIP)).to_contain_text("Chưa gửi được 1", timeout=LONG)
    page.locator("#outbox a").click()
    expect(page.locator("#operation-marks")).to_contain_text("Chưa có quyết định")
    with page.expect_download() as file:
        page.locator("#operation-export").click()
    (kept,) = json.loads(file.value.path().read_text())["findings"]
    assert kept["told"] == {"value": "no", "note": "Chưa có quyết định"}
    assert not ChecklistAnswer.objects.exists()


def test_answers_lost_and_servers_away_double_nothing(live_world, planned, visit):
    first, second, *_rest = questions()
    page = visit(live_world.member_user)
    offline_visit(page, planned)
    open_part(page, "Danh mục")
    answer(page, first, "yes")
    answer(page, second, "no", "Thiếu")
    saved(page)
    answers = [
        None,  # taken in, and the answer does not come back
        {"status": 503, "body": "away"},
        {"status": 500, "body": "broken"},
        {"status": 200, "content_type": "text/html", "body": "<p>portal</p>"},
        {"status": 200, "content_type": "application/json", "body": json.dumps({"op_id": "x"})},
    ]

    def handle(route):
        if route.request.method != "POST" or not answers:
            route.continue_()
            return
        told = answers.pop(0)
        if told is None:
            route.fetch()
            route.abort()
        else:
            route.fulfill(**told)

    page.context.route(LINES, handle)
    go_offline(page, False)
    sent(page, 2)
    assert answers == []
    assert set(ChecklistAnswer.objects.values_list("version", flat=True)) == {1}


def test_two_tabs_send_it_once(live_world, planned, visit):
    first = questions()[0]
    page = visit(live_world.member_user)
    offline_visit(page, planned)
    open_part(page, "Danh mục")
    answer(page, first, "yes", "Số 7")
    page.wait_for_timeout(600)
    other = page.context.new_page()
    other.problems = []
    other.goto(f"{address(planned)}checklist/")
    expect(other.locator(f"[name=note_{first.pk}]")).to_have_value("Số 7", timeout=LONG)
    for tab in (page, other):
        saved(tab)
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1), timeout=LONG)
    go_offline(page, False)
    sent(page)
    assert Event.objects.filter(kind="visit.findings").count() == 1


def test_an_ended_session_keeps_everything(live_world, planned, visit, check_page):
    first, second, *_rest = questions()
    page = visit(live_world.member_user)
    offline_visit(page, planned)
    answer_one(page, first, "yes")
    open_part(page, "Danh mục")
    answer(page, second, "no", "Đang ghi dở")
    page.wait_for_timeout(600)
    Session.objects.all().delete()
    go_offline(page, False)
    door = page.locator("#offline-door")
    expect(door).to_contain_text("Phiên đăng nhập đã hết", timeout=LONG)
    expect(page.locator(f"[name=note_{second.pk}]")).to_have_value("Đang ghi dở", timeout=LONG)
    check_page(page, offline=True)
    assert not ChecklistAnswer.objects.exists()
    door.get_by_label("Mật khẩu").fill(PASSWORD)
    door.get_by_role("button", name="Đăng nhập và gửi").click()
    sent(page)
    expect(page.locator(f"[name=note_{second.pk}]")).to_have_value("Đang ghi dở", timeout=LONG)
    saved(page)
    sent(page, 2)


def test_another_person_on_the_phone_neither_sees_nor_sends(live_world, planned, colleague, visit):
    page = visit(live_world.member_user)
    offline_visit(page, planned)
    answer_one(page, questions()[0])
    page.context.clear_cookies()
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto("/accounts/sign-in/")
    sign_in_here(page, colleague)
    name = f"pocket:{live_world.member_user.username}"
    watch(page, lambda: page.evaluate(KEPT, name)[0]["visits"] == 0)
    page.goto("/attendance/pocket/")
    expect(page.locator("#outbox li")).to_have_count(0)
    expect(page.locator("#inspections li")).to_have_count(0)
    assert not ChecklistAnswer.objects.exists()
    page.context.clear_cookies()
    page.goto("/accounts/sign-in/")
    sign_in_here(page, live_world.member_user)
    sent(page)
    assert ChecklistAnswer.objects.get().answered_by == live_world.member_user


def test_signing_out_asks_first_and_wipes_all(live_world, planned, visit, check_page):
    first, second, *_rest = questions()
    page = visit(live_world.member_user)
    offline_visit(page, planned)
    answer_one(page, first)
    open_part(page, "Danh mục")
    answer(page, second, "no", "Đang ghi dở")
    page.wait_for_timeout(600)
    page.context.route(LINES, lambda route: route.abort())
    go_offline(page, False)
    page.goto("/inspections/mine/")
    expect(page.locator(STRIP)).to_have_text(WAITS.format(1), timeout=LONG)
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Đăng xuất").click()
    dialog = page.locator("#offline-leave")
    expect(dialog).to_contain_text("chưa gửi (2)")
    check_page(page, offline=True)
    with page.expect_download() as file:
        dialog.get_by_role("button", name="Lưu thành tệp").click()
    kept = json.loads(file.value.path().read_text())["findings"]
    assert [each["told"]["value"] for each in kept] == ["yes", "no"]
    dialog.get_by_role("button", name="Đã lưu tệp: đăng xuất").click()
    page.wait_for_url("**/accounts/sign-in/**")
    names = page.evaluate("indexedDB.databases().then((all) => all.map((each) => each.name))")
    assert f"pocket:{live_world.member_user.username}" not in names


def test_two_visits_of_one_device_are_asked_about_once_and_stay_apart(live_world, planned, visit):
    world, first = live_world, questions()[0]
    other = Visit.objects.create(
        plan=planned.plan,
        commune=world.commune_b,
        rank=2,
        reason="Tỷ lệ thấp",
        member=world.member,
        planned_on=world.today,
    )
    page = visit(world.member_user)
    for each in (other, planned):
        keep(page, each)
    asked = []

    def hold(route):
        """The server is slow to answer: the person has gone on to another visit meanwhile."""
        if route.request.method == "GET":
            asked.append(route.request.url)
            page.wait_for_timeout(1500)
        route.continue_()

    page.context.route(LINES, hold)
    page.goto("/attendance/pocket/")
    for each in (planned, other, planned, other):
        page.evaluate("(hash) => { location.hash = hash; }", f"inspection/{each.pk}")
        title = page.locator("#inspection-title")
        expect(title).to_have_text(each.commune.title, timeout=LONG)
    watch(page, lambda: len(asked) >= 2)
    page.wait_for_timeout(3500)
    assert [url.split("/")[-3] for url in asked] == [str(planned.pk), str(other.pk)]
    expect(page.locator("#inspection-title")).to_have_text(other.commune.title)
    answer_one(page, first, "no", "Ở xã khác")
    sent(page)
    assert ChecklistAnswer.objects.get().visit == other
    # What was kept of the first is as it was.
    page.evaluate("(hash) => { location.hash = hash; }", f"inspection/{planned.pk}/checklist")
    expect(page.locator("#part-of")).to_have_text(planned.commune.title, timeout=LONG)
    expect(page.locator(f"[name=note_{first.pk}]")).to_have_value("")


def test_a_page_is_ready_only_with_its_scripts_and_says_when_one_is_missing(
    live_world, planned, visit, check_page, monkeypatch
):
    """The visit is kept, one script of its views is not: no page says that it opens anyhow."""
    monkeypatch.setattr(
        pwa, "static", lambda name: f"{static(name)}{'.gone' * name.endswith('/inspection.js')}"
    )
    page = visit(live_world.member_user)
    page.goto(address(planned))
    told = page.locator("#visit-kept")
    expect(told).to_contain_text("chưa mở được khi mất sóng", timeout=LONG)
    expect(told).not_to_contain_text("7 ngày")
    counts, _text = page.evaluate(KEPT, f"pocket:{live_world.member_user.username}")
    assert counts["visits"] == 1
    go_offline(page)
    page.goto(address(planned))
    expect(page.locator("#not-here")).to_be_visible(timeout=LONG)
    expect(page.locator("#not-here")).to_contain_text("chưa được lưu đủ")
    expect(page.locator("#inspections a")).to_have_count(1)
    # The network is back: nothing has to be known about pages and scripts.
    go_offline(page, False)
    expect(page.get_by_role("heading", level=1)).to_contain_text(
        planned.commune.title, timeout=LONG
    )


def test_what_a_colleague_wrote_since_is_not_taken_for_typed_here(
    live_world, planned, colleague, visit
):
    """The page is older than what the device fetches for it; nobody touched the line."""
    first, second, *_rest = questions()
    answer_checklist(visit=planned, answers=[Answered(first.pk, "no", "Thiếu")], by=colleague)
    page = visit(live_world.member_user)
    hold = []
    page.context.route(LINES, lambda route: hold.append(route) if not hold else route.continue_())
    page.goto(f"{address(planned)}checklist/")
    expect(page.locator(f"[name=note_{first.pk}]")).to_have_value("Thiếu")
    watch(page, lambda: hold)
    page.locator(f"[name=note_{second.pk}]").fill("Tự gõ")
    answer_checklist(visit=planned, answers=[Answered(first.pk, "yes", "Số 5", 1)], by=colleague)
    hold[0].continue_()
    expect(page.locator("form[data-outbox]")).to_be_visible(timeout=LONG)
    expect(page.locator(f"[name=note_{first.pk}]")).to_have_value("Số 5", timeout=LONG)
    expect(page.get_by_text("Đang ghi, chưa bấm lưu")).to_have_count(1)
    counts, _text = page.evaluate(KEPT, f"pocket:{live_world.member_user.username}")
    assert counts["drafts"] == 1
    # What was typed before the device took over lies nowhere in the open, also a moment later.
    page.wait_for_timeout(800)
    assert "Tự gõ" not in page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")


def test_a_visit_taken_away_goes_from_the_device_and_what_was_typed_is_told(
    live_world, planned, colleague, visit
):
    first, second, *_rest = questions()
    page = visit(colleague)
    offline_visit(page, planned)
    answer_one(page, first, "no", "Chưa có quyết định")
    open_part(page, "Danh mục")
    page.locator(f"[name=note_{second.pk}]").fill("Đang ghi dở")
    page.wait_for_timeout(800)
    page.goto("/attendance/pocket/")
    planned.team.clear()
    go_offline(page, False)
    page.goto(f"/attendance/pocket/#inspection/{planned.pk}")
    expect(page.locator(STRIP)).to_have_text(
        "Chưa gửi được 2 mục kiểm tra, mời xem lại", timeout=LONG
    )
    expect(page.locator("#view-lists")).to_be_visible(timeout=LONG)
    expect(page.locator("#inspections a")).to_have_count(0)
    counts, _text = page.evaluate(KEPT, f"pocket:{colleague.username}")
    assert counts == {"outbox": 2, "visits": 0, "drafts": 0}
    page.locator("#outbox a", has_text=second.text).click()
    expect(page.locator("#operation-marks")).to_contain_text("Đang ghi dở")
    expect(page.locator("#operation-export")).to_be_visible()
    expect(page.locator("#operation-open")).to_be_hidden()


def test_another_person_in_another_tab_takes_no_visit_away(live_world, planned, visit):
    page = visit(live_world.member_user)
    keep(page, planned)
    page.context.clear_cookies()
    other = page.context.new_page()
    other.problems = []
    other.goto("/accounts/sign-in/")
    other.evaluate(
        "localStorage.removeItem('pocket-person')"
    )  # the tab that stays is not handed over
    sign_in_here(other, live_world.teacher_a)
    other.close()
    page.evaluate(
        """async (id) => {
            const { readyToKeep } = await import("/static/js/offline/sync_status.js");
            const { fetchVisit } = await import("/static/js/offline/findings.js");
            await fetchVisit(await readyToKeep(), id);
        }""",
        planned.pk,
    )
    counts, _text = page.evaluate(KEPT, f"pocket:{live_world.member_user.username}")
    assert counts["visits"] == 1


def test_two_tabs_lose_nothing_of_one_line(live_world, planned, visit):
    """Both have the line open and type: two drafts, and the second save asks first."""
    first = questions()[0]
    page = visit(live_world.member_user)
    offline_visit(page, planned)
    other = page.context.new_page()
    other.problems = []
    other.goto(f"{address(planned)}checklist/")
    expect(other.locator(f"[name=note_{first.pk}]")).to_be_visible(timeout=LONG)
    open_part(page, "Danh mục")
    for tab, note in ((page, "Từ cửa sổ một"), (other, "Từ cửa sổ hai")):
        answer(tab, first, "no", note)
        tab.wait_for_timeout(800)
    name = f"pocket:{live_world.member_user.username}"
    assert page.evaluate(KEPT, name)[0]["drafts"] == 2
    saved(page)
    assert page.evaluate(KEPT, name)[0]["drafts"] == 1
    save(other)
    told = other.locator(f"#refusal-{first.pk}")
    expect(told).to_contain_text("Từ cửa sổ một", timeout=LONG)
    expect(other.locator(f"[name=note_{first.pk}]")).to_have_value("Từ cửa sổ hai")
    saved(other)
    assert page.evaluate(KEPT, name)[0]["drafts"] == 0
    go_offline(page, False)
    sent(page)
    assert ChecklistAnswer.objects.get().note == "Từ cửa sổ hai"
