"""Decisions on a committee: founding, bringing up to date, duties; and who sits in two."""

import datetime
import io

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from docx import Document

from core.models import Event
from inspections.models import Assignment, Committee, Member
from inspections.papers.committee_papers import amending, duties, founding
from inspections.papers.services import issue_committee_paper
from inspections.services.committees import appoint_member, end_term
from reports.models import IssuedPaper
from reports.papers.issuing import Particulars
from tests.frozen import freeze_time
from tests.html_query import read

D = datetime.date
TODAY = D(2026, 10, 12)


@pytest.fixture
def committee(world):
    """That of the province, with a head and a member whose sector and commune are noted."""
    Member.objects.filter(pk=world.member.pk).update(sector="Vận động hội viên")
    Assignment.objects.filter(pk=world.assignment.pk).update(duty="Nắm trẻ bỏ học")
    Member.objects.create(
        committee=world.committee,
        full_name="Lò Văn Sơn",
        position="Giám đốc",
        organisation="Sở GD&ĐT",
        role="head",
        valid_from=world.since,
    )
    return world.committee


def texts(paper):
    return "\n".join(f"{heading}\n" + "\n".join(said) for heading, said in paper.sections)


def issue(world, committee, kind, by=None, **more):
    said = {"symbol": "QĐ-SGDĐT", "on": TODAY, "position": "Giám đốc", "signer": "Lò Văn Sơn"}
    (paper,) = issue_committee_paper(
        committee=committee,
        kind=kind,
        extension="pdf",
        said=Particulars(**said | more),
        by=by or world.province_officer,
    )
    return paper


def test_the_founding_decision_names_the_members_the_head_first(committee):
    paper = founding(committee)
    assert (paper.kind, paper.symbol, paper.authority) == (
        "QUYẾT ĐỊNH",
        "QĐ-SGDĐT",
        "GIÁM ĐỐC Sở Giáo dục và Đào tạo tỉnh Lai Châu",
    )
    said = texts(paper)
    assert "1. Lò Văn Sơn, Giám đốc, Sở GD&ĐT, trưởng ban." in said
    assert "2. Vàng Văn Thắng, Hội Khuyến học tỉnh, " in said
    assert "ngành phụ trách: Vận động hội viên." in said
    assert "từ ngày 01/08/2026" in said


def test_what_changed_since_the_last_decision_is_in_the_next(committee, world):
    assert "Thành phần không thay đổi từ ngày 01/08/2026." in texts(amending(committee))
    issue(world, committee, "founding")
    with freeze_time("2026-11-20 03:00:00"):
        appoint_member(
            committee=committee,
            full_name="Tẩn Thị Sen",
            organisation="Hội Phụ nữ",
            role="member",
            valid_from=D(2026, 11, 2),
            by=world.province_officer,
        )
        end_term(member=world.member, on=D(2026, 11, 2), by=world.province_officer)
        paper = amending(committee)
    said = texts(paper)
    assert "Bổ sung: Tẩn Thị Sen, Hội Phụ nữ, " in said
    assert "Thôi tham gia từ ngày 02/11/2026: Vàng Văn Thắng, Hội Khuyến học tỉnh." in said
    after = dict(paper.sections)["Điều 2. Thành phần sau khi kiện toàn"]
    assert [each.split(",")[0] for each in after] == ["1. Lò Văn Sơn", "2. Tẩn Thị Sen"]
    assert paper.grounds[0].startswith("Căn cứ Quyết định số 01/QĐ-SGDĐT ngày 12/10/2026")


