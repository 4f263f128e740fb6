"""Papers of a published month say what was published; made again, a file is the same bytes."""

import datetime
import hashlib
import html
import io
import json
import re
import subprocess
import zipfile
import zlib

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from attendance.models import Closure
from core.months import Month
from reports import report_types
from reports.models import IssuedPaper, ReportRun
from reports.month_review.details import PARTS, DetailAltered, _StoredDetail
from reports.month_review.open_data import as_csv
from reports.month_review.published import tables_of_area, tables_of_school
from reports.month_review.services import publish_month, reopen_month
from reports.papers.issuing import issue_papers
from reports.papers.year_summary import year_of_area, year_of_school
from reports.report_types import ReportOrder
from reports.selectors.monthly import monthly_school_tables, monthly_tables
from reports.services.facts import rebuild
from reports.services.runs import export_report, make_report, request_report
from schools.models import Enrolment, School
from tests.frozen import freeze_time
from tests.reports.histories import write_history
from tests.reports.papers.test_issuing import said
from tests.reports.papers.test_papers import word_text
from tests.reports.publications import make_publication

pytestmark = pytest.mark.django_db
SEPTEMBER = Month(2026, 9)
PUBLISHED, LATER = "2026-10-02T03:00:00+00:00", "2026-10-05T04:05:06+00:00"


def count():
    rebuild(school_ids=list(School.objects.values_list("pk", flat=True)), month=SEPTEMBER)


@pytest.fixture
def published(world, today):
    write_history(world, 3)
    with freeze_time(PUBLISHED):
        for month in (Month(2026, 8), SEPTEMBER):
            rebuild(school_ids=list(School.objects.values_list("pk", flat=True)), month=month)
        made = publish_month(area=world.province, month=SEPTEMBER, by=world.province_officer)
    with freeze_time(LATER), translation.override("vi"):
        yield made


def move_the_figures(world):
    """What moves figures though the registers are locked: a roll, a closure, a name."""
    spell = Enrolment.objects.filter(school_class=world.class_a).first()
    spell.valid_to, spell.exit_reason = datetime.date(2026, 9, 15), "out"
    spell.save()
    School.objects.filter(pk=world.school_a.pk).update(name="Trường đổi tên")
    Closure.objects.create(
        area=world.province,
        reason="flood",
        valid_from=datetime.date(2026, 9, 8),
        valid_to=datetime.date(2026, 9, 10),
    )
    count()


def same(tables, others):
    return (tables.communes, tables.schools, tables.total) == (
        others.communes,
        others.schools,
        others.total,
    )


def test_the_frozen_tables_are_those_of_the_moment_and_stay(world, published):
    places = [world.province, world.commune_a, world.commune_b, world.cluster]
    for area in places:
        frozen, found = tables_of_area(area, SEPTEMBER)
        assert found == published
        assert same(frozen, monthly_tables(area=area, month=SEPTEMBER)), area
    for school in School.objects.all():
        frozen, found = tables_of_school(school, SEPTEMBER)
        assert found == published
        assert same(frozen, monthly_school_tables(school=school, month=SEPTEMBER)), school
    before = [tables_of_area(area, SEPTEMBER)[0] for area in places]
    move_the_figures(world)
    assert not same(before[0], monthly_tables(area=world.province, month=SEPTEMBER))
    for area, was in zip(places, before, strict=True):
        assert same(tables_of_area(area, SEPTEMBER)[0], was)


def test_an_open_month_is_counted_anew(world, published):
    reopen_month(publication=published, by=world.province_officer, reason="Gửi nhầm")
    move_the_figures(world)
    tables, found = tables_of_area(world.commune_a, SEPTEMBER)
    assert found is None
    assert same(tables, monthly_tables(area=world.commune_a, month=SEPTEMBER))


def test_the_paper_names_its_publication_and_the_row_keeps_it(world, published, settings):
    settings.SITE_URL = ""
    drafts = report_types.find("report_docx").drafts(
        ReportOrder(area=world.commune_a, month=SEPTEMBER)
    )
    (paper,) = issue_papers(
        drafts=drafts,
        extension="docx",
        said=said(on=datetime.date(2026, 10, 5)),
        by=world.commune_officer,
    )
    assert paper.publication == published
    text = word_text(bytes(paper.file.content))
    assert published.run_id == f"{world.province.code}-2026-09-1"
    for words in (published.run_id, published.code):
        assert words in text
    assert paper.file_hash == hashlib.sha256(bytes(paper.file.content)).hexdigest()


