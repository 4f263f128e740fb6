"""What was published beside what is now, and what anybody sees who has the code."""

import datetime
import hashlib
import html
import json
import random
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from accounts import guessing
from core.models import Event
from core.months import Month
from reports.models import MonthAssessment, PublicationReceipt
from reports.month_review.events import RESULTS_ACKNOWLEDGED
from reports.month_review.freezing import fingerprint
from reports.month_review.open_data import ADX, COLUMNS
from reports.month_review.services import acknowledge_results, publish_month, reopen_month
from reports.month_review.suppression import FEWEST, OF_PUPILS, is_small, open_rows
from reports.papers.content import notice, report
from reports.papers.register import file_of_hash
from reports.services.facts import rebuild
from tests.frozen import freeze_time
from tests.html_query import read
from tests.reports.publications import make_publication
from tests.reports.register_builders import pupil_ids, take
from tests.sending import send_register

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def month(world):
    over = Month.of(world.today)
    take(world.class_a, world.today)
    with freeze_time(f"{(over.end + 2 * DAY).isoformat()}T03:00:00+00:00"):
        rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=over)
        yield over


def correct(world, month):
    """One pupil of class A was away after all, sent by the head after the publication."""
    with freeze_time(f"{(month.end + 3 * DAY).isoformat()}T03:00:00+00:00"):
        send_register(
            school_class=world.class_a,
            date=world.today,
            session="am",
            operation_id="8f6d2a52-0b9c-4d6e-9a55-3f0d8f1f6a77",
            base_revision=1,
            marks={pupil_ids(world.class_a)[0]: ("K", "")},
            by=world.head_a,
            answers_for_school=True,
            correction_reason="Em này nghỉ",
        )
        rebuild(school_ids=[world.school_a.pk], month=month)


def test_published_now_and_the_correction_between_are_on_one_page(world, month, sign_in):
    made = publish_month(area=world.province, month=month, by=world.province_officer)
    client, address = (
        sign_in(world.province_officer),
        reverse("reports:publication", args=[made.pk]),
    )
    assert "số liệu đúng như đã công bố" in client.get(address).content.decode()
    reopen_month(publication=made, by=world.province_officer, reason="Trường gửi nhầm")
    correct(world, month)
    page = html.unescape(client.get(address).content.decode())
    pupils = len(pupil_ids(world.class_a))
    assert f"{pupils}/{pupils}" in page
    assert f"{pupils - 1}/{pupils}" in page
    for said in ("Trường gửi nhầm", "Lù Văn Sơn", "Em này nghỉ", world.school_a.name, "A Một"):
        assert said in page, said
    of_b = client.get(f"{address}?area={world.commune_b.code}").content.decode()
    assert "số liệu đúng như đã công bố" in of_b
    assert "Lù Văn Sơn" not in of_b


def test_a_reader_sees_only_the_own_places(world, month, sign_in):
    made = publish_month(area=world.province, month=month, by=world.province_officer)
    address = reverse("reports:publication", args=[made.pk])
    page = sign_in(world.commune_officer).get(f"{address}?area={world.commune_b.code}")
    assert world.commune_a.title in page.content.decode()
    assert world.commune_b.title not in page.content.decode()
    assert sign_in(world.head_a).get(address).status_code == 404


def test_anybody_with_the_code_sees_what_was_published(world, month, client):
    made = publish_month(area=world.province, month=month, by=world.province_officer)
    page = client.get(reverse("verify_code", args=[made.code])).content.decode()
    for said in (made.code, world.province.title, month.label, made.fingerprint):
        assert said in page, said
    assert fingerprint(made.content) == made.fingerprint
    assert "Lê Thị Mai" not in page
    typed = made.code.lower().replace("-", " ")
    assert client.get(reverse("verify"), {"code": typed})["Location"].endswith(f"/{made.code}/")
    reopen_month(publication=made, by=world.province_officer, reason="Gửi nhầm")
    again = publish_month(area=world.province, month=month, by=world.province_officer)
    page = client.get(reverse("verify_code", args=[made.code])).content.decode()
    assert again.code in page


