"""Search from anywhere: what the words find, and that it stays inside the reader's places."""

import datetime

import pytest
from django.urls import reverse

from accounts.models import RoleGrant
from schools.enums import NamesKind
from schools.models import Area, Enrolment, NamesShown, Pupil
from schools.personal_data.selectors import seen_of_pupil
from schools.search.selectors import MOST_WORDS, SHOWN, words_of
from tests.world import enrol, make_class, make_school

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(sign_in):
    """Function: what a person finds by a text, {title of a part: links}."""

    def ask(user, text):
        answer = sign_in(user).get(reverse("schools:search"), {"q": text})
        assert answer.status_code == 200
        return answer

    return ask


def make_role(user, school, since):
    """A head of a school besides what the person is."""
    RoleGrant.objects.create(user=user, role="school_head", school=school, valid_from=since)


def names(answer):
    """Names of the pupils found, as the context has them."""
    return [spell.pupil.full_name for spell, _is_there in answer.context["pupils"]]


@pytest.mark.parametrize(
    "text", ["Giàng Thị Mai", "giang thi mai", "MAI GIANG", "mai gia", "  mai   g "]
)
def test_words_in_any_order_with_or_without_marks(world, found, text):
    assert names(found(world.head_a, text)) == ["Giàng Thị Mai"]


def test_a_word_begins_a_word_of_the_name(world, found):
    assert names(found(world.head_a, "iang")) == []
    assert names(found(world.head_a, "giang a")) == ["Giàng A Chua"]


def test_a_pupil_is_found_by_the_whole_identifier_alone(world, found):
    Pupil.objects.filter(full_name="Lò Thị Hương").update(
        ministry_id="1200000001", citizen_id="012215000001"
    )
    assert names(found(world.head_a, "1200000001")) == ["Lò Thị Hương"]
    assert names(found(world.head_a, "012215 000001")) == ["Lò Thị Hương"]
    assert names(found(world.head_a, "120000000")) == []


def test_only_what_lies_in_the_places_is_found(world, found):
    for person in (world.head_a, world.commune_officer, world.teacher_a):
        answer = found(person, "sung")
        assert names(answer) == []
        assert "Sùng A Páo" not in answer.content.decode()
    assert names(found(world.head_b, "sung")) == ["Sùng A Páo", "Lý Thị Sùng"]
    schools = found(world.head_a, "mot").context["found"].schools
    assert [school.pk for school in schools.items] == [world.school_a.pk]
    of_province = found(world.province_officer, "mot").context["found"]
    assert {school.pk for school in of_province.schools.items} == {
        world.school_a.pk,
        world.school_b.pk,
    }
    assert [area.name for area in of_province.communes.items] == ["A Một", "B Một"]


def test_higher_levels_and_members_find_no_child(world, found):
    for person in (world.province_officer, world.district_officer, world.member_user):
        answer = found(person, "giang thi mai")
        assert names(answer) == []
        assert not NamesShown.objects.exists()


def test_a_class_is_found_by_its_own_name(world, found):
    def classes(text):
        return [each.name for each, _list in found(world.head_a, text).context["classes"]]

    assert classes("6a") == ["6A"]
    assert classes("6A một") == ["6A"]
    # The school alone names no class.
    assert classes("a mot") == []


def test_who_left_is_found_where_the_child_was_and_said_to_be_gone(world, found):
    spell = Pupil.objects.get(full_name="Tẩn Tả Mẩy").spells.get()
    spell.valid_to = world.today - datetime.timedelta(days=3)
    spell.exit_reason = "dropout"
    spell.save()
    answer = found(world.head_a, "tan ta may")
    assert [is_there for _spell, is_there in answer.context["pupils"]] == [False]
    assert "không còn trong danh sách lớp" in answer.content.decode()


def test_a_child_with_two_spells_is_one_line_by_the_latest(world, found):
    pupil = Pupil.objects.get(full_name="Tẩn Tả Mẩy")
    other = make_class(world.school_a, world.year, "6C", "THCS", "6", [])
    spell = pupil.spells.get()
    spell.valid_to = world.today
    spell.exit_reason = "class"
    spell.save()
    enrol(pupil, other, world.today)
    ((line, is_there),) = found(world.head_a, "tan ta may").context["pupils"]
    assert (line.school_class, is_there) == (other, True)


def test_anonymous_records_are_not_found(world, found):
    Pupil.objects.filter(full_name="Ma A Dơ").update(
        anonymised_at=datetime.datetime.now(datetime.UTC)
    )
    assert names(found(world.head_a, "ma a do")) == []


def test_more_than_fit_are_told_and_not_shown(world, found):
    make_class(world.school_a, world.year, "7A", "THCS", "7", [f"Thào A {n}" for n in range(12)])
    answer = found(world.head_a, "thao")
    assert len(names(answer)) == SHOWN
    assert f"{SHOWN} kết quả đầu" in answer.content.decode()
    for number in range(SHOWN + 2):
        make_school(f"X{number}", f"Trường Xa {number}", "TH", world.commune_a, world.since)
    schools = found(world.province_officer, "truong xa").context["found"].schools
    assert len(schools.items) == SHOWN
    assert schools.has_more


