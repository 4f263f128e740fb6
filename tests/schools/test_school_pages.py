"""Pages of schools, classes and pupils: what they show, to whom, and what their forms do."""

import datetime
import re

import pytest
from django.urls import reverse

from schools.enums import ExitReason
from schools.models import Enrolment, Placement, Pupil, School, SchoolClass, SchoolYear, Site
from schools.pupils.services.enrolments import leave, transfer
from tests.html_query import read
from tests.world import enrol, make_class, make_school, make_user

MONDAY = datetime.date(2026, 10, 12)


def page(client, name, *args, query="", status=200):
    answer = client.get(reverse(f"schools:{name}", args=args) + query)
    assert answer.status_code == status
    return read(answer) if status == 200 else answer


def told(answer):
    """What a page says, without the code of the request."""
    return re.sub(r": [0-9a-z]{8}$", "", read(answer).one("main").text.strip())


def row_names(tree):
    return tree.texts("tbody th[scope=row] a")


def spell_of(name):
    return Enrolment.objects.get(pupil__full_name=name)


def actions(tree):
    """Addresses of the buttons on a page."""
    return {node.get("href") for node in tree.select("a.button")}


# --- The list of schools ---------------------------------------------------------------


def test_the_list_shows_the_schools_of_the_readers_places(world, sign_in):
    tree = page(sign_in(world.province_officer), "schools")
    assert row_names(tree) == ["TH&THCS A Một", "THCS B Một"]
    assert row_names(page(sign_in(world.district_officer), "schools")) == ["TH&THCS A Một"]


def test_the_list_counts_running_classes_and_pupils_on_the_roll(world, sign_in):
    spell = spell_of("Lò Văn Hặc")
    leave(enrolment=spell, on=MONDAY, reason=ExitReason.OTHER, cause="", by=world.head_b)
    tree = page(sign_in(world.province_officer), "schools")
    rows = [row.texts("td") for row in tree.select("tbody tr")]
    assert rows == [
        ["Xã A Một", "Tiểu học, THCS", "2", "10"],
        ["Xã B Một", "THCS", "1", "2"],
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?search=th%26thcs", ["TH&THCS A Một"]),
        ("?search=b+mot", ["THCS B Một"]),
        ("?search=12b1", ["THCS B Một"]),
        ("?level=TH", ["TH&THCS A Một"]),
        ("?level=THCS", ["TH&THCS A Một", "THCS B Một"]),
        ("?level=MN", []),
        ("?search=khong+co", []),
    ],
)
def test_the_list_is_filtered_without_marks_and_by_whole_level(world, sign_in, query, expected):
    assert row_names(page(sign_in(world.province_officer), "schools", query=query)) == expected


def test_the_list_is_filtered_by_commune(world, sign_in):
    client = sign_in(world.province_officer)
    query = f"?commune={world.commune_b.pk}"
    assert row_names(page(client, "schools", query=query)) == ["THCS B Một"]
    assert row_names(page(client, "schools", query=f"?commune={world.commune_a2.pk}")) == []


def test_a_filter_without_result_offers_the_whole_list(world, sign_in):
    tree = page(sign_in(world.province_officer), "schools", query="?search=zzz")
    assert tree.texts(".empty__title") == ["Không có trường nào phù hợp"]
    assert tree.select(".empty a")[0].get("href") == reverse("schools:schools")


def test_the_head_of_one_school_is_led_to_it(world, sign_in):
    answer = sign_in(world.head_a).get(reverse("schools:schools"))
    assert (answer.status_code, answer.url) == (
        302,
        reverse("schools:school", args=[world.school_a.pk]),
    )


def test_the_list_needs_the_right_to_see_schools(world, sign_in):
    page(sign_in(world.teacher_a), "schools", status=403)
    page(sign_in(world.system_admin), "schools", status=403)


def test_the_list_has_pages_of_thirty(world, sign_in):
    for number in range(31):
        make_school(f"12X{number:02}", f"TH X {number:02}", "TH", world.commune_a2, world.since)
    client = sign_in(world.province_officer)
    assert len(row_names(page(client, "schools"))) == 30
    assert len(row_names(page(client, "schools", query="?page=2"))) == 3
    assert len(row_names(page(client, "schools", query="?page=99"))) == 3


