"""What a visit writes down on the spot: checklist, pupils counted, supplements."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from attendance.models import Register
from core.models import Event
from core.workflow import IllegalTransition
from inspections.models import ChecklistAnswer, ChecklistItem, HeadCount, Member
from inspections.selectors.findings import checklist_of, countings_of, verification_of
from inspections.services.findings import (
    Answered,
    Counted,
    answer_checklist,
    count_pupils,
    supplement_visit,
)
from inspections.services.lines import WrittenMeanwhile
from inspections.services.visits import Asked, record_visit
from tests.html_query import read
from tests.reports.register_builders import pupil_ids, take
from tests.world import make_user

D = datetime.date
TODAY = D(2026, 10, 12)


@pytest.fixture
def visit(approved):
    return approved.visits.get()


@pytest.fixture
def colleague(visit, flagged):
    """Another member of the committee, who goes along."""
    user = make_user("colleague", "Tòng Văn Én", since=flagged.since)
    member = Member.objects.create(
        committee=flagged.committee, user=user, full_name="Tòng Văn Én", valid_from=flagged.since
    )
    visit.team.add(member)
    return user


def questions():
    return list(ChecklistItem.objects.order_by("place"))


def answer(visit, by, *answers):
    return answer_checklist(visit=visit, answers=answers, by=by)


def count(w, visit, by, *counts, **more):
    values = {"school": w.school_a, "date": TODAY, "session": "am"}
    return count_pupils(visit=visit, counts=counts, by=by, **(values | more))


def test_the_first_questions_are_there_and_dated(db):
    codes = [item.code for item in questions()]
    assert codes[:2] == ["decision", "duties"]
    assert len(codes) == len(set(codes)) >= 12
    assert {item.valid_from for item in questions()} == {D(2015, 6, 5)}


def test_a_question_that_ended_is_asked_no_more_but_stays_with_the_old_visit(visit, flagged):
    first, *_rest = questions()
    answer(visit, flagged.member_user, Answered(first.pk, "yes"))
    record_visit(visit=visit, visited_on=TODAY, result="Đủ", by=flagged.member_user)
    ChecklistItem.objects.filter(pk=first.pk).update(valid_to=D(2026, 10, 20))
    visit.refresh_from_db()
    assert first.pk in {each.item.pk for each in checklist_of(visit)}
    visit.visited_on = D(2026, 10, 25)
    assert first.pk not in {each.item.pk for each in checklist_of(visit)}


def test_two_halves_of_a_list_become_one(visit, flagged, colleague):
    first, second, third, *_rest = questions()
    answer(
        visit, flagged.member_user, Answered(first.pk, "yes"), Answered(second.pk, "no", "Thiếu")
    )
    # The colleague's page was opened before, and says nothing of these two.
    answer(visit, colleague, Answered(third.pk, "partly"))
    rows = ChecklistAnswer.objects.order_by("item__place")
    assert list(rows.values_list("item", "answer", "note", "answered_by")) == [
        (first.pk, "yes", "", flagged.member_user.pk),
        (second.pk, "no", "Thiếu", flagged.member_user.pk),
        (third.pk, "partly", "", colleague.pk),
    ]


def test_who_answers_over_another_is_told_and_nothing_is_written(visit, flagged, colleague):
    first, second, *_rest = questions()
    answer(visit, flagged.member_user, Answered(first.pk, "yes"))
    with pytest.raises(WrittenMeanwhile) as refused:
        answer(visit, colleague, Answered(second.pk, "yes"), Answered(first.pk, "no"))
    assert flagged.member_user.full_name in refused.value.messages[0]
    assert list(ChecklistAnswer.objects.values_list("item", "answer")) == [(first.pk, "yes")]
    # The same answer is no dispute, and having seen the other one may be corrected.
    assert answer(visit, colleague, Answered(first.pk, "yes")) == 0
    assert answer(visit, colleague, Answered(first.pk, "no", seen=1)) == 1


def test_only_the_team_writes_and_only_before_the_record(visit, flagged, colleague):
    first = questions()[0]
    with pytest.raises(IllegalTransition) as refused:
        answer(visit, flagged.province_officer, Answered(first.pk, "yes"))
    assert refused.value.code == "not_on_team"
    record_visit(visit=visit, visited_on=TODAY, result="Đủ", by=flagged.member_user)
    with pytest.raises(IllegalTransition) as refused:
        answer(visit, colleague, Answered(first.pk, "yes"))
    assert refused.value.code == "state"
    assert not ChecklistAnswer.objects.exists()


def test_a_count_keeps_what_the_register_said_at_that_moment(visit, flagged):
    away = pupil_ids(flagged.class_a)[0]
    take(flagged.class_a, TODAY, {away: "K"})
    (row,) = count(flagged, visit, flagged.member_user, Counted(flagged.class_a.pk, 4, "Mưa"))
    assert (row.roll, row.registered, row.counted, row.difference) == (6, 5, 4, -1)
    # The teacher mends the register afterwards: the count still says what it found.
    Register.objects.update(unexcused=2)
    assert HeadCount.objects.get().registered == 5
    assert Event.objects.get(kind="visit.findings").changes["counts"] == [None, ["6A: 4"]]


def test_a_count_without_a_register_says_so_and_proves_nothing(visit, flagged):
    (row,) = count(flagged, visit, flagged.member_user, Counted(flagged.class_a.pk, 4))
    assert (row.registered, row.difference) == (None, None)
    assert verification_of([flagged.school_a.pk], on=TODAY) == {}


def test_counts_of_a_year_verify_the_registers_of_a_school(visit, flagged):
    take(flagged.class_a, TODAY)
    take(flagged.class_a12, TODAY)
    count(
        flagged,
        visit,
        flagged.member_user,
        Counted(flagged.class_a.pk, 4),
        Counted(flagged.class_a12.pk, 3),
    )
    found = verification_of([flagged.school_a.pk, flagged.school_b.pk], on=TODAY)
    registered = sum(HeadCount.objects.values_list("registered", flat=True))
    verified = found.pop(flagged.school_a.pk)
    assert found == {}
    assert (verified.counted, verified.registered, verified.classes) == (7, registered, 2)
    assert verified.factor == 7 / registered
    assert verification_of([flagged.school_a.pk], on=TODAY + datetime.timedelta(days=366)) == {}


@pytest.mark.parametrize(
    ("changed", "counted", "why"),
    [
        ({"date": D(2026, 10, 13)}, 4, "từ 01/10/2026 đến hôm nay"),
        ({"date": D(2026, 9, 30)}, 4, "từ 01/10/2026 đến hôm nay"),
        ({}, 101, "không thể có 101 em"),
    ],
)
def test_a_count_that_cannot_be_is_refused(visit, flagged, changed, counted, why):
    with pytest.raises(ValidationError, match=why):
        count(flagged, visit, flagged.member_user, Counted(flagged.class_a.pk, counted), **changed)
    assert not HeadCount.objects.exists()


def test_classes_of_a_school_elsewhere_are_not_counted(visit, flagged):
    with pytest.raises(ValidationError, match="Có lớp không còn thuộc THCS B Một"):
        count(
            flagged,
            visit,
            flagged.member_user,
            Counted(flagged.class_b.pk, 4),
            school=flagged.school_b,
        )
    assert not HeadCount.objects.exists()


def test_two_who_count_one_class_compare(visit, flagged, colleague):
    count(flagged, visit, flagged.member_user, Counted(flagged.class_a.pk, 4))
    with pytest.raises(WrittenMeanwhile, match="Mở lại trang rồi so lại"):
        count(flagged, visit, colleague, Counted(flagged.class_a.pk, 5))
    count(flagged, visit, colleague, Counted(flagged.class_a.pk, 5, seen=1))
    assert HeadCount.objects.get().counted == 5
    (first, *_rest) = countings_of(visit)
    assert (first.school, first.classes, first.counted) == (flagged.school_a, 1, 5)


def test_a_record_is_supplemented_never_changed(visit, flagged, colleague):
    record_visit(visit=visit, visited_on=TODAY, result="Đủ", by=flagged.member_user)
    supplement_visit(visit=visit, text="Thêm: lớp 6B nghỉ rét.", by=colleague)
    visit.refresh_from_db()
    assert visit.result == "Đủ"
    assert [each.text for each in visit.supplements.all()] == ["Thêm: lớp 6B nghỉ rét."]
    with pytest.raises(ValidationError, match="Ghi nội dung cần bổ sung"):
        supplement_visit(visit=visit, text=" ", by=colleague)


# --- The pages ------------------------------------------------------------------------------


def test_a_member_answers_counts_and_prints_the_minutes(visit, flagged, client):
    client.force_login(flagged.member_user)
    take(flagged.class_a, TODAY)
    first = questions()[0]
    url = reverse("inspections:checklist", args=[visit.pk])
    answer_page = client.post(url, {f"answer_{first.pk}": "no", f"note_{first.pk}": "Chưa có"})
    assert answer_page.status_code == 302
    url = reverse("inspections:counts", args=[visit.pk, flagged.school_a.pk]) + "?session=am"
    assert client.post(url, {f"counted_{flagged.class_a.pk}": "4"}).status_code == 302
    text = read(client.get(url)).text
    assert "Đếm được 4, sĩ số 6." in text
    assert "Sổ ghi có mặt 6" in text
    page = read(client.get(reverse("inspections:visit", args=[visit.pk])))
    assert "1 lớp: đếm được 4, có mặt theo sổ 6" in page.text
    minutes = read(client.get(reverse("inspections:minutes", args=[visit.pk]))).text
    assert all(said in minutes for said in ("Chưa có", "BIÊN BẢN", first.text))


def test_a_note_without_an_answer_is_asked_about_and_kept(visit, flagged, client):
    client.force_login(flagged.member_user)
    first = questions()[0]
    page = client.post(
        reverse("inspections:checklist", args=[visit.pk]), {f"note_{first.pk}": "Chưa có"}
    )
    assert page.status_code == 422
    assert read(page).one(f"#id_note_{first.pk}").get("value") == "Chưa có"
    assert not ChecklistAnswer.objects.exists()


def test_the_commune_finds_the_recommendation_on_its_first_page_and_answers(visit, flagged, client):
    record_visit(
        visit=visit,
        visited_on=TODAY,
        result="Đủ",
        by=flagged.member_user,
        recommendations=[Asked("Nộp sổ đúng ngày", "Chủ tịch xã", D(2026, 10, 30))],
    )
    client.force_login(flagged.commune_officer)
    home = read(client.get(reverse("reports:area", args=[flagged.commune_a.pk])))
    assert "1 kiến nghị sau kiểm tra cần trả lời." in home.text
    page = read(client.get(reverse("inspections:recommendations")))
    assert "Nộp sổ đúng ngày" in page.text
    recommendation = visit.recommendations.get()
    url = reverse("inspections:recommendation_answer", args=[recommendation.pk])
    sent = client.post(url, {"remedied_on": "2026-10-12", "remedy": "Đã họp, đã giao"})
    assert sent.status_code == 302
    client.force_login(flagged.member_user)
    shown = read(client.get(reverse("inspections:visit", args=[visit.pk]))).text
    assert "Đã họp, đã giao" in shown
    assert "Xác nhận đã làm" in shown
