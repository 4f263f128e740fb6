"""The pages that explain a figure: what it was counted from, and by name only where one may."""

import datetime
import html
import io

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from core.models import Event
from core.months import Month
from reports.explanation import views
from reports.explanation.events import PUPIL_DAYS_EXPORTED
from reports.explanation.exports import HEAD_ROW
from reports.services.facts import rebuild
from schools.models import NamesShown, Placement, Pupil
from tests.reports.register_builders import OCTOBER, day, not_held, pupil_ids, take
from tests.world import make_school

pytestmark = pytest.mark.django_db
MONTH = "?month=2026-10&level=all"
BEGUN = datetime.date(2026, 8, 1)


@pytest.fixture
def counted(world, today):
    first, second, third, *_rest = pupil_ids(world.class_a)
    take(world.class_a, day(5), {first: "P sick", second: "K", third: "M"})
    take(world.class_a, day(6), {first: "K"})
    not_held(world.class_a, day(7))
    take(world.class_b, day(6))
    rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=OCTOBER)
    return world


def read(client, name, pk, query=MONTH):
    answer = client.get(reverse(f"reports:explain_{name}", args=[pk]) + query)
    return html.unescape(answer.content.decode()), answer


def test_a_class_is_explained_down_to_its_pupil_sessions(counted, sign_in):
    client = sign_in(counted.teacher_a)
    page, answer = read(client, "class", counted.class_a.pk)
    expected = 2 * len(pupil_ids(counted.class_a))
    assert f"{expected - 3} trong {expected} lượt học" in page
    assert "2 lượt không phép" in page
    assert "Không học: Rét đậm" in page
    lines = answer.context["lines"]
    assert sorted((line["row"].date, line["row"].mark) for line in lines) == [
        (day(5), "K"),
        (day(5), "P"),
        (day(6), "K"),
    ]
    assert answer.context["listed"] == 3 == answer.context["page"].paginator.count
    shown = NamesShown.objects.get()
    assert (shown.user, shown.school_class_id) == (counted.teacher_a, counted.class_a.pk)
    assert shown.names == 3


@pytest.mark.parametrize(
    ("what", "count"), [("present", -3), ("all", 0), ("late", None), ("nonsense", None)]
)
def test_the_numerator_has_as_many_lines_as_the_page_says(counted, sign_in, what, count):
    client = sign_in(counted.head_a)
    _page, answer = read(client, "school", counted.school_a.pk, f"{MONTH}&what={what}")
    expected = answer.context["rate"].denominator
    assert answer.context["rate"].numerator == expected - 3
    wanted = {"late": 1, "nonsense": 3}.get(what, expected + (count or 0))
    assert answer.context["listed"] == wanted
    assert len(answer.context["lines"]) == min(wanted, views.PAGE_SIZE)