def test_a_wrong_code_is_told_and_guessing_is_slowed(world, client):
    for wrong in ("1234", "ABCD-EFGH-IJK1", "x" * 60, "ĐẠT"):
        answer = client.get(reverse("verify_code", args=[wrong]))
        assert answer.status_code == 404
        assert "Không có gì được công bố" in answer.content.decode()
    for number in range(guessing.ADDRESS_LIMIT):
        letters = f"{number:012d}".translate(str.maketrans("0189", "ABCD"))
        assert client.get(reverse("verify_code", args=[letters])).status_code == 404
    assert client.get(reverse("verify_code", args=["AAAA-AAAA-AAAB"])).status_code == 429


def test_a_right_code_may_be_asked_as_often_as_one_likes(world, client):
    made = make_publication(world.commune_a)
    for _time in range(guessing.FREE + 2):
        assert client.get(reverse("verify_code", args=[made.code])).status_code == 200


def row(area, level, numerator, denominator, indicator="dropout", **more):
    return {
        "area": area,
        "name": area,
        "level": level,
        "indicator": indicator,
        "numerator": numerator,
        "denominator": denominator,
        "value": f"{numerator / denominator:.6f}" if denominator else None,
        "low": None,
        "high": None,
        "pupils": denominator,
        "taken": 10,
        "due": 10,
        "target": None,
        **more,
    }


def shown(rows):
    found = open_rows({"area": "12", "rows": rows})
    return {(r["area"], r["level"], r["indicator"]): r["suppressed"] for r in found}


def test_a_small_count_is_left_out_with_its_rate_and_what_would_tell_it():
    rows = [row("12", "", 10, 300), row("12", "TH", 3, 100), row("12", "THCS", 7, 200)]
    found = shown(rows)
    assert found["12", "TH", "dropout"] == "small_count"
    assert found["12", "THCS", "dropout"] == "derivable"
    assert found["12", "", "dropout"] is None
    hidden = open_rows({"area": "12", "rows": rows})[1]
    assert [hidden[name] for name in ("numerator", "denominator", "value", "pupils")] == [None] * 4


def test_registers_are_nobody_and_none_is_no_one():
    assert not is_small(row("12", "", 2, 3, indicator="coverage"))
    assert not is_small(row("12", "", 0, 300))
    assert is_small(row("12", "", 298, 300, indicator="retention_b"))
    assert is_small(row("12", "", 3, 4, indicator="attendance"))


@pytest.mark.parametrize("seed", range(20))
def test_no_total_lacks_one_part_alone(seed):
    draw = random.Random(seed)
    communes, levels = [f"C{n}" for n in range(draw.randint(1, 8))], ("TH", "THCS", "MN")
    cells = {
        (commune, level): (draw.choice([0, 1, 3, 6, 20, 50]), draw.choice([60, 200]))
        for commune in communes
        for level in levels
    }
    rows = []
    for commune in [*communes, "12"]:
        inside = communes if commune == "12" else [commune]
        for level in ("", *levels):
            parts = [
                cells[each, one] for each in inside for one in (levels if not level else (level,))
            ]
            rows.append(row(commune, level, sum(a for a, _b in parts), sum(b for _a, b in parts)))
    found = shown(rows)
    by = {(r["area"], r["level"], r["indicator"]): r for r in rows}
    for key, why in found.items():
        assert why is not None or not is_small(by[key])
    for line in (
        *([(c, level, "dropout") for level in ("", *levels)] for c in [*communes, "12"]),
        *([(c, level, "dropout") for c in [*communes, "12"]] for level in ("", *levels)),
    ):
        assert sum(found[key] is not None for key in line) != 1
    assert FEWEST == 5
    assert "dropout" in OF_PUPILS