def test_who_is_still_to_come_is_not_said_to_be_gone(world, found):
    """The latest spell that has begun is shown, else the one that a child comes for."""
    comes_on = world.today + datetime.timedelta(days=5)
    pupil = Pupil.objects.get(full_name="Tẩn Tả Mẩy")
    other = make_class(world.school_a, world.year, "6C", "THCS", "6", [])
    pupil.spells.update(valid_to=comes_on, exit_reason="class")
    enrol(pupil, other, comes_on)
    ((line, is_there),) = found(world.head_a, "tan ta may").context["pupils"]
    assert (line.school_class, is_there) == (world.class_a, True)
    pupil.spells.filter(school_class=world.class_a).delete()
    answer = found(world.head_a, "tan ta may")
    text = " ".join(answer.content.decode().split())
    assert names(answer) == ["Tẩn Tả Mẩy"]
    assert f"vào lớp từ {comes_on:%d/%m/%Y}" in text
    assert "không còn trong danh sách lớp" not in text


def test_what_is_shown_leaves_a_row_for_each_child(world, found):
    """Two searches of one class within minutes are two children, not one list of one name."""
    found(world.head_a, "giang")
    found(world.head_a, "tan ta")
    found(world.head_a, "tan ta may")
    rows = NamesShown.objects.all()
    shown = {(row.kind, row.pupil_id, row.school_class_id, row.school_id) for row in rows}
    assert len(rows) == 3
    assert shown == {
        (NamesKind.SEARCH, spell.pupil_id, spell.school_class_id, world.school_a.pk)
        for spell in Enrolment.objects.filter(
            pupil__full_name__in=["Giàng A Chua", "Giàng Thị Mai", "Tẩn Tả Mẩy"]
        )
    }
    assert {row.names for row in rows} == {1}


def test_who_saw_a_child_by_a_search_is_not_told_of_the_others_of_the_class(world, found):
    found(world.teacher_a, "giang a chua")
    seen, other = (
        seen_of_pupil(Pupil.objects.get(full_name=name)) for name in ("Giàng A Chua", "Ma A Dơ")
    )
    assert [row.user for row in seen] == [world.teacher_a]
    assert list(other) == []


def test_a_teacher_finds_the_children_of_the_own_class_alone(world, found):
    answer = found(world.teacher_a, "giang")
    assert names(answer) == ["Giàng A Chua"]
    everything = answer.context["found"]
    assert not any([everything.communes, everything.schools, everything.classes])


def test_a_role_that_ended_finds_nothing_more(world, found):
    def kinds(text):
        every = found(world.commune_officer, text).context["found"]
        return [bool(hits) for hits in (every.communes, every.schools, every.classes, every.pupils)]

    before = [kinds(text) for text in ("a mot", "6a", "giang")]
    assert before == [[True, True, False, False], [False, False, True, False], [False] * 3 + [True]]
    world.commune_officer.grants.update(valid_to=world.today)
    # Another role, so that the page opens at all.
    make_role(world.commune_officer, world.school_b, world.since)
    assert [kinds(text) for text in ("a mot", "6a", "giang")] == [[False] * 4] * 3
    assert kinds("6b") == [False, False, True, False]


def test_a_role_ends_with_its_area(world, found):
    Area.objects.filter(pk=world.commune_a.pk).update(valid_to=world.today)
    make_role(world.commune_officer, world.school_b, world.since)
    assert not found(world.commune_officer, "giang").context["found"]
    assert not found(world.commune_officer, "6a").context["found"]


def test_each_kind_stands_in_the_order_of_its_names(world, found):
    make_class(world.school_a, world.year, "6Đ", "THCS", "6", ["Giàng Đ", "Giàng Anh"])
    make_class(world.school_a, world.year, "6D", "THCS", "6", ["Giàng Dơ"])
    answer = found(world.commune_officer, "giang")
    assert [pupil_name for pupil_name in names(answer) if len(pupil_name.split()) == 2] == [
        "Giàng Anh",
        "Giàng Dơ",
        "Giàng Đ",
    ]
    classes = [each.name for each, _list in found(world.head_a, "6 mot").context["classes"]]
    assert classes == ["6A", "6D", "6Đ"]


@pytest.mark.parametrize("text", ["", "a", " . ", "%", "_", "'", "a%' OR 1=1"])
def test_texts_that_name_nothing_find_nothing(world, found, text):
    assert names(found(world.head_a, text)) == []


def test_few_letters_are_told_and_words_are_bounded(world, found):
    assert "ít nhất hai chữ" in found(world.head_a, "a").content.decode()
    assert len(words_of("lo " * 40)) == MOST_WORDS
    assert names(found(world.head_a, "x" * 101)) == []


def test_the_search_stands_in_the_head_of_those_with_more_than_a_class(world, sign_in):
    address = reverse("schools:search")
    for person, expected in [
        (world.head_a, True),
        (world.province_officer, True),
        (world.member_user, True),
        (world.teacher_a, False),
        (world.nobody, False),
    ]:
        page = sign_in(person).get(reverse("help")).content.decode()
        assert (f'href="{address}"' in page) == expected, person