def issue(world, *, reason="", report="report_docx"):
    of_school = report_types.find(report).of_school
    order = ReportOrder(
        area=None if of_school else world.commune_a,
        school=world.school_a if of_school else None,
        month=SEPTEMBER,
    )
    (paper,) = issue_papers(
        drafts=report_types.find(report).drafts(order),
        extension="docx",
        said=said(on=datetime.date(2026, 10, 5), reason=reason),
        by=world.head_a if of_school else world.commune_officer,
    )
    return paper, word_text(bytes(paper.file.content))


@pytest.mark.parametrize("report", ["report_docx", "school_report_docx"])
def test_of_several_publications_the_paper_names_the_one_its_cells_are_of(
    world, published, settings, report
):
    settings.SITE_URL = ""
    first, text = issue(world, report=report)
    assert (first.publication, published.code in text) == (published, True)
    reopen_month(publication=published, by=world.province_officer, reason="Gửi nhầm")
    between, text = issue(world, reason="Mở lại", report=report)
    assert between.publication is None
    assert published.code not in text
    move_the_figures(world)
    anew = publish_month(area=world.province, month=SEPTEMBER, by=world.province_officer)
    assert (anew.number, anew.replaces) == (2, published)
    last, text = issue(world, reason="Công bố lại", report=report)
    assert last.publication == anew
    assert anew.run_id.endswith("-2")
    assert anew.run_id in text
    assert anew.code in text
    assert published.code not in text


def test_a_month_reopened_while_a_paper_waits_is_not_named(world, published, client):
    """The draft is made while the publication stands, its text after the month is opened."""
    drafts = report_types.find("report_docx").drafts(
        ReportOrder(area=world.commune_a, month=SEPTEMBER)
    )
    reopen_month(publication=published, by=world.province_officer, reason="Gửi nhầm")
    (paper,) = issue_papers(
        drafts=drafts,
        extension="docx",
        said=said(on=datetime.date(2026, 10, 5)),
        by=world.commune_officer,
    )
    assert paper.publication is None
    page = client.get(
        reverse("verify_code", args=[published.code]), {"sha256": paper.file_hash}
    ).content.decode()
    assert "không phải tệp" in html.unescape(page)
    page = html.unescape(client.get(reverse("verify_code", args=[paper.code])).content.decode())
    assert "không phải số liệu đã công bố" in page
    assert published.code not in page


def test_the_summary_of_a_year_takes_published_months_as_published(world, published):
    def made():
        papers = year_of_area(world.province, SEPTEMBER), year_of_school(world.school_a, SEPTEMBER)
        return [{row[0]: row for row in paper.appendix.rows} for paper in papers], [
            " ".join(paper.sections[-1][1]) for paper in papers
        ]

    before, said = made()
    assert all(published.code in each for each in said)
    assert all("Các tháng khác đếm lúc lập" in each for each in said)
    move_the_figures(world)
    assert made() == (before, said)
    reopen_month(publication=published, by=world.province_officer, reason="Gửi nhầm")
    after, said = made()
    for was, now in zip(before, after, strict=True):
        assert was["08/2026"] == now["08/2026"]
        assert was["09/2026"] != now["09/2026"]
    assert not [each for each in said if published.code in each]


@pytest.fixture
def counted(world, today):
    """A month that is counted and not published."""
    write_history(world, 3)
    with freeze_time(LATER), translation.override("vi"):
        count()
        yield world


def test_a_publication_without_details_is_named_by_no_paper(counted):
    """It was made before details were kept: the tables of a paper are counted anew."""
    old = make_publication(counted.province, month=SEPTEMBER.first)
    paper, text = issue(counted)
    assert paper.publication is None
    assert old.code not in text


@pytest.mark.parametrize(
    "alter",
    [
        lambda text: text.replace('"left_dropout":', '"left_out":', 1) + " ",
        lambda text: text[:-1] + " }",
        lambda text: None,
    ],
)
def test_what_was_altered_beside_a_publication_is_told_and_not_used(
    counted, sign_in, alter, django_capture_on_commit_callbacks
):
    made = make_publication(counted.province, month=SEPTEMBER.first, counted=True, alter=alter)
    told = "không khớp mã kiểm"
    with pytest.raises(DetailAltered) as refused:
        tables_of_area(counted.commune_a, SEPTEMBER)
    assert told in refused.value.messages[0]
    assert made.code in refused.value.messages[0]
    with pytest.raises(DetailAltered):
        issue(counted)
    assert not IssuedPaper.objects.exists()
    run = request_report(
        kind="report_docx",
        area=counted.commune_a,
        month=SEPTEMBER,
        filters={},
        by=counted.commune_officer,
    )
    run = make_report(run_id=run.pk)
    assert run.state == ReportRun.State.FAILED
    assert told in run.problem.what
    assert made.code in run.problem.what
    page = sign_in(counted.province_officer).get(reverse("reports:publication", args=[made.pk]))
    assert told in html.unescape(page.content.decode())
    ReportRun.objects.update(state=ReportRun.State.DONE)
    client = sign_in(counted.commune_officer)
    answer = client.get(reverse("reports:paper_issue", args=[run.pk]), follow=True)
    assert told in html.unescape(answer.content.decode())
    with pytest.raises(CommandError, match=told):
        call_command("publish_month", verify=made.code)