def test_the_public_page_shows_no_small_count(world, client):
    rows = [
        row(world.province.code, "", 10, 300),
        row(world.province.code, "TH", 3, 97),
        row(world.province.code, "THCS", 7, 203),
    ]
    made = make_publication(world.province, rows=rows)
    page = client.get(reverse("verify_code", args=[made.code])).content.decode()
    assert "10/300" in page
    assert "3/97" not in page
    assert "7/203" not in page
    assert "(…)" in page
    assert json.loads(made.content)["rows"] == rows


def test_published_figures_as_json_and_csv(world, sign_in):
    rows = [
        row(world.province.code, "", 10, 300, name="=1+1"),
        row(world.province.code, "TH", 3, 97),
        row(world.province.code, "THCS", 7, 203),
    ]
    made = make_publication(world.province, rows=rows)
    client = sign_in(world.province_officer)
    asked = {"month": "2025-08", "area": world.province.code}
    said = client.get(reverse("api:published"), asked).json()
    assert (said["code"], said["stands"], said["number"]) == (made.code, True, 1)
    whole, small, neighbour = said["rows"]
    assert (whole["numerator"], whole["denominator"], whole["suppressed"]) == (10, 300, None)
    assert (small["numerator"], small["value"], small["suppressed"]) == (None, None, "small_count")
    assert (neighbour["numerator"], neighbour["suppressed"]) == (None, "derivable")
    file = client.get(reverse("reports:publication_csv", args=[made.pk])).content
    assert file.startswith(b"\xef\xbb\xbfcode,month,area")
    lines = file.decode("utf-8-sig").splitlines()
    assert lines[1].startswith(f"{made.code},2025-08,{world.province.code},'=1+1,,dropout,10,300,")
    assert lines[2].endswith(",,,,,10,10,,small_count")
    assert client.get(reverse("api:published"), asked | {"month": "2025-09"}).status_code == 404
    assert client.get(reverse("api:published"), {"month": "2025-08"}).status_code == 400


def test_published_figures_as_adx(world, sign_in):
    province, commune = world.province.code, world.commune_a.code
    rows = [
        row(province, "", 20, 600),
        row(commune, "", 10, 300),
        row(commune, "TH", 3, 97),
        row(commune, "THCS", 7, 203),
    ]
    made = make_publication(world.province, rows=rows)
    client = sign_in(world.province_officer)
    url = reverse("reports:publication_adx", args=[made.pk])
    answer = client.get(url)
    assert answer["Content-Type"] == "application/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{{{ADX}}}adx"
    assert parse_datetime(root.get("exported")) == made.published_at.replace(microsecond=0)
    groups = {
        group.get("orgUnit"): [
            (each.get("dataElement"), each.get("level"), each.get("value")) for each in group
        ]
        for group in root
    }
    assert groups == {
        province: [("dropout_numerator", "ALL", "20"), ("dropout_denominator", "ALL", "600")],
        commune: [("dropout_numerator", "ALL", "10"), ("dropout_denominator", "ALL", "300")],
    }
    assert {(group.get("period"), group.get("comment")) for group in root} == {
        ("2025-08-01/P1M", made.code)
    }
    # The same bytes again, which the page of its code knows.
    assert client.get(url).content == answer.content
    digest = hashlib.sha256(answer.content).hexdigest()
    assert "ADX" in file_of_hash(digest, publication=made)
    assert file_of_hash(digest[::-1], publication=made) == ""


def test_every_column_of_the_open_data_is_explained():
    said = (Path(settings.BASE_DIR) / "docs" / "month-review.md").read_text(encoding="utf-8")
    assert [name for name in COLUMNS if f"`{name}`" not in said] == []


