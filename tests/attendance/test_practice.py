"""The practice class: shown and sent as a real one, and in no table."""

import pytest
from django.urls import reverse

from attendance.enums import Mark
from attendance.models import Register
from attendance.practice.roll import practice_rows
from tests.fingerprints import fingerprints
from tests.html_query import read
from tests.world import PUPILS_6A, PUPILS_6B, PUPILS_12

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(world, sign_in):
    client = sign_in(world.teacher_a)
    client.get(reverse("attendance:today"))  # that the browser was seen is written once
    return client


def test_nothing_of_it_reaches_a_table(teacher, world):
    before = fingerprints()
    assert len(before) > 60
    address = reverse("attendance:practice")
    for query in (
        {},
        {"sent": "1"},
        {"sent": "1", "mark-2": "K", "reason-2": "sick", "mark-5": "M", "correction_reason": "x"},
    ):
        assert teacher.get(address, query).status_code == 200
    assert teacher.post(address, {"mark-2": "K"}).status_code == 405
    assert fingerprints() == before
    # The same sent on a real sheet is seen by the same look.
    sheet = reverse("attendance:sheet", args=[world.class_a.pk, world.today, "am"])
    assert teacher.post(sheet, {"base_revision": "0"}).status_code == 302
    assert Register.objects.count() == 1
    changed = {table for table, print_ in fingerprints().items() if before[table] != print_}
    assert "attendance_register" in changed


def test_its_sheet_is_sent_with_a_receipt_that_is_none(teacher):
    address = reverse("attendance:practice")
    page = read(teacher.get(address))
    assert page.one("form#register").get("method") == "get"
    assert page.one("form#register").get("data-class") is None
    assert "Chỉ để tập" in page.one(".pretence").text
    page = read(teacher.get(address, {"sent": "1", "mark-2": "K"}))
    assert "Tập: đã gửi 07:10 · mã biên nhận TẬP-0710" in page.one("#sheet-before").text
    checked = [each.get("name") for each in page.select(".mark--K") if "checked" in each.attributes]
    assert checked == ["mark-2"]


def test_two_namesakes_are_told_apart():
    rows = practice_rows()
    assert [row.number for row in rows if row.is_namesake] == [4, 5]
    assert not {row.pupil.full_name for row in rows} & {*PUPILS_6A, *PUPILS_6B, *PUPILS_12}


def test_what_is_no_mark_is_left_out():
    rows = practice_rows({"mark-1": "K", "mark-2": "<b>", "reason-2": "none", "mark-99": "K"})
    assert [row.mark for row in rows] == [Mark.UNEXCUSED, *[""] * 7]
    assert {row.reason for row in rows} == {""}


def test_the_frame_without_a_network_has_it_too(client):
    text = client.get(reverse("attendance:offline")).content.decode()
    assert text.count('name="mark-8"') == 4
    assert 'href="#practice"' in text
