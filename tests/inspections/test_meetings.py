"""Regulation and meetings of a committee: written down, corrected, due again, printed."""

import datetime
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from docx import Document

from core.models import Event
from inspections.meetings.selectors import months_after, rhythm_of
from inspections.meetings.services import Minutes, correct_meeting, set_regulation, write_meeting
from inspections.models import Meeting, Regulation
from tests.html_query import read
from tests.photos import JPEG

D = datetime.date


def regulate(w, **more):
    values = {
        "committee": w.committee,
        "paper": "05/QC-BCĐ ngày 01/09/2026",
        "meets_every": 1,
        "reports_every": 3,
        "articles": "Họp trước ngày 10.",
        "valid_from": D(2026, 9, 1),
        "by": w.province_officer,
    }
    return set_regulation(**{**values, **more})


def meet(w, **more):
    values = {
        "held_on": D(2026, 10, 5),
        "place": "Sở Giáo dục và Đào tạo",
        "chair": w.member,
        "present": [],
        "guests": "Phòng Văn hoá",
        "content": "Chuyên cần tháng 9.\nTrẻ chưa ra lớp.",
        "decided": "Xuống xã trước ngày 20.",
    }
    minutes = Minutes(**{**values, **more})
    return write_meeting(committee=w.committee, minutes=minutes, by=w.province_officer)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (D(2026, 1, 31), 1, D(2026, 2, 28)),
        (D(2028, 1, 31), 1, D(2028, 2, 29)),
        (D(2026, 11, 30), 3, D(2027, 2, 28)),
        (D(2026, 12, 5), 12, D(2027, 12, 5)),
    ],
)
def test_some_months_later_is_the_same_day_or_the_last_one(day, months, then):
    assert months_after(day, months) == then


def test_the_next_meeting_is_due_after_the_last_or_the_regulation(world):
    nothing = rhythm_of(world.committee, world.today)
    assert (nothing.due_on, nothing.is_late) == (None, False)
    regulate(world)
    first = rhythm_of(world.committee, world.today)
    assert (first.due_on, first.is_late) == (D(2026, 10, 1), True)
    meet(world)
    after = rhythm_of(world.committee, world.today)
    assert (after.due_on, after.is_late) == (D(2026, 11, 5), False)


def test_a_regulation_ends_the_one_before(world):
    old, new = regulate(world), regulate(world, valid_from=D(2026, 10, 1), meets_every=2)
    old.refresh_from_db()
    assert (old.valid_to, new.valid_to) == (D(2026, 10, 1), None)
    event = Event.objects.filter(kind="committee.regulation").latest("pk")
    assert event.changes["meets_every"] == [1, 2]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"valid_from": D(2026, 9, 1)}, "valid_from"),
        ({"valid_from": D(2000, 1, 1)}, "valid_from"),
        ({"valid_from": D(2026, 10, 1), "paper": "  "}, "paper"),
        ({"valid_from": D(2026, 10, 1), "meets_every": 13}, "meets_every"),
    ],
)
def test_what_is_wrong_sets_no_regulation(world, more, field):
    regulate(world)
    with pytest.raises(ValidationError) as refused:
        regulate(world, **more)
    assert list(refused.value.message_dict) == [field]
    assert Regulation.objects.get().valid_to is None


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"held_on": D(2026, 10, 13)}, "held_on"),
        ({"content": " "}, "content"),
        ({"decided": ""}, "decided"),
        ({"held_on": D(2000, 1, 1)}, "chair"),
    ],
)
def test_what_is_wrong_writes_no_meeting(world, more, field):
    with pytest.raises(ValidationError) as refused:
        meet(world, **more)
    assert field in refused.value.message_dict
    assert not Meeting.objects.exists()


def test_a_day_has_one_meeting(world):
    meet(world)
    with pytest.raises(ValidationError, match="đã được ghi"):
        meet(world)


