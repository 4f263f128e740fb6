"""Issued papers: numbered by office, year and kind, kept as they were, replaced by new ones."""

import datetime
import hashlib
import io

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from python_calamine import CalamineWorkbook

from accounts.scoping import scope_for
from core.models import Event
from core.months import Month
from reports import report_types
from reports.models import IssuedFile, IssuedPaper, PaperSymbol, ReportRun
from reports.papers import register, signing
from reports.papers.issuing import Particulars, issue_papers
from reports.papers.offices import office_of, office_of_school
from reports.papers.symbols import symbol_of
from reports.report_types import ReportOrder
from reports.services.facts import rebuild
from tests.frozen import freeze_time
from tests.reports.papers.rows import make_issued
from tests.reports.papers.test_papers import pdf_pages, word_text
from tests.reports.register_builders import OCTOBER, pupil_ids, take

pytestmark = pytest.mark.django_db
NOON = "2026-11-16 05:00:00"
TODAY = datetime.date(2026, 11, 16)


@pytest.fixture(autouse=True)
def on_a_day_in_november(world):
    with freeze_time(NOON), translation.override("vi"):
        yield


@pytest.fixture
def counted(world):
    away = pupil_ids(world.class_a)[0]
    for number in range(1, 13):
        take(world.class_a, datetime.date(2026, 10, number), {away: "K"})
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
    return world


def drafts_of(code, *, month=OCTOBER, **place):
    return report_types.find(code).drafts(ReportOrder(month=month, **place))


def said(symbol="BC-UBND", **more):
    return Particulars(
        **{"symbol": symbol, "on": TODAY, "position": "Chủ tịch", "signer": "Lò Văn Sơn"} | more
    )


def issue(world, *, extension="pdf", code="report_pdf", month=OCTOBER, **more):
    """The report of commune A, issued by its officer."""
    drafts = drafts_of(code, area=world.commune_a, month=month)
    (paper,) = issue_papers(
        drafts=drafts, extension=extension, said=said(**more), by=world.commune_officer
    )
    return paper


def issue_of_november(world, **more):
    return issue(world, month=Month(2026, 11), **more)


def test_the_next_number_is_given_or_another_one_typed(counted):
    first = issue(counted)
    later = issue_of_november(counted, number=7)
    assert (first.full_number, later.full_number) == ("01/BC-UBND", "07/BC-UBND")
    assert register.last_number(office_of(counted.commune_a, OCTOBER), "report", 2026) == 7
    rows = IssuedPaper.objects.filter(office_area=counted.commune_a, year=2026)
    assert register.gaps_of(rows) == [("Báo cáo", "2–6")]


@pytest.mark.parametrize(
    ("given", "free"),
    [((1, 2, 3), []), ((1, 3), [("Báo cáo", "2")]), ((3, 7, 9), [("Báo cáo", "1–2, 4–6, 8")])],
)
def test_the_numbers_nobody_has_are_seen(world, given, free):
    for number in given:
        make_issued(world.commune_a, world.commune_officer, number=number)
    assert register.gaps_of(IssuedPaper.objects.all()) == free


def test_numbers_begin_anew_with_each_year_and_kind_and_office(world):
    by = world.commune_officer
    make_issued(world.commune_a, by, number=4)
    make_issued(world.commune_a, by, number=9, year=2025)
    office = office_of(world.commune_a, OCTOBER)
    assert register.last_number(office, "report", 2026) == 4
    assert register.last_number(office, "notice", 2026) == 0
    assert register.last_number(office_of(world.commune_b, OCTOBER), "report", 2026) == 0


def test_a_number_is_given_once(counted, monkeypatch):
    issue(counted)
    with pytest.raises(ValidationError) as refused:
        issue_of_november(counted, number=1)
    assert refused.value.message_dict == {"number": ["Số 1 của năm 2026 cơ quan này đã dùng rồi."]}
    # Two that looked at one moment: the database lets one through.
    monkeypatch.setattr("reports.papers.issuing.taken_numbers", lambda *of: set())
    with pytest.raises(ValidationError), transaction.atomic():
        issue_of_november(counted, number=1)
    assert IssuedPaper.objects.count() == IssuedFile.objects.count() == 1