def test_each_part_of_a_detail_is_read_by_itself(world, published):
    text = zlib.decompress(bytes(published.detail.content)).decode()
    kept = _StoredDetail(text)
    whole = json.loads(text)
    assert whole.keys() - PARTS.keys() == {"format"}
    for name in PARTS:
        assert kept.part(name) == whole[name], name
    assert whole["registers"]
    assert whole["class_cells"]


REPORTS = [
    *("monthly", "report_docx", "report_pdf", "notices_docx", "notices_pdf"),
    *("school_report_docx", "school_report_pdf", "year_docx", "year_pdf"),
]


def made_at(moment, world, kind, tmp_path):
    of_school = report_types.find(kind).of_school
    path = tmp_path / "file"
    with freeze_time(moment):
        export_report(
            kind=kind,
            area=None if of_school else world.province,
            school=world.school_a if of_school else None,
            month=SEPTEMBER,
            path=path,
        )
    return path.read_bytes()


@pytest.mark.parametrize("kind", REPORTS)
@pytest.mark.parametrize("is_open", [False, True])
def test_two_runs_over_the_same_rows_give_the_same_bytes(world, published, tmp_path, kind, is_open):
    if is_open:
        reopen_month(publication=published, by=world.province_officer, reason="Gửi nhầm")
    first = made_at("2026-10-05T04:05:06+00:00", world, kind, tmp_path)
    second = made_at("2026-10-07T09:59:58+00:00", world, kind, tmp_path)
    assert first == second
    if first.startswith(b"%PDF"):
        # The library has a clock of its own, which no test stops.
        asked = subprocess.run(["pdfinfo", "-"], input=first, capture_output=True, check=True)
        assert b"CreationDate" in asked.stdout
        assert re.search(rb"CreationDate: .* 2000\b", asked.stdout)
    if first.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(first)) as archive:
            assert archive.testzip() is None
            assert {each.date_time[0] for each in archive.infolist()} == {1980}


@pytest.mark.parametrize("kind", ["monthly", "report_docx", "report_pdf", "school_report_docx"])
def test_a_published_month_gives_the_same_file_though_its_rows_moved(
    world, published, tmp_path, kind
):
    first = made_at("2026-10-05T04:05:06+00:00", world, kind, tmp_path)
    spell = Enrolment.objects.filter(school_class=world.class_a).first()
    spell.valid_to, spell.exit_reason = datetime.date(2026, 9, 15), "out"
    spell.save()
    count()
    assert made_at("2026-10-05T04:05:06+00:00", world, kind, tmp_path) == first


def test_whoever_holds_a_file_compares_it_under_either_code(world, published, client):
    drafts = report_types.find("report_pdf").drafts(
        ReportOrder(area=world.commune_a, month=SEPTEMBER)
    )
    (paper,) = issue_papers(
        drafts=drafts,
        extension="pdf",
        said=said(on=datetime.date(2026, 10, 5)),
        by=world.commune_officer,
    )
    of_paper = reverse("verify_code", args=[paper.code])
    of_month = reverse("verify_code", args=[published.code])
    assert published.code in client.get(of_paper).content.decode()
    csv = hashlib.sha256(as_csv(published).encode()).hexdigest()
    changed = hashlib.sha256(bytes(paper.file.content) + b" ").hexdigest()
    for address, sha256, verdict in (
        (of_paper, paper.file_hash, "đúng là tệp lưu ở đây"),
        (of_paper, f" {paper.file_hash.upper()} ", "đúng là tệp lưu ở đây"),
        (of_month, paper.file_hash, paper.full_number),
        (of_month, csv, "đúng là tệp lưu ở đây"),
        (of_paper, csv, "không phải tệp"),
        (of_month, changed, "không phải tệp"),
        (of_month, "abc", "64 chữ số"),
        (of_month, "z" * 5000, "64 chữ số"),
    ):
        page = client.get(address, {"sha256": sha256})
        assert page.status_code == 200
        assert verdict in html.unescape(page.content.decode()), (address, sha256)