@pytest.mark.parametrize("more", [0, 25])
def test_the_list_keeps_to_its_query_ceiling_at_two_sizes(
    world, sign_in, django_assert_max_num_queries, more
):
    for number in range(more):
        school = make_school(
            f"12X{number:02}", f"TH X {number:02}", "TH", world.commune_a2, world.since
        )
        make_class(school, world.year, "1A", "TH", "1", ["Lò Văn Tá"])
    client = sign_in(world.province_officer)
    with django_assert_max_num_queries(14):
        page(client, "schools")


# --- One school ------------------------------------------------------------------------


def test_a_school_shows_its_classes_with_their_rolls(world, sign_in):
    tree = page(sign_in(world.head_a), "school", world.school_a.pk)
    assert tree.texts("h1") == ["TH&THCS A Một"]
    rows = [row.texts("th, td") for row in tree.select("tbody tr")]
    assert rows == [
        ["1+2 Háng Lìa lớp ghép", "1, 2", "Háng Lìa", "Sáng và chiều", "4", "Sửa · Kết thúc"],
        ["6A", "6", "Điểm chính", "Buổi sáng", "6", "Sửa · Kết thúc"],
    ]


def test_a_school_offers_only_what_the_reader_may_do(world, sign_in):
    pk = world.school_a.pk
    manage = {reverse(f"schools:{name}", args=[pk]) for name in ("class_add", "site_add")}
    manage |= {reverse("schools:import_upload", args=[pk])}
    assert actions(page(sign_in(world.head_a), "school", pk)) >= manage
    assert actions(page(sign_in(world.commune_officer), "school", pk)) & manage == set()
    assert actions(page(sign_in(world.province_officer), "school", pk)) & manage == set()


def test_classes_lead_to_names_only_where_pupils_may_be_seen(world, sign_in):
    def first_link(user):
        tree = page(sign_in(user), "school", world.school_a.pk)
        return tree.select("tbody th a")[1].get("href")

    assert first_link(world.commune_officer) == reverse(
        "schools:school_class", args=[world.class_a.pk]
    )
    assert first_link(world.province_officer) == reverse(
        "reports:school_class", args=[world.class_a.pk]
    )


def test_a_past_school_year_can_be_chosen(world, sign_in):
    past = SchoolYear.objects.create(
        code="2025-2026",
        valid_from=datetime.date(2025, 8, 1),
        valid_to=datetime.date(2026, 8, 1),
    )
    old = make_class(world.school_a, past, "5A", "TH", "5", [])
    pupil = Pupil.objects.get(full_name="Ma A Dơ")
    enrol(pupil, old, past.valid_from, valid_to=past.valid_to, exit_reason="completed")
    client = sign_in(world.head_a)
    assert row_names(page(client, "school", world.school_a.pk, query="?year=2025-2026")) == ["5A"]
    now = page(client, "school", world.school_a.pk)
    assert row_names(now) == ["1+2 Háng Lìa", "6A"]
    assert now.texts(".segments [aria-current]") == ["2026-2027"]
    assert row_names(page(client, "school", world.school_a.pk, query="?year=x")) == [
        "1+2 Háng Lìa",
        "6A",
    ]


def test_a_foreign_school_looks_absent(world, sign_in):
    client = sign_in(world.head_a)
    foreign = page(client, "school", world.school_b.pk, status=404)
    absent = page(client, "school", 999_999, status=404)
    assert told(foreign) == told(absent)


@pytest.mark.parametrize("more", [0, 12])
def test_a_school_keeps_to_its_query_ceiling_at_two_sizes(
    world, sign_in, django_assert_max_num_queries, more
):
    for number in range(more):
        make_class(world.school_a, world.year, f"7{number}", "THCS", "7", ["Lò Văn Tá"])
    client = sign_in(world.head_a)
    with django_assert_max_num_queries(15):
        page(client, "school", world.school_a.pk)


# --- Classes ---------------------------------------------------------------------------


