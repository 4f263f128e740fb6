"""What a commune and its schools see of a visit to them: no draft, no photo, and the papers."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.scoping import scope_for
from core.models import Event
from inspections.actions import visits_to_us
from inspections.models import HeadCount, InspectionPlan, VisitPhoto
from inspections.papers.services import issue_visit_paper
from inspections.services.plans import cancel_visit
from inspections.services.visits import Asked, record_visit
from reports.papers.issuing import Particulars
from tests.html_query import read
from tests.photos import JPEG

D = datetime.date
TODAY = D(2026, 10, 12)
LIST = reverse("inspections:visits_here")


@pytest.fixture
def visit(approved):
    return approved.visits.get()


def record(world, visit, *asked):
    return record_visit(
        visit=visit,
        visited_on=TODAY,
        result="Đếm được 30/35 em.",
        recommendations=asked,
        by=world.member_user,
    )


def issue(world, visit, kind, number=None):
    said = {"symbol": "TB-SGDĐT", "on": TODAY, "position": "Giám đốc", "signer": "Lò Văn Sơn"}
    (paper,) = issue_visit_paper(
        visit=visit,
        kind=kind,
        extension="pdf",
        said=Particulars(number=number, **said),
        by=world.province_officer,
    )
    return paper


def page_of(visit):
    return reverse("inspections:visit_here", args=[visit.pk])


def asked_of_a_school(world):
    return Asked("Nộp sổ đúng ngày", "Hiệu trưởng", D(2026, 10, 30), world.school_a)


def test_the_commune_sees_the_day_once_the_plan_is_approved(visit, flagged, sign_in):
    client = sign_in(flagged.commune_officer)
    assert "12/10/2026" in read(client.get(LIST)).text
    page = read(client.get(page_of(visit))).text
    assert "12/10/2026" in page
    assert flagged.member.full_name in page
    (action,) = visits_to_us(scope_for(flagged.commune_officer), area_id=None)
    assert (action.text, action.url) == ("Đoàn kiểm tra đến ngày 12/10/2026.", LIST)
    InspectionPlan.objects.update(state="draft", approved_by=None, approved_at=None)
    assert "12/10/2026" not in read(client.get(LIST)).text
    assert client.get(page_of(visit)).status_code == 404
    assert not list(visits_to_us(scope_for(flagged.commune_officer), area_id=None))


def test_nothing_written_down_before_the_record_and_no_photo_is_shown(visit, flagged, sign_in):
    HeadCount.objects.create(
        visit=visit,
        school=flagged.school_a,
        school_class=flagged.class_a,
        date=TODAY,
        session="am",
        counted=31,
        roll=35,
        registered=33,
        counted_by=flagged.member_user,
        counted_at=timezone.now(),
    )
    photo = VisitPhoto.objects.create(
        visit=visit,
        op_id="12345678-1234-4234-8234-123456781234",
        digest="0" * 64,
        file=SimpleUploadedFile("anh.jpg", JPEG),
        size=len(JPEG),
        made_by=flagged.member_user,
        made_at=timezone.now(),
    )
    client = sign_in(flagged.commune_officer)
    assert "31" not in read(client.get(page_of(visit))).one("main").text
    record(flagged, visit)
    page = read(client.get(page_of(visit)))
    assert "đếm được 31" in page.text
    assert "Đếm được 30/35 em." in page.text
    hrefs = [each.get("href") or "" for each in page.select("a, img")]
    assert not [each for each in hrefs if "/photos/" in each]
    opened = reverse("inspections:photo", args=[visit.pk, photo.pk])
    assert client.get(opened).status_code in {403, 404}


def test_the_commune_reads_why_a_visit_was_called_off(visit, flagged, sign_in):
    cancel_visit(visit=visit, reason="Mưa lũ", by=flagged.province_officer)
    visit.refresh_from_db()
    paper = issue(flagged, visit, "off")
    client = sign_in(flagged.commune_officer)
    page = read(client.get(page_of(visit)))
    assert "Mưa lũ" in page.text
    file = reverse("inspections:visit_here_paper", args=[visit.pk, paper.pk])
    assert file in [each.get("href") for each in page.select("a")]
    assert client.get(file).content.startswith(b"%PDF")
    (event,) = Event.objects.filter(kind="paper.fetched")
    assert event.actor == flagged.commune_officer
    (action,) = visits_to_us(scope_for(flagged.commune_officer), area_id=None)
    assert action.text == "Lượt kiểm tra ngày 12/10/2026 không thực hiện."


def test_a_head_reads_what_concerns_the_school(visit, flagged, sign_in):
    head = sign_in(flagged.head_a)
    assert head.get(page_of(visit)).status_code == 404
    to_us = asked_of_a_school(flagged)
    record(flagged, visit, to_us, Asked("Họp ban chỉ đạo", "Chủ tịch xã", D(2026, 10, 30)))
    visit.refresh_from_db()
    paper = issue(flagged, visit, "result")
    page = read(head.get(page_of(visit)))
    assert to_us.text in page.text
    assert "Họp ban chỉ đạo" not in page.text
    file = reverse("inspections:visit_here_paper", args=[visit.pk, paper.pk])
    assert head.get(file).content.startswith(b"%PDF")
    (action,) = visits_to_us(scope_for(flagged.head_a), area_id=None)
    assert action.text == "Đã có kết quả lượt kiểm tra ngày 12/10/2026."
    start = " ".join(read(head.get(reverse("home"))).text.split())
    assert "1 kiến nghị sau kiểm tra cần trả lời" in start
    assert action.text in start
    assert sign_in(flagged.head_b).get(page_of(visit)).status_code == 404
    assert sign_in(flagged.head_b).get(file).status_code == 404


def test_a_visit_that_does_not_concern_a_school_is_not_its_heads(visit, flagged, sign_in):
    record(flagged, visit, Asked("Họp ban chỉ đạo", "Chủ tịch xã", D(2026, 10, 30)))
    assert sign_in(flagged.head_a).get(page_of(visit)).status_code == 404
    assert not list(visits_to_us(scope_for(flagged.head_a), area_id=None))


@pytest.mark.parametrize("name", ["teacher_a", "member_user", "province_officer", "nobody"])
def test_who_answers_nothing_has_no_such_page(visit, flagged, sign_in, name):
    client = sign_in(getattr(flagged, name))
    assert {client.get(LIST).status_code, client.get(page_of(visit)).status_code} == {403}


def test_a_paper_of_another_visit_is_not_there(visit, flagged, sign_in):
    record(flagged, visit)
    visit.refresh_from_db()
    paper = issue(flagged, visit, "result")
    address = reverse("inspections:visit_here_paper", args=[visit.pk, paper.pk + 1])
    assert sign_in(flagged.commune_officer).get(address).status_code == 404