@pytest.mark.parametrize("extension", ["pdf", "docx"])
def test_the_paper_says_its_number_day_and_signer(counted, tmp_path, extension):
    paper = issue(
        counted,
        extension=extension,
        code=f"report_{extension}",
        number=5,
        on=datetime.date(2026, 11, 9),
        signing="KT.",
        position="Phó Chủ tịch",
        recipients=["Sở Giáo dục và Đào tạo;", "Lưu: VT."],
    )
    content = bytes(paper.file.content)
    assert hashlib.sha256(content).hexdigest() == paper.file_hash
    text = word_text(content) if extension == "docx" else " ".join(pdf_pages(content, tmp_path))
    for asked in (
        "Số: 05/BC-UBND",
        "A Một, ngày 09 tháng 11 năm 2026",
        "TM. ỦY BAN NHÂN DÂN",
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        "Lò Văn Sơn",
        "- Sở Giáo dục và Đào tạo;",
        f"Mã kiểm tra: {paper.code}",
        "(Kèm theo Báo cáo số 05/BC-UBND ngày 09 tháng 11 năm 2026 của",
    ):
        assert asked in text, asked


@pytest.mark.parametrize(
    ("form", "position", "of_commune", "of_department"),
    [
        ("", "Chủ tịch", ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"], ["CHỦ TỊCH"]),
        ("Q.", "Giám đốc", ["TM. ỦY BAN NHÂN DÂN", "Q. GIÁM ĐỐC"], ["Q. GIÁM ĐỐC"]),
        (
            "KT.",
            "Phó",
            ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ"],
            ["KT. GIÁM ĐỐC", "PHÓ"],
        ),
        ("TL.", "Chánh Văn phòng", ["TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"], None),
        ("TUQ.", "Trưởng phòng", None, ["TUQ. GIÁM ĐỐC", "TRƯỞNG PHÒNG"]),
    ],
)
def test_who_signs_in_whose_place(world, form, position, of_commune, of_department):
    commune = office_of(world.commune_a, OCTOBER)
    department = office_of(world.cluster, OCTOBER)
    assert department.area == world.province
    for office, lines in ((commune, of_commune), (department, of_department)):
        if lines is not None:
            assert list(signing.lines_of(office, form, position)) == lines


def test_symbols_are_dated_and_an_office_may_have_its_own(world):
    school = office_of_school(world.school_a, OCTOBER)
    assert symbol_of(school, "report", on=TODAY) == "BC-TRƯỜNG"
    PaperSymbol.objects.create(
        key=f"school:{world.school_a.code}", symbol="THA1", valid_from=datetime.date(2026, 11, 1)
    )
    assert symbol_of(school, "report", on=TODAY) == "BC-THA1"
    assert symbol_of(school, "notice", on=datetime.date(2026, 10, 31)) == "TB-TRƯỜNG"


def test_what_is_issued_never_changes(counted):
    paper = issue(counted)
    for change in (
        lambda: IssuedPaper.objects.filter(pk=paper.pk).update(signer="Ai khác"),
        lambda: IssuedFile.objects.filter(pk=paper.pk).update(content=b"x"),
        lambda: IssuedFile.objects.filter(pk=paper.pk).delete(),
        lambda: IssuedPaper.objects.filter(pk=paper.pk)._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_standing_paper_is_replaced_only_with_a_reason_and_both_say_so(counted, tmp_path, client):
    old = issue(counted)
    with pytest.raises(ValidationError) as refused:
        issue(counted)
    assert list(refused.value.message_dict) == ["reason"]
    day_before = TODAY - datetime.timedelta(days=1)
    with pytest.raises(ValidationError) as refused:
        issue(counted, reason="Sửa sĩ số lớp 6A", on=day_before)
    assert list(refused.value.message_dict) == ["on"]
    new = issue(counted, reason="Sửa sĩ số lớp 6A")
    old = IssuedPaper.objects.get(pk=old.pk)
    assert (new.number, new.replaces, old.state, new.state) == (2, old, "replaced", "issued")
    text = " ".join(pdf_pages(bytes(new.file.content), tmp_path))
    assert (
        "Văn bản này thay thế Báo cáo 01/BC-UBND ngày 16/11/2026. Lý do: Sửa sĩ số lớp 6A" in text
    )
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds[-3:] == ["paper.issued", "paper.issued", "paper.replaced"]
    # The next one replaces the one that stands.
    assert issue(counted, reason="Lại sửa").replaces == new
    page = client.get(reverse("verify_code", args=[old.code])).content.decode()
    assert "đã được thay thế bởi Báo cáo 02/BC-UBND" in page


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("https://chuyencan.example.vn", ", tra tại https://chuyencan.example.vn/verify/"),
        ("", ""),
    ],
)
def test_a_paper_names_where_its_code_is_checked(counted, tmp_path, settings, site, said):
    settings.SITE_URL = site
    paper = issue(counted)
    text = " ".join(" ".join(pdf_pages(bytes(paper.file.content), tmp_path)).split())
    assert f"Mã kiểm tra: {paper.code}{said}" in text
    assert ("tra tại" in text) == bool(said)