def test_a_decision_that_replaces_another_of_its_month_says_again_what_that_said(
    committee, world, sign_in
):
    """Issued on the 3rd, replaced on the 20th: who came on the 2nd is still named."""
    issue(world, committee, "founding")
    url = reverse("inspections:committee", args=[committee.pk])
    action = reverse("inspections:committee_paper_issue", args=[committee.pk, "amending"])

    def offered():
        page = read(sign_in(world.province_officer).get(url))
        return " ".join(page.one(f"a[href={action}]").text.split())

    def came(name, on):
        appoint_member(
            committee=committee,
            full_name=name,
            organisation="Hội Phụ nữ",
            role="member",
            valid_from=on,
            by=world.province_officer,
        )

    with freeze_time("2026-11-03 03:00:00"):
        came("Tẩn Thị Sen", D(2026, 11, 2))
        first = issue(world, committee, "amending", on=D(2026, 11, 3))
    with freeze_time("2026-11-20 03:00:00"):
        assert offered().startswith("Thay thế văn bản")
        came("Vàng Thị Mỷ", D(2026, 11, 10))
        paper = amending(committee)
        said = texts(paper).partition("Điều 2")[0]
        assert "Bổ sung: Tẩn Thị Sen" in said
        assert "Bổ sung: Vàng Thị Mỷ" in said
        second = issue(world, committee, "amending", on=D(2026, 11, 20), reason="Thêm một người")
    assert (first.number, second.number, second.replaces) == (2, 3, first)
    # Of another month it stays, and the next one says what came since.
    with freeze_time("2026-12-08 03:00:00"):
        assert offered().startswith("Cho số và ban hành")
        came("Chang A Sử", D(2026, 12, 1))
        said = texts(amending(committee)).partition("Điều 2")[0]
        assert [name in said for name in ("Tẩn Thị Sen", "Vàng Thị Mỷ", "Chang A Sử")] == [
            False,
            False,
            True,
        ]
        third = issue(world, committee, "amending", on=D(2026, 12, 8))
    assert third.replaces is None


def test_the_duties_stand_in_a_table(committee, world):
    paper = duties(committee)
    assert [row[-1] for row in paper.appendix.rows] == ["—", "Xã A Một: Nắm trẻ bỏ học"]
    assert paper.appendix.rows[1][4] == "Vận động hội viên"
    assert paper.appendix.total[-1] == "1 xã, phường"
    Committee.objects.filter(pk=committee.pk).update(decision="12/QĐ-UBND")
    committee.refresh_from_db()
    assert "Căn cứ Quyết định 12/QĐ-UBND về" in duties(committee).grounds[0]
    committee.decision = "Quyết định số 12/QĐ-UBND"
    assert "Căn cứ Quyết định số 12/QĐ-UBND về" in duties(committee).grounds[0]


def test_communes_of_one_duty_stand_together(committee, world):
    for commune, duty in ((world.commune_b, "Nắm trẻ bỏ học"), (world.commune_a2, "")):
        Assignment.objects.create(
            committee=committee,
            member=world.member,
            commune=commune,
            duty=duty,
            valid_from=world.since,
        )
    row = duties(committee).appendix.rows[1]
    assert row[-1] == "Xã A Hai; Xã A Một, Xã B Một: Nắm trẻ bỏ học"


def test_a_commune_s_members_answer_for_the_commune(world, sign_in):
    own = Committee.objects.create(
        area=world.commune_a, name="Ban Chỉ đạo xã A Một", valid_from=world.since
    )
    assert founding(own).sections[0][1] == ["Chưa có thành viên."]
    Member.objects.create(committee=own, full_name="Lò Văn Tính", valid_from=world.since)
    paper = duties(own)
    assert (paper.symbol, paper.authority) == ("QĐ-UBND", "Ủy ban nhân dân xã A Một")
    assert [row[-1] for row in paper.appendix.rows] == ["Xã A Một"]
    issued = issue(world, own, "founding", by=world.commune_officer, symbol="QĐ-UBND")
    assert issued.office_area == world.commune_a
    # The cluster keeps the committee too, and issues nothing in the name of the commune.
    address = reverse("inspections:committee_paper_issue", args=[own.pk, "duties"])
    assert sign_in(world.commune_officer).get(address).status_code == 200
    assert sign_in(world.district_officer).get(address).status_code == 403


