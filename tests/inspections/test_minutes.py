"""Minutes: who spoke for those inspected, the number, and what both sides signed."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.models import Event
from core.workflow import IllegalTransition
from inspections.models import MinutesScan
from inspections.papers.services import issue_visit_paper
from inspections.papers.visit_papers import NUMBERED, minutes
from inspections.services.visits import PROOFS_PER_HOUR, keep_scan, record_visit
from reports.papers.issuing import Particulars
from reports.papers.register import file_of
from schools.models import NamesShown
from tests.html_query import read
from tests.photos import JPEG

D = datetime.date
TODAY = D(2026, 10, 12)
PEOPLE = "Lò Văn Tính, Phó Chủ tịch UBND xã\n\n  Giàng A Tủa,  hiệu trưởng  "


@pytest.fixture
def visit(approved):
    return approved.visits.get()


def record(world, visit, people=PEOPLE):
    return record_visit(
        visit=visit,
        visited_on=TODAY,
        result="Sổ đủ.",
        represented_by=people,
        by=world.member_user,
    )


def photo(name="bien-ban.jpg", content=JPEG):
    return SimpleUploadedFile(name, content)


def test_the_minutes_name_both_sides(visit, flagged, sign_in):
    assert "Đơn vị được kiểm tra: ……" in minutes(visit).sections[0][1][2].replace("\u200b", "")
    visit = record(flagged, visit)
    assert visit.representatives == [
        "Lò Văn Tính, Phó Chủ tịch UBND xã",
        "Giàng A Tủa, hiệu trưởng",
    ]
    assert minutes(visit).sections[0][1][2] == (
        "Đơn vị được kiểm tra: Lò Văn Tính, Phó Chủ tịch UBND xã; Giàng A Tủa, hiệu trưởng."
    )
    event = Event.objects.get(kind="visit.recorded")
    assert event.changes["represented_by"][1] == visit.represented_by
    client = sign_in(flagged.member_user)
    for name in ("minutes", "visit"):
        page = read(client.get(reverse(f"inspections:{name}", args=[visit.pk])))
        assert "Lò Văn Tính, Phó Chủ tịch UBND xã; Giàng A Tủa" in page.text


@pytest.mark.parametrize("people", ["A\n" * 11, "A" * 151])
def test_too_many_people_or_words_are_refused(visit, flagged, people):
    with pytest.raises(ValidationError) as refused:
        record(flagged, visit, people)
    assert list(refused.value.message_dict) == ["represented_by"]


def test_minutes_are_issued_and_both_sides_sign_as_before(visit, flagged, sign_in):
    said = {
        "symbol": "BB-SGDĐT",
        "on": TODAY,
        "position": "Trưởng đoàn",
        "signer": "Vàng Văn Thắng",
    }
    issue = {"kind": "minutes", "extension": "pdf", "by": flagged.province_officer}
    with pytest.raises(IllegalTransition, match="Lượt kiểm tra này chưa ghi kết quả nên chưa"):
        issue_visit_paper(visit=visit, said=Particulars(**said), **issue)
    visit = record(flagged, visit)
    page = read(
        sign_in(flagged.province_officer).get(
            reverse("inspections:visit_paper_issue", args=[visit.pk, "minutes"])
        )
    )
    assert page.one("[name=symbol]").get("value") == "BB-SGDĐT"
    assert page.one("[name=signer]").get("value") == flagged.member.full_name
    (paper,) = issue_visit_paper(visit=visit, said=Particulars(**said), **issue)
    assert (paper.full_number, paper.kind) == ("01/BB-SGDĐT", "minutes")
    assert Event.objects.order_by("pk").last().kind == "visit.minutes_issued"
    assert file_of(paper).startswith(b"%PDF")
    early = said | {"on": D(2026, 10, 11)}
    with pytest.raises(ValidationError, match="Văn bản này ghi ngày"):
        issue_visit_paper(visit=visit, said=Particulars(reason="Sửa", **early), **issue)
    # The commune has them; a school reads the notice of results instead.
    assert not NUMBERED["minutes"].is_to_schools
    here = reverse("inspections:visit_here", args=[visit.pk])
    assert "01/BB-SGDĐT" in read(sign_in(flagged.commune_officer).get(here)).text


def test_signed_minutes_are_kept_and_opening_them_leaves_a_trail(visit, flagged, sign_in):
    record(flagged, visit)
    member = sign_in(flagged.member_user)
    address = reverse("inspections:visit_scan_add", args=[visit.pk])
    member.post(address, {"file": photo()})
    scan = MinutesScan.objects.get()
    folder, _slash, name = scan.file.name.partition("/")
    assert (folder, "bien-ban" in name) == ("signed_minutes", False)
    event = Event.objects.order_by("pk").last()
    assert (event.kind, event.changes["scan"][1]) == ("visit.minutes_scanned", scan.pk)
    opened = reverse("inspections:visit_scan", args=[visit.pk, scan.pk])
    readers = ("member_user", "province_officer", "commune_officer")
    for name in readers:
        answer = sign_in(getattr(flagged, name)).get(opened)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    shown = NamesShown.objects.filter(kind="file").values_list("user__username", flat=True)
    assert set(shown) == {getattr(flagged, name).username for name in readers}
    for name in ("head_a", "head_b", "nobody", "district_officer"):
        assert sign_in(getattr(flagged, name)).get(opened).status_code in {403, 404}
    for page in ("visit", "visit_here"):
        reader = flagged.commune_officer if page == "visit_here" else flagged.member_user
        found = read(sign_in(reader).get(reverse(f"inspections:{page}", args=[visit.pk])))
        assert opened in [each.get("href") for each in found.select("a")]


def test_what_is_no_photo_or_paper_is_refused(visit, flagged, sign_in):
    record(flagged, visit)
    client = sign_in(flagged.member_user)
    address = reverse("inspections:visit_scan_add", args=[visit.pk])
    for told in ({}, {"file": photo("a.exe", b"MZ" + bytes(40))}, {"file": photo("a.jpg", b"")}):
        assert client.post(address, told).status_code == 422
    assert not MinutesScan.objects.exists()


def test_only_the_team_of_a_recorded_visit_keeps_them_and_not_without_end(
    visit, flagged, monkeypatch
):
    with pytest.raises(IllegalTransition, match="Chỉ lượt kiểm tra đã ghi kết quả mới có biên"):
        keep_scan(visit=visit, file=photo(), by=flagged.member_user)
    record(flagged, visit)
    visit.refresh_from_db()
    with pytest.raises(IllegalTransition, match="Chỉ thành viên phụ trách và người cùng đi"):
        keep_scan(visit=visit, file=photo(), by=flagged.province_officer)
    assert PROOFS_PER_HOUR > 1
    monkeypatch.setattr("inspections.services.visits.PROOFS_PER_HOUR", 1)
    keep_scan(visit=visit, file=photo(), by=flagged.member_user)
    with pytest.raises(ValidationError, match="Thầy cô đã tải lên"):
        keep_scan(visit=visit, file=photo(), by=flagged.member_user)