def test_the_code_on_the_paper_opens_what_it_says(counted, client):
    paper = issue(counted)
    page = client.get(reverse("verify_code", args=[paper.code])).content.decode()
    for told in ("Văn bản có thật", "01/BC-UBND", "Lò Văn Sơn", paper.file_hash):
        assert told in page
    assert client.get(reverse("verify_code", args=["AAAA-AAAA-AAAA"])).status_code == 404


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        (TODAY + datetime.timedelta(days=1), "Ngày văn bản là hôm nay hoặc trước đó."),
        (datetime.date(2026, 9, 30), "Ngày văn bản trước cả tháng mà văn bản nói về."),
    ],
)
def test_a_day_that_cannot_be_is_refused(counted, on, sentence):
    with pytest.raises(ValidationError) as refused:
        issue(counted, on=on)
    assert refused.value.message_dict == {"on": [sentence]}


def test_the_notices_of_a_month_take_numbers_in_a_row_or_none(counted, monkeypatch):
    drafts = drafts_of("notices_pdf", area=counted.province)
    more = {"drafts": drafts, "extension": "pdf", "by": counted.province_officer}
    notices = said("TB-SGDĐT", position="Giám đốc", number=41)
    made = issue_papers(said=notices, **more)
    assert [each.number for each in made] == [41, 42, 43]
    assert {each.office_area for each in made} == {counted.province}
    assert [each.area for each in made] == [draft.area for draft in drafts]
    # All are replaced, or none: the last one fails.
    calls = iter([1, 2])
    real = register.standing_paper
    monkeypatch.setattr(
        "reports.papers.issuing.standing_paper", lambda draft: (next(calls), real(draft))[1]
    )
    with pytest.raises(StopIteration):
        issue_papers(said=said("TB-SGDĐT", reason="Nhầm"), **more)
    assert IssuedPaper.objects.count() == 3


def test_only_the_office_itself_issues(counted):
    def may(person, office):
        return register.may_issue(scope_for(getattr(counted, person)), office)

    commune = office_of(counted.commune_a, OCTOBER)
    department = office_of(counted.cluster, OCTOBER)
    school = office_of_school(counted.school_a, OCTOBER)
    people = ["commune_officer", "district_officer", "province_officer", "head_a", "head_b"]
    assert [each for each in people if may(each, commune)] == ["commune_officer"]
    assert [each for each in people if may(each, department)] == ["province_officer"]
    assert [each for each in people if may(each, school)] == ["head_a"]
    paper = issue(counted)
    with pytest.raises(PermissionDenied):
        issue_papers(
            drafts=drafts_of("report_pdf", area=counted.commune_a),
            extension="pdf",
            said=said(reason="Nhầm"),
            by=counted.province_officer,
        )
    assert IssuedPaper.objects.get() == paper