def test_the_paper_says_the_code_and_what_the_commune_wrote(world, month, settings):
    settings.SITE_URL = "https://chuyencan.example.vn"
    MonthAssessment.objects.create(
        area=world.commune_a,
        month=month.first,
        state="sent",
        text="Chuyên cần giảm vì mùa ngô.\nĐã họp bản.",
        measures="- Đến nhà từng em",
        sent_by=world.commune_officer,
        sent_at=datetime.datetime.now(datetime.UTC),
    )
    before = report(world.commune_a, month)
    assert before.sections[0][1] == ["Chuyên cần giảm vì mùa ngô.", "Đã họp bản."]
    assert before.sections[-1][1] == ["- Đến nhà từng em"]
    made = publish_month(area=world.province, month=month, by=world.province_officer)
    for paper in (report(world.commune_a, month), notice(world.commune_a, month)):
        text = " ".join(line for _heading, lines in paper.sections for line in lines)
        assert made.code in text
        assert "https://chuyencan.example.vn/verify/" in text
    measures = report(world.province, month).sections[-1][1]
    assert measures == [f"{world.commune_a.title}: Đến nhà từng em"]


class TestWhoHasReadTheResults:
    """Letter 785, item 2g: results are told back, and who has read them is seen."""

    @pytest.fixture
    def published(self, world, month):
        return publish_month(area=world.province, month=month, by=world.province_officer)

    def address(self, made, name="publication"):
        return reverse(f"reports:{name}", args=[made.pk])

    def test_a_commune_says_so_once_and_the_province_sees_it(self, world, published, sign_in):
        commune = sign_in(world.commune_officer)
        page = commune.get(self.address(published)).content.decode()
        assert "Chúng tôi đã đọc kết quả" in page

        for _again in range(2):
            answer = commune.post(
                self.address(published, "publication_acknowledge"), {"area": world.commune_a.code}
            )
            assert answer.status_code == 302

        (receipt,) = PublicationReceipt.objects.all()
        assert (receipt.area, receipt.acknowledged_by) == (world.commune_a, world.commune_officer)
        assert Event.objects.filter(kind=RESULTS_ACKNOWLEDGED.code).count() == 1
        assert (
            "Chúng tôi đã đọc kết quả" not in commune.get(self.address(published)).content.decode()
        )
        seen = read(sign_in(world.province_officer).get(self.address(published)))
        card = next(each for each in seen.select("section") if each.select("#receipts"))
        assert "1/3" in card.text
        assert "Chưa: Xã A Hai, Xã B Một" in card.text
        assert world.commune_officer.get_full_name() in card.text

    def test_the_first_page_asks_until_it_is_done(self, world, month, published, sign_in):
        page = sign_in(world.commune_officer).get("/").content.decode()
        assert f"Kết quả tháng {month.label}" in page
        acknowledge_results(
            publication=published, commune=world.commune_a, by=world.commune_officer
        )
        page = sign_in(world.commune_officer).get("/").content.decode()
        assert f"Kết quả tháng {month.label}" not in page

    def test_nobody_says_so_for_a_commune(self, world, published, sign_in):
        address = self.address(published, "publication_acknowledge")
        other = {"area": world.commune_b.code}

        assert sign_in(world.commune_officer).post(address, other).status_code == 404
        assert sign_in(world.province_officer).post(address, other).status_code == 403
        assert not PublicationReceipt.objects.exists()

    def test_figures_that_are_being_corrected_are_not_acknowledged(self, world, published, sign_in):
        reopen_month(publication=published, by=world.province_officer, reason="Trường gửi nhầm")
        published.lock.refresh_from_db()

        with pytest.raises(ValidationError, match="chờ số liệu mới"):
            acknowledge_results(
                publication=published, commune=world.commune_a, by=world.commune_officer
            )
        answer = sign_in(world.commune_officer).post(
            self.address(published, "publication_acknowledge"), follow=True
        )
        assert "chờ số liệu mới" in answer.content.decode()
        assert not PublicationReceipt.objects.exists()