def test_a_class_lists_its_roll_in_the_order_of_given_names(world, sign_in):
    tree = page(sign_in(world.teacher_a), "school_class", world.class_a.pk)
    named = [each.partition(" Theo dõi")[0] for each in tree.texts("tbody th")]
    assert named == [
        "1. Giàng A Chua",
        "2. Ma A Dơ",
        "3. Lò Thị Hương",
        "4. Phàn Lở Mẩy",
        "5. Tẩn Tả Mẩy",
        "6. Vàng Thị Pà",
    ]
    assert tree.select("tbody tr")[0].texts("td") == ["Nữ", "10/01/2015", "Mông", "từ 01/08/2026"]


def test_who_left_is_struck_out_with_day_and_reason(world, sign_in):
    leave(
        enrolment=spell_of("Lò Thị Hương"),
        on=MONDAY,
        reason=ExitReason.DROPOUT,
        cause="marriage",
        by=world.head_a,
    )
    tree = page(sign_in(world.teacher_a), "school_class", world.class_a.pk)
    assert tree.texts("tbody s") == ["Lò Thị Hương"]
    assert tree.texts("tr.is-muted td")[-1] == "Bỏ học từ 12/10/2026 · Tảo hôn"
    numbers = [text.split()[0] for text in tree.texts("tbody th")]
    assert numbers == ["1.", "2.", "–", "3.", "4.", "5."]
    assert tree.texts("p.meta strong") == ["5 học sinh"]


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("teacher_a", 200),
        ("head_a", 200),
        ("commune_officer", 200),
        ("teacher_b", 404),
        ("head_b", 404),
        ("district_officer", 403),
        ("province_officer", 403),
        ("member_user", 403),
        ("system_admin", 403),
        ("nobody", 403),
    ],
)
def test_names_are_seen_only_where_the_scope_allows(world, sign_in, person, status):
    client = sign_in(getattr(world, person))
    page(client, "school_class", world.class_a.pk, status=status)
    page(client, "pupil", spell_of("Ma A Dơ").pupil_id, status=status)


def test_inside_a_place_without_the_right_there_is_forbidden(world, sign_in):
    """A teacher in B who also follows all of the province sees that class A is there."""
    both = make_user("both", "Hai Việc", "teacher", since=world.since, school_class=world.class_b)
    both.grants.create(role="province_officer", area=world.province, valid_from=world.since)
    client = sign_in(both)
    page(client, "school_class", world.class_b.pk)
    page(client, "school_class", world.class_a.pk, status=403)
    page(client, "school_class", 999_999, status=404)


def test_an_empty_class_says_what_to_do(world, sign_in):
    empty = make_class(world.school_a, world.year, "7A", "THCS", "7", [])
    tree = page(sign_in(world.head_a), "school_class", empty.pk)
    assert tree.texts(".empty__title") == ["Lớp chưa có học sinh"]
    assert tree.select(".empty a")[0].get("href") == reverse("schools:pupil_add", args=[empty.pk])


@pytest.mark.parametrize("more", [0, 30])
def test_a_class_keeps_to_its_query_ceiling_at_two_sizes(
    world, sign_in, django_assert_max_num_queries, more
):
    for number in range(more):
        pupil = Pupil.objects.create(
            full_name=f"Lò Văn {number}",
            sex="M",
            birth_date=datetime.date(2015, 1, 1),
            ethnic_group="03",
        )
        enrol(pupil, world.class_a, world.since)
    client = sign_in(world.head_a)
    with django_assert_max_num_queries(14):
        page(client, "school_class", world.class_a.pk)


def test_a_class_is_opened_by_form(world, sign_in):
    answer = sign_in(world.head_a).post(
        reverse("schools:class_add", args=[world.school_a.pk]),
        {
            "year": world.year.pk,
            "name": "3+4 Háng Lìa",
            "grades": ["4", "3"],
            "site": world.site_a.pk,
            "sessions": "am,pm",
        },
    )
    assert answer.url == f"/schools/{world.school_a.pk}/?year=2026-2027"
    made = SchoolClass.objects.get(name="3+4 Háng Lìa")
    assert (made.grades, made.level, made.site) == ("3,4", "TH", world.site_a)


def test_a_refused_class_keeps_what_was_typed_and_says_how_to_mend_it(world, sign_in):
    answer = sign_in(world.head_a).post(
        reverse("schools:class_add", args=[world.school_a.pk]),
        {
            "year": world.year.pk,
            "name": "Ghép",
            "grades": ["5", "6"],
            "site": world.site_a.pk,
            "sessions": "am",
        },
    )
    tree = read(answer)
    assert tree.texts(".error-summary li") == ["Khối: Các khối của một lớp phải cùng cấp học."]
    assert tree.select("#id_name")[0].get("value") == "Ghép"
    assert world.school_a.classes.count() == 2