@pytest.mark.parametrize("kind", ["founding", "amending", "duties"])
def test_each_is_opened_and_issued_from_the_committee(committee, world, sign_in, kind):
    client = sign_in(world.province_officer)
    page = reverse("inspections:committee", args=[committee.pk])
    file = reverse("inspections:committee_paper", args=[committee.pk, kind])
    issuing = reverse("inspections:committee_paper_issue", args=[committee.pk, kind])
    links = {each.get("href") for each in read(client.get(page)).select("a")}
    assert {file, f"{file}?as=docx", issuing} <= links
    assert client.get(file).content.startswith(b"%PDF")
    word = Document(io.BytesIO(client.get(file, {"as": "docx"}).content))
    assert "QUYẾT ĐỊNH" in [each.text for each in word.paragraphs]
    assert client.get(file, {"as": "exe"}).status_code == 404
    assert read(client.get(issuing)).one("[name=symbol]").get("value") == "QĐ-SGDĐT"
    told = {
        "extension": "docx",
        "symbol": "QĐ-SGDĐT",
        "on": "12/10/2026",
        "position": "Giám đốc",
        "signer": "Lò Văn Sơn",
        "recipients": "Như Điều 3;",
    }
    client.post(issuing, told)
    paper = IssuedPaper.objects.get()
    assert (paper.report, paper.kind) == (f"committee_{kind}:{committee.pk}", "decision")
    event = Event.objects.order_by("pk").last()
    assert (event.kind, event.changes["paper"][1]) == ("committee.paper_issued", str(paper))
    assert "01/QĐ-SGDĐT" in read(client.get(page)).text
    with pytest.raises(ValidationError, match="Đã có Quyết định"):
        issue(world, committee, kind)


def test_what_issuing_would_replace_is_asked_for_who_issues_and_of_what_was_issued(
    committee, world, sign_in, monkeypatch
):
    asked = []
    monkeypatch.setattr(
        "inspections.views.committees.would_replace",
        lambda draft, paper: asked.append(paper) or True,
    )
    url = reverse("inspections:committee", args=[committee.pk])
    sign_in(world.province_officer).get(url)
    assert asked == []
    paper = issue(world, committee, "founding")
    sign_in(world.district_officer).get(url)
    assert asked == []
    sign_in(world.province_officer).get(url)
    assert asked == [paper]


def test_no_other_paper_and_no_other_reader(committee, world, sign_in):
    for name, kind, status in (
        ("province_officer", "other", {404}),
        ("commune_officer", "duties", {404}),
        ("member_user", "duties", {403, 404}),
    ):
        for page in ("committee_paper", "committee_paper_issue"):
            address = reverse(f"inspections:{page}", args=[committee.pk, kind])
            assert sign_in(getattr(world, name)).get(address).status_code in status


def hints(client, committee):
    page = read(client.get(reverse("inspections:committee", args=[committee.pk])))
    return [" ".join(each.text.split()) for each in page.select(".notice--info li")]


def another(world, area, name="Ban Đổi mới", **more):
    """Another committee with the member of the first."""
    other = Committee.objects.create(area=area, name=name, kind="reform", valid_from=world.since)
    told = {"full_name": "Vàng Văn Thắng", "user": world.member_user, "valid_from": world.since}
    return Member.objects.create(committee=other, **told | more)


def test_who_sits_in_two_of_a_level_is_told_of(committee, world, sign_in):
    client = sign_in(world.province_officer)
    assert hints(client, committee) == []
    there = another(world, world.province)
    assert hints(client, committee) == ["Vàng Văn Thắng cũng là thành viên Ban Đổi mới"]
    Assignment.objects.create(
        committee=there.committee, member=there, commune=world.commune_b, valid_from=world.since
    )
    assert hints(client, committee) == [
        "Vàng Văn Thắng cũng là thành viên Ban Đổi mới · được giao xã ở cả hai ban: Xã A Một, "
        "Xã B Một"
    ]


def test_another_level_is_told_of_only_with_communes_in_both(committee, world, sign_in):
    client = sign_in(world.province_officer)
    there = another(world, world.cluster, name="Ban cụm")
    assert hints(client, committee) == []
    Assignment.objects.create(
        committee=there.committee, member=there, commune=world.commune_a, valid_from=world.since
    )
    assert len(hints(client, committee)) == 1
    # Who may not read the other committee is told nothing of it: here the cluster of the province.
    assert hints(sign_in(world.district_officer), there.committee) == []


@pytest.mark.parametrize(
    ("more", "is_one"),
    [
        ({"user": None, "organisation": "Hội Khuyến học tỉnh"}, True),
        ({"user": None, "organisation": "Hội Nông dân"}, False),
        ({"user": None}, False),
        ({"full_name": "Vàng Thị Sua"}, True),
        ({"valid_to": D(2026, 10, 1)}, False),
    ],
)
def test_one_person_is_one_account_or_one_name_in_one_organisation(
    committee, world, sign_in, more, is_one
):
    another(world, world.province, **more)
    assert bool(hints(sign_in(world.province_officer), committee)) == is_one