def test_a_correction_keeps_what_stood_there_and_meets_the_other_one(world):
    made = meet(world)
    minutes = Minutes(
        held_on=made.held_on,
        place=made.place,
        chair=made.chair,
        present=[],
        guests="",
        content=made.content,
        decided="Xuống xã trước ngày 25.",
    )
    told = {"meeting": made, "minutes": minutes, "seen": 1, "by": world.province_officer}
    now = correct_meeting(**told)
    assert (now.version, now.decided) == (2, "Xuống xã trước ngày 25.")
    changes = Event.objects.get(kind="meeting.corrected").changes
    assert changes["decided"] == ["Xuống xã trước ngày 20.", "Xuống xã trước ngày 25."]
    assert set(changes) == {"decided", "guests"}
    with pytest.raises(ValidationError, match="Vừa có người sửa"):
        correct_meeting(**told)


def test_from_the_page_of_the_committee_to_the_printed_minutes(world, sign_in):
    client = sign_in(world.province_officer)
    own = [world.committee.pk]
    page = read(client.get(reverse("inspections:committee", args=own)))
    assert "Chưa ghi quy chế làm việc." in " ".join(page.texts("main p"))
    told = {
        "paper": "05/QC-BCĐ",
        "meets_every": "1",
        "reports_every": "0",
        "valid_from": "2026-08-01",
        "file": SimpleUploadedFile("quy-che.jpg", JPEG),
    }
    assert client.post(reverse("inspections:regulation_set", args=own), told).status_code == 302
    file = client.get(reverse("inspections:regulation_file", args=own))
    assert file["Content-Type"] == "image/jpeg"
    page = read(client.get(reverse("inspections:committee", args=own)))
    assert "Lần họp tới: chậm nhất 01/09/2026." in " ".join(page.texts("main p"))
    add = reverse("inspections:meeting_add", args=own)
    minutes = {
        "held_on": "2026-10-09",
        "place": "Sở Giáo dục và Đào tạo",
        "chair": world.member.pk,
        "present": [world.member.pk],
        "content": "Chuyên cần tháng 9.",
        "decided": "Xuống xã trước ngày 20.",
    }
    assert client.post(add, minutes | {"content": ""}).status_code == 422
    assert client.post(add, minutes).status_code == 302
    made = Meeting.objects.get()
    assert [each.pk for each in made.present.all()] == [world.member.pk]
    address = reverse("inspections:meeting_paper", args=[*own, made.pk])
    assert client.get(address).content.startswith(b"%PDF")
    word = Document(io.BytesIO(client.get(address, {"as": "docx"}).content))
    said = "\n".join(each.text for each in word.paragraphs)
    assert "Xuống xã trước ngày 20." in said
    assert client.get(address, {"as": "exe"}).status_code == 404


def test_who_was_no_member_then_is_refused_on_the_page(world, sign_in):
    other = world.committee.members.create(full_name="Người mới", valid_from=D(2026, 10, 12))
    client = sign_in(world.province_officer)
    answer = client.post(
        reverse("inspections:meeting_add", args=[world.committee.pk]),
        {
            "held_on": "2026-10-09",
            "place": "Sở",
            "chair": world.member.pk,
            "present": [other.pk],
            "content": "Nội dung",
            "decided": "Kết luận",
        },
    )
    assert answer.status_code == 422
    assert "Người mới" in " ".join(read(answer).texts(".error-summary li"))


@pytest.mark.parametrize("count", [2, 20])
def test_queries_do_not_grow_with_the_meetings(
    world, sign_in, django_assert_max_num_queries, count
):
    regulate(world)
    for number in range(count):
        meet(world, held_on=D(2026, 9, 1) + datetime.timedelta(days=number))
    client = sign_in(world.province_officer)
    made = Meeting.objects.first()
    with django_assert_max_num_queries(20):
        client.get(reverse("inspections:committee", args=[world.committee.pk]))
    with django_assert_max_num_queries(11):
        client.get(reverse("inspections:meeting", args=[world.committee.pk, made.pk]))