def test_a_site_of_another_school_is_no_choice(world, sign_in):
    answer = sign_in(world.head_a).post(
        reverse("schools:class_add", args=[world.school_a.pk]),
        {
            "year": world.year.pk,
            "name": "6C",
            "grades": ["6"],
            "site": world.school_b.sites.get().pk,
            "sessions": "am",
        },
    )
    assert answer.status_code == 422
    assert world.school_a.classes.count() == 2


def test_a_site_is_added_by_form_once(world, sign_in):
    client = sign_in(world.head_a)
    url = reverse("schools:site_add", args=[world.school_a.pk])
    answer = client.post(url, {"name": "  Nậm  Mạ ", "start": "2026-10-12"})
    assert answer.status_code == 302
    assert Site.objects.filter(school=world.school_a, name="Nậm Mạ").count() == 1
    again = read(client.post(url, {"name": "nam ma", "start": "2026-10-12"}))
    assert again.texts(".error-summary li") == [
        "Tên điểm trường: Trường đã có điểm trường tên này."
    ]


def test_a_site_cannot_open_before_its_school(world, sign_in):
    answer = sign_in(world.head_a).post(
        reverse("schools:site_add", args=[world.school_a.pk]),
        {"name": "Nậm Mạ", "start": "2020-01-01"},
    )
    assert len(read(answer).select("#id_start_error")) == 1
    assert Site.objects.filter(name="Nậm Mạ").count() == 0


# --- Pupils ----------------------------------------------------------------------------


def typed(**more):
    return {
        "full_name": "Hạng A Chư",
        "birth_date": "2015-04-30",
        "sex": "M",
        "ethnic_group": "08",
        "grade": "6",
        "start": "2026-10-12",
        "reason": "in",
        **more,
    }


def test_a_pupil_is_added_by_form(world, sign_in):
    answer = sign_in(world.head_a).post(
        reverse("schools:pupil_add", args=[world.class_a.pk]),
        typed(home=world.commune_a.pk, guardian_phone="0912 345 678", semi_boarder="on"),
    )
    assert answer.url == reverse("schools:school_class", args=[world.class_a.pk])
    spell = spell_of("Hạng A Chư")
    assert (spell.valid_from, spell.entry_reason) == (MONDAY, "in")
    assert [each.valid_from for each in spell.pupil.semi_boardings.all()] == [MONDAY]
    assert spell.pupil.home == world.commune_a
    assert spell.pupil.history.get().history_user == world.head_a


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"full_name": ""}, "full_name"),
        ({"birth_date": "31/02/2015"}, "birth_date"),
        ({"birth_date": "2027-01-01"}, "birth_date"),
        ({"ministry_id": "123"}, "ministry_id"),
        ({"start": "2026-07-01"}, "start"),
        ({"reason": "return"}, "reason"),
    ],
)
def test_a_wrong_entry_is_shown_at_its_field_and_nothing_is_written(world, sign_in, change, field):
    answer = sign_in(world.head_a).post(
        reverse("schools:pupil_add", args=[world.class_a.pk]), typed(**change)
    )
    tree = read(answer)
    assert answer.status_code == 422
    assert [node.get("id") for node in tree.select(".field__error")] == [f"id_{field}_error"]
    assert tree.select("#id_guardian_phone")[0].get("value") is None
    assert Pupil.objects.filter(full_name="Hạng A Chư").count() == 0


def test_only_the_school_may_add_pupils(world, sign_in):
    url = reverse("schools:pupil_add", args=[world.class_a.pk])
    for person, status in [("teacher_a", 403), ("commune_officer", 403), ("head_b", 404)]:
        assert sign_in(getattr(world, person)).post(url, typed()).status_code == status
    assert Pupil.objects.filter(full_name="Hạng A Chư").count() == 0