def test_a_paper_is_issued_on_its_page_and_fetched_later(counted, sign_in):
    client = sign_in(counted.commune_officer)
    run = ReportRun.objects.create(
        kind="report_docx",
        area=counted.commune_a,
        month=OCTOBER.first,
        made_by=counted.commune_officer,
        state="done",
        finished_at=timezone.now(),
    )
    page = reverse("reports:paper_issue", args=[run.pk])
    form = client.get(page).context["form"]
    assert form.initial["symbol"] == "BC-UBND"
    assert form["recipients"].value().startswith("Như trên;")
    sent = {
        "symbol": "BC-UBND",
        "on": "2026-11-16",
        "position": "Chủ tịch",
        "signer": "Lò Văn Sơn",
        "recipients": "- Như trên;\n\nLưu: VT.",
    }
    for name, value in (("symbol", "TB-UBND"), ("symbol", "BC-ubnd"), ("number", "0")):
        answer = client.post(page, sent | {name: value})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [name])
    answer = client.post(page, sent)
    paper = IssuedPaper.objects.get()
    assert answer.url == reverse("reports:paper", args=[paper.pk])
    assert paper.recipients == "Như trên;\nLưu: VT."
    # The next one is asked for with the signer of this.
    again = client.get(page)
    assert again.context["form"].initial["signer"] == "Lò Văn Sơn"
    assert "01/BC-UBND" in again.content.decode()
    file = client.get(reverse("reports:paper_file", args=[paper.pk]))
    assert file.content == bytes(paper.file.content)
    assert 'filename="01-BC-UBND-2026.docx"' in file.headers["Content-Disposition"]
    # Whoever lost the right reads it no more; whoever answers for the commune does.
    for person, status in (("head_b", 404), ("district_officer", 200), ("member_user", 403)):
        reader = sign_in(getattr(counted, person))
        assert reader.get(reverse("reports:paper", args=[paper.pk])).status_code == status


def test_a_file_that_was_changed_in_the_database_is_not_handed_out(counted, sign_in, monkeypatch):
    paper = make_issued(counted.commune_a, counted.commune_officer, file_hash="0" * 64)
    client = sign_in(counted.commune_officer)
    with pytest.raises(RuntimeError, match="not as it was issued"):
        client.get(reverse("reports:paper_file", args=[paper.pk]))


def test_the_register_is_searched_filtered_and_taken_along(counted, sign_in):
    paper = issue(counted)
    make_issued(counted.commune_a, counted.commune_officer, number=9, year=2025)
    make_issued(counted.commune_b, counted.province_officer, number=3)
    client = sign_in(counted.commune_officer)
    address = reverse("reports:papers")

    def found(**query):
        return [row.number for row in client.get(address, query).context["page"].object_list]

    # Of the other commune there is nothing.
    assert sorted(found()) == [1, 9]
    assert found(year="2026", kind="report", office=f"area:{counted.commune_a.pk}") == [1]
    assert found(text="lo van SON 01/bc") == [1]
    assert found(text="không có") == []
    assert found(kind="notice") == []
    page = client.get(address, {"year": "2025", "office": f"area:{counted.commune_a.pk}"})
    assert page.context["gaps"] == [("Báo cáo", "1–8")]
    content = io.BytesIO(client.get(reverse("reports:papers_excel")).content)
    rows = CalamineWorkbook.from_filelike(content).get_sheet_by_index(0).to_python()
    assert tuple(rows[2][:4]) == ("Số, ký hiệu", "Ngày văn bản", "Loại văn bản", "Trích yếu")
    assert [row[0] for row in rows[3:]] == [paper.full_number, "09/BC-UBND"]


def test_a_register_too_long_for_one_file_is_not_cut_silently(counted, sign_in, monkeypatch):
    monkeypatch.setattr("reports.papers.views.MOST_EXPORTED", 1)
    client = sign_in(counted.commune_officer)
    address = reverse("reports:papers_excel")
    for made, year in ((1, 2025), (2, 2026)):
        make_issued(counted.commune_a, counted.commune_officer, number=made, year=year)
    page = client.get(address, {"kind": "report"}, follow=True)
    assert page.redirect_chain == [(f"{reverse('reports:papers')}?kind=report", 302)]
    assert "Một tệp ghi nhiều nhất 1 văn bản" in page.content.decode()
    assert client.get(address, {"year": "2025"})["Content-Type"].endswith("sheet")
