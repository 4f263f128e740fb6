"""The questions of the checklist on their page: asked from a day on, changed, no longer asked."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from core.models import Event
from inspections.checklist.questions import (
    add_question,
    change_question,
    end_question,
    questions_to_show,
)
from inspections.models import ChecklistItem
from tests.html_query import read

D = datetime.date
TOMORROW = D(2026, 10, 13)
COMMITTEE, SURVEY = "Ban chỉ đạo xã", "Điều tra, hồ sơ phổ cập"


def question(code="decision"):
    return ChecklistItem.objects.get(code=code, valid_to=None)


def words_on(day):
    return [each.text for each in ChecklistItem.objects.on(day)]


def test_a_new_question_is_the_last_of_its_section_from_its_day_on(world):
    made = add_question(
        section=COMMITTEE, text=" Có sổ trực ", valid_from=TOMORROW, by=world.province_officer
    )
    assert "Có sổ trực" not in words_on(world.today)
    own = [each.text for each in ChecklistItem.objects.on(TOMORROW) if each.section == COMMITTEE]
    assert own[-1] == made.text == "Có sổ trực"
    sections = [each.section for each in ChecklistItem.objects.on(TOMORROW)]
    assert list(dict.fromkeys(sections)) == list(
        dict.fromkeys(each.section for each in ChecklistItem.objects.on(world.today))
    )
    event = Event.objects.get(kind="checklist.added")
    assert (event.actor, event.changes["text"]) == (world.province_officer, [None, "Có sổ trực"])


def test_a_new_section_comes_last(world):
    add_question(section="Bán trú", text="x", valid_from=TOMORROW, by=world.province_officer)
    assert [each.section for each in ChecklistItem.objects.on(TOMORROW)][-1] == "Bán trú"


def test_a_change_ends_the_version_before_at_its_place(world):
    before = question()
    made = change_question(
        question=before,
        section=COMMITTEE,
        text="Quyết định còn hiệu lực",
        valid_from=TOMORROW,
        by=world.province_officer,
    )
    before.refresh_from_db()
    assert (before.valid_to, made.code, made.place) == (TOMORROW, "decision", before.place)
    assert words_on(world.today)[0] == before.text
    assert words_on(TOMORROW)[0] == made.text


def test_a_question_moved_to_another_section_is_its_last(world):
    made = change_question(
        question=question(),
        section=SURVEY,
        text="x",
        valid_from=TOMORROW,
        by=world.province_officer,
    )
    own = [each for each in ChecklistItem.objects.on(TOMORROW) if each.section == SURVEY]
    assert own[-1] == made


def test_a_question_is_no_longer_asked_from_its_day_on(world):
    text = question().text
    end_question(question=question(), on=TOMORROW, by=world.province_officer)
    assert text in words_on(world.today)
    assert text not in words_on(TOMORROW)
    assert Event.objects.get(kind="checklist.ended").changes == {"valid_to": [None, "2026-10-13"]}


@pytest.mark.parametrize("day", [D(2026, 10, 12), D(2026, 10, 1)])
def test_today_and_before_stay_as_they_are(world, day):
    said = {"section": COMMITTEE, "text": "x", "valid_from": day, "by": world.province_officer}
    for act in (
        lambda: add_question(**said),
        lambda: change_question(question=question(), **said),
        lambda: end_question(question=question(), on=day, by=world.province_officer),
    ):
        with pytest.raises(ValidationError, match="sớm nhất từ ngày 13/10/2026"):
            act()
    assert not Event.objects.filter(kind__startswith="checklist.").exists()


@pytest.mark.parametrize("person", ["district_officer", "member_user", "system_admin"])
def test_the_service_asks_for_the_right_whoever_calls_it(world, person):
    by = getattr(world, person)
    said = {"section": COMMITTEE, "text": "x", "valid_from": TOMORROW, "by": by}
    for act in (
        lambda: add_question(**said),
        lambda: change_question(question=question(), **said),
        lambda: end_question(question=question(), on=TOMORROW, by=by),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert not Event.objects.filter(kind__startswith="checklist.").exists()


def test_who_comes_second_is_told(world):
    seen = question()
    end_question(question=seen, on=TOMORROW, by=world.province_officer)
    with pytest.raises(ValidationError, match="Vừa có người sửa"):
        end_question(question=seen, on=TOMORROW, by=world.province_officer)


def test_the_page_shows_what_comes_and_offers_the_newest_alone(world, sign_in):
    client, address = sign_in(world.province_officer), reverse("inspections:questions")
    before = len(questions_to_show(world.today))
    answer = client.post(
        reverse("inspections:question_change", args=["decision"]),
        {"text": "Quyết định mới", "section": COMMITTEE, "valid_from": "2026-10-20"},
    )
    assert (answer.status_code, answer.url) == (302, address)
    page = read(client.get(address))
    said = page.one("main").text
    assert f"{before} nội dung" in said
    assert "Sắp áp dụng" in said
    assert "đến trước ngày 20/10/2026" in said
    changes = [each for each in page.texts("main a") if each.startswith("Sửa")]
    assert len(changes) == before
    assert client.get(reverse("inspections:question_end", args=["none"])).status_code == 404


@pytest.mark.parametrize(
    "said",
    [
        {"section": "", "new_section": ""},
        {"section": COMMITTEE, "new_section": "Bán trú"},
        {"section": "Không có"},
        {"text": "x" * 301},
        {"text": ""},
        {"valid_from": "hôm nay"},
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(world, sign_in, said):
    sent = {"text": "Có sổ trực", "section": COMMITTEE, "valid_from": "2026-10-13"} | said
    answer = sign_in(world.province_officer).post(reverse("inspections:question_add"), sent)
    assert answer.status_code == 422
    assert not Event.objects.filter(kind="checklist.added").exists()


def test_a_new_section_is_named_on_the_form(world, sign_in):
    sent = {"text": "Bếp ăn sạch", "new_section": "Bán trú", "valid_from": "2026-10-13"}
    answer = sign_in(world.province_officer).post(reverse("inspections:question_add"), sent)
    assert answer.status_code == 302
    assert ChecklistItem.objects.get(text="Bếp ăn sạch").section == "Bán trú"