def test_a_pupil_page_shows_data_and_spells(world, sign_in):
    spell = spell_of("Ma A Dơ")
    tree = page(sign_in(world.teacher_a), "pupil", spell.pupil_id)
    assert tree.texts("h1") == ["Ma A Dơ"]
    assert tree.texts("dd")[:3] == ["10/03/2015", "Nữ", "Dao"]
    assert tree.texts("tbody td") == ["2026-2027", "01/08/2026 · Có tên từ đầu năm học", "—"]


def test_spells_in_a_foreign_school_are_not_shown(world, sign_in):
    spell = spell_of("Ma A Dơ")
    transfer(enrolment=spell, to=world.class_b, grade=6, on=MONDAY, by=world.head_a)
    here = page(sign_in(world.head_a), "pupil", spell.pupil_id)
    there = page(sign_in(world.head_b), "pupil", spell.pupil_id)
    assert row_names(here) == ["6A"]
    assert row_names(there) == ["6B"]
    both = make_user("two", "Hai Xã", "commune_officer", since=world.since, area=world.province)
    assert row_names(page(sign_in(both), "pupil", spell.pupil_id)) == ["6B", "6A"]


def test_a_school_the_pupil_left_reads_but_no_longer_writes(world, sign_in):
    spell = spell_of("Ma A Dơ")
    transfer(enrolment=spell, to=world.class_b, grade=6, on=MONDAY, by=world.head_a)
    client = sign_in(world.head_a)
    tree = page(client, "pupil", spell.pupil_id)
    everywhere = {reverse("help"), reverse("schools:search")}
    assert actions(tree) - everywhere == {reverse("reports:pupil", args=[spell.pupil_id])}
    page(client, "pupil_edit", spell.pupil_id, status=403)
    page(client, "readmit", spell.pupil_id, status=403)
    page(sign_in(world.head_b), "pupil_edit", spell.pupil_id)


def test_the_pupil_page_offers_what_fits_the_state(world, sign_in):
    spell = spell_of("Ma A Dơ")

    def offered(user):
        tree = page(sign_in(user), "pupil", spell.pupil_id)
        return {
            name
            for name, key in [
                ("move", spell.pk),
                ("leave", spell.pk),
                ("undo_leaving", spell.pk),
                ("readmit", spell.pupil_id),
                ("pupil_edit", spell.pupil_id),
            ]
            if reverse(f"schools:{name}", args=[key]) in actions(tree)
        }

    assert offered(world.head_a) == {"move", "leave", "pupil_edit"}
    assert offered(world.teacher_a) == set()
    leave(enrolment=spell, on=MONDAY, reason=ExitReason.OTHER, cause="", by=world.head_a)
    assert offered(world.head_a) == {"undo_leaving", "readmit", "pupil_edit"}


def test_a_pupil_is_corrected_by_form(world, sign_in):
    spell = spell_of("Ma A Dơ")
    client = sign_in(world.head_a)
    form = page(client, "pupil_edit", spell.pupil_id)
    assert form.select("#id_birth_date")[0].get("value") == "2015-03-10"
    answer = client.post(
        reverse("schools:pupil_edit", args=[spell.pupil_id]),
        {
            "full_name": "Ma A Dơ",
            "birth_date": "2015-03-11",
            "sex": "M",
            "ethnic_group": "08",
            "reason": "Theo giấy khai sinh",
        },
    )
    assert answer.url == reverse("schools:pupil", args=[spell.pupil_id])
    spell.refresh_from_db()
    assert (spell.sex, spell.ethnic_group) == ("M", "08")
    change = spell.pupil.history.first()
    assert (change.history_user, change.history_change_reason) == (
        world.head_a,
        "Theo giấy khai sinh",
    )


def test_a_pupil_is_moved_by_form_to_a_class_of_the_school_only(world, sign_in):
    join = make_class(world.school_a, world.year, "6B", "THCS", "6", [])
    spell = spell_of("Ma A Dơ")
    client = sign_in(world.head_a)
    url = reverse("schools:move", args=[spell.pk])
    refused = client.post(url, {"to": world.class_b.pk, "on": "2026-10-12"})
    assert refused.status_code == 422
    answer = client.post(url, {"to": join.pk, "on": "2026-10-12"})
    assert answer.url == reverse("schools:pupil", args=[spell.pupil_id])
    assert list(
        spell.pupil.spells.order_by("valid_from").values_list("school_class", flat=True)
    ) == [
        world.class_a.pk,
        join.pk,
    ]