def test_pages_follow_each_other(counted, sign_in, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    client = sign_in(counted.commune_officer)
    found = []
    for page in (1, 2):
        _text, answer = read(client, "area", counted.commune_a.pk, f"{MONTH}&what=away&page={page}")
        found += [line["row"] for line in answer.context["lines"]]
    assert len(found) == len(set(found)) == 3


def test_who_sees_no_names_sees_registers_and_no_child(counted, sign_in):
    names = set(Pupil.objects.values_list("full_name", flat=True))
    for person in (counted.province_officer, counted.district_officer):
        for name, pk in (
            ("class", counted.class_a.pk),
            ("school", counted.school_a.pk),
            ("area", counted.commune_a.pk),
        ):
            page, answer = read(sign_in(person), name, pk, f"{MONTH}&list=pupils&what=all")
            assert [line[0].date for line in answer.context["lines"]] == [day(5), day(6)]
            assert not [each for each in names if each in page]
            excel = reverse(f"reports:explain_{name}_excel", args=[pk]) + MONTH
            assert sign_in(person).get(excel).status_code == 403
    assert not NamesShown.objects.exists()


def test_names_are_shown_where_every_school_of_the_figure_is_the_readers(counted, sign_in):
    """A school moved away after the month: its pupils are in the figure, and not the reader's."""
    september = Month(2026, 9)
    moved = make_school("MOVED", "Trường chuyển xã", "THCS", counted.commune_a, BEGUN)
    take(counted.class_a, september.first.replace(day=7), {pupil_ids(counted.class_a)[0]: "K"})
    rebuild(school_ids=[counted.school_a.pk, moved.pk], month=september)
    client = sign_in(counted.commune_officer)
    query = f"?month={september}&level=all&what=all&list=pupils"
    address = reverse("reports:explain_area_excel", args=[counted.commune_a.pk]) + query
    _page, answer = read(client, "area", counted.commune_a.pk, query)
    assert answer.context["named"]
    shown = NamesShown.objects.count()
    away = datetime.date(2026, 10, 1)
    Placement.objects.filter(school=moved).update(valid_to=away)
    Placement.objects.create(school=moved, commune=counted.commune_b, valid_from=away)
    names = set(Pupil.objects.values_list("full_name", flat=True))
    page, answer = read(client, "area", counted.commune_a.pk, query)
    assert not answer.context["named"]
    assert not [each for each in names if each in page]
    assert client.get(address).status_code == 403
    assert NamesShown.objects.count() == shown
    assert not Event.objects.filter(kind=PUPIL_DAYS_EXPORTED.code).exists()
    # The school that is theirs is named all the same.
    _page, answer = read(client, "school", counted.school_a.pk, query)
    assert answer.context["named"]


def test_every_opening_of_names_leaves_a_row(counted, sign_in):
    openings = 0
    for person, name, pk in (
        (counted.teacher_a, "class", counted.class_a.pk),
        (counted.head_a, "school", counted.school_a.pk),
        (counted.commune_officer, "area", counted.commune_a.pk),
    ):
        client = sign_in(person)
        for what in ("away", "late", "all"):
            _page, answer = read(client, name, pk, f"{MONTH}&what={what}")
            found = NamesShown.objects.filter(user=person, kind="figures")
            assert sum(row.names for row in found) >= len(answer.context["lines"])
            openings += 1
            assert NamesShown.objects.count() == openings
        excel = reverse(f"reports:explain_{name}_excel", args=[pk]) + MONTH
        assert client.get(excel).status_code == 200
        openings += 1
        assert NamesShown.objects.filter(user=person, kind="file").count() == 1


def test_an_area_adds_up_from_those_below(counted, sign_in):
    client = sign_in(counted.province_officer)
    _page, answer = read(client, "area", counted.province.pk)
    parts = [part for part, _url in answer.context["parts"]]
    assert parts
    rate = answer.context["rate"]
    assert sum(part.rate.numerator for part in parts) == rate.numerator
    assert sum(part.rate.denominator for part in parts) == rate.denominator
    for _part, url in answer.context["parts"]:
        assert client.get(url).status_code == 200


def test_the_workbook_has_every_line_and_leaves_an_event(counted, sign_in):
    client = sign_in(counted.commune_officer)
    address = reverse("reports:explain_area_excel", args=[counted.commune_a.pk])
    answer = client.get(f"{address}{MONTH}&what=all")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    sheet = book.get_sheet_by_index(0).to_python()
    expected = 2 * len(pupil_ids(counted.class_a))
    assert len(sheet) == HEAD_ROW + 1 + expected + 1
    event = Event.objects.get(kind=PUPIL_DAYS_EXPORTED.code)
    assert event.changes == {"pupil_sessions": [None, expected]}
    assert event.area_id == counted.commune_a.pk
    assert NamesShown.objects.filter(kind="file", user=counted.commune_officer).exists()


def test_too_many_lines_are_refused_with_a_word(counted, sign_in, monkeypatch):
    monkeypatch.setattr(views, "MOST_EXPORTED", 2)
    client = sign_in(counted.head_a)
    address = reverse("reports:explain_school_excel", args=[counted.school_a.pk])
    answer = client.get(address + MONTH, follow=True)
    assert "Mỗi tệp chứa nhiều nhất 2" in html.unescape(answer.content.decode())
    assert not Event.objects.filter(kind=PUPIL_DAYS_EXPORTED.code).exists()


def test_a_figure_older_than_its_registers_says_so(counted, sign_in):
    take(counted.class_a, day(8))
    page, _answer = read(sign_in(counted.head_a), "class", counted.class_a.pk)
    assert "Sổ đã thay đổi" in page


def test_the_pages_of_figures_lead_here(counted, sign_in):
    for person, name, pk in (
        (counted.teacher_a, "class", counted.class_a.pk),
        (counted.head_a, "school", counted.school_a.pk),
        (counted.commune_officer, "area", counted.commune_a.pk),
    ):
        page = "school_class" if name == "class" else name
        answer = sign_in(person).get(reverse(f"reports:{page}", args=[pk]) + MONTH)
        assert reverse(f"reports:explain_{name}", args=[pk]) in answer.content.decode()
