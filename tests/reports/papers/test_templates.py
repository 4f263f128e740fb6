"""Word templates of the province: what is refused, in which words; which paper follows which."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone, translation

from core.documents import word_templates
from core.documents.official_papers import Appendix, Column, OfficialPaper
from core.documents.word import official_docx, template_of
from core.documents.word_templates import TemplateRefused, check_package, trial_of
from core.models import Event, PendingUpload
from core.services import pending_uploads
from core.tasks import remove_expired_uploads
from lai_chau_edu.celery import BEAT_SCHEDULE
from reports.models import PaperTemplate
from reports.papers.files import paper_file
from reports.papers.word_templates.fields import FIELDS, is_said
from reports.papers.word_templates.selectors import papers_with_templates, template_on
from reports.papers.word_templates.services import (
    bring_template,
    end_template,
    keep_template,
)
from reports.papers.word_templates.words import words_of
from tests.frozen import freeze_time
from tests.html_query import read
from tests.reports.papers.test_papers import word_text
from tests.reports.papers.word_files import part_of, with_part, word_file
from tests.world import make_user

NOON = "2026-11-16 05:00:00"
TODAY = datetime.date(2026, 11, 16)
TOMORROW = TODAY + datetime.timedelta(days=1)
RELATIONS = "word/_rels/document.xml.rels"


@pytest.fixture(autouse=True)
def in_vietnamese():
    with translation.override("vi"):
        yield


@pytest.fixture
def november(world):
    with freeze_time(NOON):
        yield world


def paper(rows=3, **more):
    return OfficialPaper(
        **{
            "above": "Ủy ban nhân dân tỉnh",
            "issuer": "Sở Giáo dục và Đào tạo",
            "symbol": "BC-SGDĐT",
            "place": "Lai Châu",
            "month_year": "tháng 11 năm 2026",
            "kind": "BÁO CÁO",
            "subject": "Chuyên cần <tháng> & năm",
            "sections": [("I. Kết quả", ["Một", "Hai"])],
            "recipients": ["Như trên;"],
            "signs": ["GIÁM ĐỐC"],
            "to": ["Bộ Giáo dục và Đào tạo"],
            "appendix": Appendix(
                "Số liệu",
                [Column("TT", 8), Column("Xã", 40, is_text=True)],
                [[str(number), "Mường So"] for number in range(rows)],
                ["", "Tổng"],
            ),
        }
        | more
    )


def refusal(content, data=None):
    with pytest.raises(TemplateRefused) as refused:
        trial_of(content, data or paper().as_data())
    return refused.value


def test_the_built_in_template_passes_its_own_walls():
    filled = trial_of(template_of(paper(rows=300)), paper(rows=300).as_data()).file
    assert "Mường So" in word_text(filled)
    assert word_text(filled) == word_text(official_docx(paper(rows=300)))


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        ("{{ ''.__class__ }}", "unknown_name", "__class__"),
        ("{{ paper.__class__.__mro__ }}", "unknown_name", "__mro__"),
        ("{{ paper['__class__'] }}", "forbidden", "[…]"),
        ("{{ paper.items }}", "unknown_name", "items"),
        ("{{ paper.items() }}", "forbidden", "( )"),
        ("{{ paper|attr('__class__') }}", "filter", "attr"),
        ("{{ paper.subject|safe }}", "filter", "safe"),
        ("{{ self }}", "unknown_name", "self"),
        ("{{ cycler.__init__ }}", "unknown_name", "__init__"),
        ("{{ namespace() }}", "forbidden", "( )"),
        ("{% for x in range(10**9) %}x{% endfor %}", "loop_over", ""),
        ("{{ 'a' * 10**9 }}", "forbidden", "*"),
        ("{{ '%1000000000d' % 1 }}", "forbidden", "%"),
        ("{% set x = paper %}", "forbidden", "set"),
        ("{% include '/etc/passwd' %}", "forbidden", "include"),
        ("{% macro m() %}{{ m() }}{% endmacro %}", "forbidden", "macro"),
        ("{{ paper.pupil }}", "unknown_name", "pupil"),
        ("{{ pupil }}", "unknown_name", "pupil"),
        (
            "{% for a in paper.sections %}{% for b in paper.sections %}{% endfor %}{% endfor %}",
            "loop_over",
            "",
        ),
        (
            "{% for a in paper.appendix.rows recursive %}{{ loop(a) }}{% endfor %}",
            "loops",
            "3",
        ),
        ("{% for x in paper.to %}" * 5 + "{% endfor %}" * 5, "loop_over", ""),
    ],
)
def test_what_a_paper_does_not_need_is_refused_where_it_stands(text, code, what):
    refused = refusal(word_file("Một", f"Chỗ này {text}", "Ba"))
    assert (refused.code, refused.what) == (code, what)
    assert refused.where.startswith("Chỗ này {")
    said = words_of(refused)
    assert "Chỗ này" in said
    assert "%(" not in said


def test_a_place_that_is_not_closed_and_one_that_the_paper_lacks():
    assert refusal(word_file("Số {{ paper.number")).code == "syntax"
    assert refusal(word_file("{% if paper.to %}")).code == "syntax"
    lacking = refusal(word_file("{{ paper.appendix.rows[0][40] }}"))
    assert lacking.code == "undefined"
    assert refusal(word_file("{{ " + "(" * 5000)).code == "syntax"


def test_much_output_is_bounded():
    text = "{% for row in paper.appendix.rows %}" + "a" * 300_000 + "{% endfor %}"
    assert refusal(word_file(text), paper(rows=200).as_data()).code == "too_much"


def test_a_process_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(word_templates, "LONGEST_TRIAL", 0.01)
    assert refusal(template_of(paper())).code == "too_much"


def test_a_text_of_a_paper_is_never_a_template():
    """What somebody wrote into a paper stays as it is written."""
    made = trial_of(
        word_file("{{ paper.subject }}"), paper(subject="{{ 7 * 7 }} <w:p/> & co").as_data()
    )
    assert "{{ 7 * 7 }} <w:p/> & co" in word_text(made.file)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("word/vbaProject.bin", b"x", "macros"),
        ("word/activeX/activeX1.xml", b"<a/>", "macros"),
        ("customUI/customUI.xml", b"<a/>", "macros"),
        ("word/embeddings/oleObject1.xml", b"x", "embedded"),
        ("word/afchunk1.html", b"x", "embedded"),
        ("word/extra.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entities"),
        ("word/extra.xml", "<a/>".encode("utf-16"), "damaged"),
        ("word/extra.xml", b"0" * (word_templates.MOST_UNPACKED + 1), "bomb"),
        (
            "word/footer9.xml",
            b'<a><w:instrText>INCLUDE</w:instrText><w:instrText>PICTURE "http://a"</w:instrText></a>',
            "fields",
        ),
        ("word/footer9.xml", b'<w:fldSimple w:instr="DDEAUTO c:\\\\cmd"/>', "fields"),
    ],
)
def test_a_file_that_runs_fetches_or_unpacks_without_end_is_refused(name, data, code):
    with pytest.raises(TemplateRefused) as refused:
        check_package(with_part(word_file("Một"), name, data))
    assert refused.value.code == code
    assert "%(" not in words_of(refused.value)


def test_what_lies_outside_is_refused_and_named():
    relations = part_of(word_file("Một"), RELATIONS).replace(
        "</Relationships>",
        '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/attachedTemplate" Target="http://192.0.2.1/a.dotm" TargetMode="External"/>'
        "</Relationships>",
    )
    refused = refusal(with_part(word_file("Một"), RELATIONS, relations))
    assert (refused.code, refused.what) == ("external", "http://192.0.2.1/a.dotm")


def test_other_files_are_told_apart():
    codes = {
        b"%PDF-1.7": "not_word",
        b"PK\x03\x04rest": "damaged",
        b"PK\x03\x04" + b"PK\x01\x02" * 300: "bomb",
        b"PK\x03\x04" + bytes(word_templates.MOST_BYTES): "too_large",
    }
    for content, code in codes.items():
        with pytest.raises(TemplateRefused) as refused:
            check_package(content)
        assert refused.value.code == code
    types = part_of(word_file("Một"), "[Content_Types].xml")
    macros = types.replace("wordprocessingml.document.main", "ms-word.document.macroEnabled.main")
    with pytest.raises(TemplateRefused):
        check_package(with_part(word_file("Một"), "[Content_Types].xml", macros))


# --- Kept ---------------------------------------------------------------------------------------


def of(code):
    return next(each for each in papers_with_templates() if each.paper == code)


def add(world, *texts, on=TOMORROW, code="report"):
    upload = bring(world, *texts, on=on, code=code)
    return keep_template(paper=of(code), upload=upload, by=world.province_officer)


def bring(world, *texts, on=TOMORROW, code="report", by=None):
    return bring_template(
        paper=of(code),
        file_name="mau.docx",
        content=word_file(*texts or ("Mẫu của Sở: {{ paper.subject }}",)),
        example=paper(),
        valid_from=on,
        by=by or world.province_officer,
    )


@pytest.mark.django_db
def test_a_template_is_used_from_its_day_and_until_its_end(november):
    world = november
    made = add(world)
    assert template_on("report", TODAY) is None
    assert template_on("report", TOMORROW) == made
    assert template_on("year", TOMORROW) is None
    assert "Mẫu của Sở" in word_text(paper_file(paper(), "docx", made))
    assert paper_file(paper(), "pdf", made).startswith(b"%PDF")
    with freeze_time("2026-11-20 05:00:00"):
        second = add(world, "Mẫu hai {{ paper.kind }}", on=datetime.date(2026, 12, 1))
        assert template_on("report", datetime.date(2026, 11, 30)) == made
        assert template_on("report", datetime.date(2026, 12, 1)) == second
    with freeze_time("2026-12-05 05:00:00"):
        end_template(template=second, on=datetime.date(2027, 1, 1), by=world.province_officer)
    assert template_on("report", datetime.date(2026, 12, 31)) == second
    assert template_on("report", datetime.date(2027, 1, 1)) is None
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["paper_template.added"] * 2 + ["paper_template.ended"]


@pytest.mark.django_db
def test_one_to_come_is_taken_back_and_days_are_in_order(november):
    world = november
    made = add(world, on=TODAY + datetime.timedelta(days=9))
    with pytest.raises(ValidationError, match="Hãy thu lại mẫu ấy"):
        add(world, on=TOMORROW)
    with pytest.raises(ValidationError, match="ngày mai"):
        add(world, on=TODAY, code="year")
    end_template(template=made, on=TODAY, by=world.province_officer)
    assert not PaperTemplate.objects.exists()
    assert Event.objects.filter(kind="paper_template.removed").count() == 1


@pytest.mark.django_db
def test_a_paper_that_does_not_fit_keeps_the_built_in_layout(november):
    world = november
    made = add(world)
    other = paper(appendix=None)
    assert "Mẫu của Sở" not in word_text(paper_file(other, "docx", made))
    strict = add(world, "{{ paper.sections[0][1][1] }}", code="year")
    short = paper(sections=[("I.", ["Một"])])
    assert "Một" in word_text(paper_file(short, "docx", strict))


@pytest.mark.django_db
def test_the_pages(november, sign_in):
    world = november
    client = sign_in(world.province_officer)
    page = read(client.get(reverse("reports:paper_templates")))
    assert "Báo cáo tháng (Word)" in page.one("main").text
    address = reverse("reports:paper_template", args=["report"])
    file = client.get(reverse("reports:paper_template_file", args=["report"]))
    content = b"".join(file) if file.streaming else file.content
    answer = client.post(
        address,
        {"file": SimpleUploadedFile("mau.docx", content), "valid_from": "17/11/2026"},
    )
    assert answer.status_code == 302, read(answer).one("main").text
    assert not PaperTemplate.objects.exists()
    trial = read(client.get(answer.url))
    assert "paper.subject" in trial.one("#used").text
    file = client.get(f"{answer.url}file/")
    assert "Lai Châu" in word_text(file.content)
    assert client.post(answer.url).status_code == 302
    kept = PaperTemplate.objects.get()
    assert kept.valid_from == TOMORROW
    assert client.get(answer.url).status_code == 404
    example = client.get(reverse("reports:paper_template_example", args=[kept.pk]))
    assert "Lai Châu" in word_text(example.content)
    refused = client.post(
        address,
        {"file": SimpleUploadedFile("x.docx", word_file("{{ paper.x }}")), "valid_from": TOMORROW},
    )
    assert refused.status_code == 422
    assert "Nằm ở: “{{ paper.x }}”" in read(refused).one("main").text
    end = reverse("reports:paper_template_end", args=[kept.pk])
    assert client.get(end).status_code == 200
    assert client.post(end).status_code == 302
    assert not PaperTemplate.objects.exists()


# --- Tried, not kept yet ------------------------------------------------------------------------


def test_the_names_a_template_says_are_told_with_its_loops_and_its_header():
    content = word_file("{{ paper.kind }}", "{% for a in paper.to %}{{ a }}{% endfor %}")
    assert trial_of(content, paper().as_data()).used == {"paper.kind", "paper.to"}
    own = trial_of(template_of(paper()), paper().as_data()).used
    assert {name for name, _meaning in FIELDS if is_said(name, own)} == {
        name for name, _meaning in FIELDS
    }


def test_every_unknown_name_is_told_at_once():
    refused = refusal(word_file("{{ paper.pupil }}", "{{ paper.school }} {{ village }}"))
    assert refused.what == "pupil"
    assert list(refused.unknown) == ["pupil", "school", "village"]
    said = words_of(refused)
    assert "“pupil”" in said
    assert "“school”, “village”" in said


@pytest.mark.django_db
def test_what_is_tried_is_followed_by_no_paper_and_leaves_no_event(november):
    upload = bring(november)
    assert not PaperTemplate.objects.exists()
    assert not Event.objects.exists()
    assert upload.params["used"] == ["paper.subject"]


@pytest.mark.django_db
def test_a_person_has_one_file_waiting_for_a_paper(november):
    first = bring(november)
    second = bring(november, "Mẫu hai {{ paper.kind }}")
    bring(november, code="year")
    waiting = set(PendingUpload.objects.values_list("pk", flat=True))
    assert len(waiting) == 2
    assert second.pk in waiting
    with pytest.raises(ValidationError, match="đã được giữ hoặc bỏ"):
        keep_template(paper=of("report"), upload=first, by=november.province_officer)


@pytest.mark.django_db
def test_a_file_is_kept_once(november):
    upload = bring(november)
    keep_template(paper=of("report"), upload=upload, by=november.province_officer)
    with pytest.raises(ValidationError, match="đã được giữ hoặc bỏ"):
        keep_template(paper=of("report"), upload=upload, by=november.province_officer)
    assert PaperTemplate.objects.count() == 1


@pytest.mark.django_db
def test_what_cannot_be_kept_any_more_stays_to_be_looked_at(november):
    upload = bring(november)
    with freeze_time("2026-11-16 17:30:00"):
        assert timezone.localdate() == TOMORROW
        with pytest.raises(ValidationError, match="ngày mai"):
            keep_template(paper=of("report"), upload=upload, by=november.province_officer)
    assert PendingUpload.objects.filter(pk=upload.pk).exists()
    assert not PaperTemplate.objects.exists()


@pytest.mark.django_db
def test_another_layout_that_came_first_is_said_before_one_looks_at_the_example(november):
    add(november, on=TODAY + datetime.timedelta(days=9))
    with pytest.raises(ValidationError, match="Hãy thu lại mẫu ấy"):
        bring(november)
    assert not PendingUpload.objects.exists()


@pytest.mark.django_db
def test_nobody_else_sees_the_file_and_it_goes_by_itself(november, sign_in):
    world = november
    other = make_user(
        "province2", "Lê Thị Hai", "province_officer", since=world.since, area=world.province
    )
    upload = bring(world)
    address = reverse("reports:paper_template_trial", args=["report", upload.pk])
    assert sign_in(other).get(address).status_code == 404
    client = sign_in(world.province_officer)
    assert client.get(address).status_code == 200
    wrong = reverse("reports:paper_template_trial", args=["year", upload.pk])
    assert client.get(wrong).status_code == 404
    with freeze_time("2026-11-16 07:00:00"):
        assert sign_in(world.province_officer).get(address).status_code == 404
        assert remove_expired_uploads() == {"rows": 1}
    assert BEAT_SCHEDULE["remove-expired-uploads"]["task"] == "core.remove_expired_uploads"


@pytest.mark.django_db
def test_a_file_that_is_discarded_is_gone(november, sign_in):
    upload = bring(november)
    client = sign_in(november.province_officer)
    address = reverse("reports:paper_template_discard", args=["report", upload.pk])
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    assert not PendingUpload.objects.exists()
    assert client.post(address).status_code == 404


@pytest.mark.django_db
def test_a_refusal_at_the_end_is_shown_on_the_page(november, sign_in):
    upload = bring(november)
    PendingUpload.objects.update(params={**upload.params, "valid_from": TODAY.isoformat()})
    client = sign_in(november.province_officer)
    answer = client.post(reverse("reports:paper_template_trial", args=["report", upload.pk]))
    assert answer.status_code == 422
    assert "ngày mai" in read(answer).one(".error-summary").text


@pytest.mark.django_db
def test_an_upload_that_waits_has_a_bound(november):
    with pytest.raises(ValueError, match="too many"):
        pending_uploads.put(
            purpose="test",
            file_name="x",
            content=bytes(pending_uploads.MOST_BYTES + 1),
            params={},
            by=november.province_officer,
        )