def test_a_pupil_leaves_for_several_causes_and_the_record_says_so(world, sign_in):
    spell = spell_of("Ma A Dơ")
    client = sign_in(world.head_a)
    told = {"reason": "dropout", "cause": "poverty", "further": ["marriage", "tet"]}
    client.post(reverse("schools:leave", args=[spell.pk]), told | {"on": "2026-10-12"})
    text = read(client.get(reverse("schools:pupil", args=[spell.pupil_id]))).text
    assert "Gia đình khó khăn, Tảo hôn, Nghỉ sau Tết" in text


def test_a_pupil_leaves_by_form_with_a_cause(world, sign_in):
    spell = spell_of("Ma A Dơ")
    client = sign_in(world.head_a)
    url = reverse("schools:leave", args=[spell.pk])
    refused = read(client.post(url, {"reason": "dropout", "on": "2026-10-12"}))
    assert [node.get("id") for node in refused.select(".field__error")] == ["id_cause_error"]
    client.post(url, {"reason": "dropout", "cause": "work", "on": "2026-10-12"})
    spell.refresh_from_db()
    assert (spell.valid_to, spell.exit_reason, spell.dropout_cause) == (MONDAY, "dropout", "work")
    late = read(client.post(url, {"reason": "other", "on": "2026-10-13"}))
    assert late.texts(".error-summary li") == [
        "Học sinh này đã rời lớp từ 12/10/2026. Hãy mở lại trang."
    ]


def test_a_wrong_leaving_is_taken_back_by_form(world, sign_in):
    spell = spell_of("Ma A Dơ")
    leave(enrolment=spell, on=MONDAY, reason=ExitReason.OTHER, cause="", by=world.head_a)
    client = sign_in(world.head_a)
    client.post(reverse("schools:undo_leaving", args=[spell.pk]), {"reason": "Nhầm tên"})
    spell.refresh_from_db()
    assert (spell.valid_to, spell.exit_reason) == (None, "")


def test_a_dropout_comes_back_by_form(world, sign_in):
    spell = spell_of("Ma A Dơ")
    leave(enrolment=spell, on=MONDAY, reason=ExitReason.DROPOUT, cause="work", by=world.head_a)
    client = sign_in(world.head_a)
    form = page(client, "readmit", spell.pupil_id)
    assert form.one("p.meta").text.endswith("Bỏ học từ 12/10/2026 · Đi làm hoặc theo bố mẹ")
    assert [node.get("value") for node in form.select("input[name=reason][checked]")] == ["return"]
    answer = client.post(
        reverse("schools:readmit", args=[spell.pupil_id]),
        {"to": world.class_a.pk, "grade": "6", "start": "2026-10-13", "reason": "return"},
    )
    assert answer.url == reverse("schools:pupil", args=[spell.pupil_id])
    back = spell.pupil.spells.order_by("-valid_from").first()
    assert (back.valid_from, back.entry_reason) == (datetime.date(2026, 10, 13), "return")


@pytest.mark.parametrize("name", ["move", "leave", "undo_leaving"])
def test_a_foreign_spell_looks_absent(world, sign_in, name):
    spell = spell_of("Ma A Dơ")
    foreign = page(sign_in(world.head_b), name, spell.pk, status=404)
    absent = page(sign_in(world.head_b), name, 999_999, status=404)
    assert told(foreign) == told(absent)
    page(sign_in(world.teacher_a), name, spell.pk, status=403)


def test_a_closed_school_is_not_listed(world, sign_in):
    School.objects.filter(pk=world.school_b.pk).update(valid_to=MONDAY)
    assert row_names(page(sign_in(world.province_officer), "schools")) == ["TH&THCS A Một"]


def test_a_school_that_moved_is_listed_where_it_lies_today(world, sign_in):
    Placement.objects.filter(school=world.school_a).update(valid_to=MONDAY)
    Placement.objects.create(school=world.school_a, commune=world.commune_b, valid_from=MONDAY)
    page(sign_in(world.commune_officer), "school", world.school_a.pk, status=404)
    query = f"?commune={world.commune_b.pk}"
    assert row_names(page(sign_in(world.province_officer), "schools", query=query)) == [
        "TH&THCS A Một",
        "THCS B Một",
    ]
