"""The survey entered and corrected in the browser: as the import would, one by one."""

import datetime
import uuid

import pytest
from django.urls import reverse

from accounts.scoping import scope_for
from core.event_words import told as told_events
from core.models import Event
from mobilisation.matching.selectors.lists import to_bring
from mobilisation.matching.services.matching import (
    confirm,
    confirm_certain,
    search_for,
    search_rolls,
    undo,
)
from mobilisation.models import (
    Household,
    Match,
    Proposal,
    SurveyEntry,
    SurveyPerson,
    SurveyRound,
)
from mobilisation.survey_entry import views
from mobilisation.survey_entry.selectors import seen_of
from mobilisation.surveys.selectors.children import children_of
from mobilisation.surveys.services import anonymising
from mobilisation.surveys.services.rounds import open_round
from schools.event_log.selectors import events_for
from schools.models import NamesShown, Pupil
from tests.html_query import read
from tests.mobilisation.case_builders import follow
from tests.mobilisation.survey_workbooks import (
    make_child,
    make_round,
    receive,
    save,
    survey_row,
)

pytestmark = pytest.mark.django_db
TENH = {
    "full_name": "Giàng A Tếnh",
    "day": "3",
    "month": "9",
    "year": "2015",
    "sex": "M",
    "ethnic_group": "08",
    "presence": "lives",
}


@pytest.fixture
def client(world, sign_in):
    return sign_in(world.commune_officer)


@pytest.fixture
def home(world):
    make_round(world.commune_a)
    return Household.objects.create(
        commune=world.commune_a, village="Háng Lìa", form_number="001", head_name="Giàng A Của"
    )


def post(client, name, *args, follow=True, **told):
    url = reverse(f"mobilisation:{name}", args=args)
    return client.post(url, told | {"operation": str(uuid.uuid4())}, follow=follow)


def values_of(answer):
    """What the form of a page would send."""
    values = {each.name: each.value() for each in answer.context["form"]}
    return {name: value for name, value in values.items() if value not in (None, False)}


def correct(client, entry, **told):
    """What the page of a person shows, sent back with changes."""
    page = client.get(reverse("mobilisation:person", args=[entry.person_id]))
    return post(client, "person", entry.person_id, **values_of(page) | told)


def last(kind):
    return Event.objects.filter(kind=kind).latest("pk")


def test_a_household_and_its_first_child(world, client):
    make_child(make_round(world.commune_a), "Lò Văn Một", form="002")
    answer = post(
        *(client, "household_add", world.commune_a.pk),
        village="bản hang lìa",
        form_number="9",
        head_name="Sùng A Páo",
        residence="perm",
    )
    made = Household.objects.get(form_number="9")
    assert made.village == "Háng Lìa"  # as its other households have it
    assert answer.redirect_chain[-1][0] == reverse("mobilisation:household", args=[made.pk])
    event = last("survey.household_entered")
    assert event.area_id == world.commune_a.pk
    assert event.changes["head_given_name"] == [None, "Sùng A Páo"]
    answer = post(client, "person_add", made.pk, **TENH | {"grade": "6", "citizen_id": ""})
    entry = SurveyEntry.objects.get(household=made)
    person = entry.person
    assert (person.full_name, person.birth_date) == ("Giàng A Tếnh", datetime.date(2015, 9, 3))
    assert (entry.grade, entry.can_learn, entry.is_carried) == (6, True, False)
    assert "Giàng A Tếnh" in read(answer).text
    event = last("survey.person_entered")
    assert event.object_name == "Giàng A Tếnh"
    assert event.part_of == f"mobilisation.household:{made.pk}"
    assert event.changes["given_name"] == [None, "Giàng A Tếnh"]
    assert NamesShown.objects.filter(user=world.commune_officer, kind="survey").exists()


def test_a_form_number_stands_once_in_a_village(world, client, home):
    told = {"village": "Háng Lìa", "form_number": "001", "residence": "perm"}
    answer = post(client, "household_add", world.commune_a.pk, **told)
    assert answer.status_code == 422
    assert "đã có hộ mang số phiếu này" in read(answer).text
    post(client, "household_add", world.commune_a.pk, **told | {"village": "Nậm Cáy"})
    assert Household.objects.filter(form_number="001").count() == 2


def test_what_is_written_equals_what_the_import_writes(world, client, home):
    """The same words, in a file for one commune and in the form for another."""
    told = {"grade": "6", "class_name": "6A", "school_name": "Trường A", "finished_year": "2026"}
    row = survey_row(**told, finished_level="TH", dis_sight="x", can_learn="Có")
    save(receive(world, row, commune=world.commune_a2))
    more = {"finished_level": "primary", "has_disability": "on"}
    level = SurveyEntry.objects.get(survey_round__commune=world.commune_a2).finished_level
    post(client, "person_add", home.pk, **TENH | told | more | {"finished_level": level})
    fields = [
        each.name
        for each in SurveyEntry._meta.get_fields()
        if each.name not in ("id", "survey_round", "person", "household")
    ]
    one, two = (
        SurveyEntry.objects.filter(survey_round__commune=commune).values(*fields).get()
        for commune in (world.commune_a, world.commune_a2)
    )
    assert one == two
    persons = list(
        SurveyPerson.objects.values("full_name", "name_key", "birth_date", "sex", "ethnic_group")
    )
    assert persons[0] == persons[1]


@pytest.mark.parametrize(
    ("told", "field", "sentence"),
    [
        ({"full_name": "Giàng 7"}, "full_name", "không giống họ tên"),
        ({"day": "31", "month": "2"}, "day", "Không có ngày này"),
        ({"day": "3", "month": ""}, "day", "thiếu"),
        ({"year": "15"}, "year", "năm sinh"),
        ({"year": "1950"}, "year", "trên 60 tuổi"),
        ({"grade": "6", "dropped_grade": "5"}, "dropped_grade", "bỏ học"),
        ({"unable": "on"}, "unable", "khuyết tật"),
        ({"citizen_id": "123"}, "citizen_id", "12 chữ số"),
        ({"sex": ""}, "sex", "Hãy chọn"),
    ],
)
def test_what_the_import_refuses_the_form_refuses(client, home, told, field, sentence):
    answer = post(client, "person_add", home.pk, **TENH | told)
    assert answer.status_code == 422
    form = answer.context["form"]
    said = " ".join(form.errors.get(field, []))
    assert sentence.casefold() in said.casefold(), form.errors
    assert not SurveyPerson.objects.exists()


def test_day_and_month_may_stay_unknown(client, home):
    post(client, "person_add", home.pk, **TENH | {"day": "", "month": ""})
    person = SurveyPerson.objects.get()
    assert (person.birth_year, person.birth_date) == (2015, None)


def test_who_is_on_record_is_asked_about_once(world, client, home):
    make_child(make_round(world.commune_a), "Giàng A Tếnh", datetime.date(2015, 9, 3), form="7")
    answer = post(client, "person_add", home.pk, **TENH)
    assert answer.status_code == 422
    assert "Háng Lìa · 7" in read(answer).text
    assert SurveyPerson.objects.count() == 1
    post(client, "person_add", home.pk, **TENH | {"is_another": "on"})
    assert SurveyPerson.objects.count() == 2


def test_a_number_of_another_is_refused_even_so(world, client, home):
    number = "012015000001"
    make_child(make_round(world.commune_a), "Lò Văn Hai", form="7", citizen_id=number)
    told = TENH | {"citizen_id": number, "is_another": "on"}
    answer = post(client, "person_add", home.pk, **told)
    assert answer.status_code == 422
    assert "Lò Văn Hai" in str(answer.context["form"].errors["citizen_id"])
    entry = make_child(make_round(world.commune_a), "Lò Văn Ba", form="8")
    answer = correct(client, entry, citizen_id=number)
    assert answer.status_code == 422


def test_a_correction_tells_what_was_and_what_is(world, client):
    survey_round = make_round(world.commune_a)
    entry = make_child(
        survey_round, "Giàng A Tenh", datetime.date(2015, 3, 9), grade=5, is_carried=True
    )
    correct(client, entry, full_name="Giàng A Tếnh", day="9", grade="6")
    now = SurveyEntry.objects.get(person=entry.person_id)
    assert (now.person.full_name, now.grade, now.is_carried) == ("Giàng A Tếnh", 6, False)
    changes = last("survey.person_corrected").changes
    assert changes["given_name"] == ["Giàng A Tenh", "Giàng A Tếnh"]
    assert changes["grade"] == ["5", "6"]
    assert changes["is_carried"] == [True, False]
    assert "citizen_id" not in changes
    page = read(client.get(reverse("schools:events"))).text
    assert "Giàng A Tenh" in page


@pytest.mark.parametrize("kept", ["GIÀNG A TẾNH", "giàng a tếnh"])
@pytest.mark.parametrize("by_file", [True, False])
def test_a_name_in_wrong_capitals_is_corrected(world, client, kept, by_file):
    entry = make_child(make_round(world.commune_a), kept, datetime.date(2015, 9, 3), grade=5)
    if by_file:
        save(receive(world, survey_row(grade=5)))
    else:
        correct(client, entry, full_name="Giàng A Tếnh")
    assert SurveyPerson.objects.get().full_name == "Giàng A Tếnh"


@pytest.mark.parametrize("typed", ["GIÀNG A TẾNH", "giàng a tếnh"])
def test_a_name_typed_in_wrong_capitals_is_written_as_names_are(world, client, home, typed):
    last_name, given_name = typed.rsplit(" ", 1)
    told = {"last_name": last_name, "given_name": given_name, "head_given_name": typed}
    save(receive(world, survey_row(**told), commune=world.commune_a2))
    post(client, "person_add", home.pk, **TENH | {"full_name": typed})
    assert set(SurveyPerson.objects.values_list("full_name", flat=True)) == {"Giàng A Tếnh"}
    assert Household.objects.get(commune=world.commune_a2).head_name == "Giàng A Tếnh"


def test_a_tone_mark_elsewhere_changes_a_name_by_hand_alone(world, client):
    entry = make_child(make_round(world.commune_a), "Lò Văn Hoà", datetime.date(2015, 9, 3))
    row = survey_row(last_name="Lò Văn", given_name="Hòa")
    save(receive(world, row))
    assert SurveyPerson.objects.get().full_name == "Lò Văn Hoà"
    correct(client, entry, full_name="Lò Văn Hòa")
    assert SurveyPerson.objects.get().full_name == "Lò Văn Hòa"


def test_what_was_wrong_can_be_emptied(world, client):
    entry = make_child(
        make_round(world.commune_a), "Lò Văn Hai", datetime.date(2015, 1, 1), citizen_id="0" * 12
    )
    correct(client, entry, day="", month="", citizen_id="")
    person = SurveyPerson.objects.get()
    assert (person.birth_date, person.citizen_id, person.birth_year) == (None, "", 2015)


def test_saving_without_a_change_says_that_it_was_asked(world, client):
    entry = make_child(make_round(world.commune_a), "Lò Văn Hai", is_carried=True)
    correct(client, entry)
    assert not SurveyEntry.objects.get().is_carried
    events = Event.objects.filter(kind="survey.person_corrected")
    assert events.count() == 1
    correct(client, SurveyEntry.objects.get())
    assert events.count() == 1  # nothing was decided the second time


def test_two_who_correct_one_person(world, client):
    entry = make_child(make_round(world.commune_a), "Lò Văn Hai", grade=5)
    seen = seen_of(entry)
    SurveyEntry.objects.update(grade=7)
    answer = correct(client, entry, seen=seen, grade="6")
    assert answer.status_code == 422
    assert "Có người khác vừa sửa" in read(answer).text
    assert SurveyEntry.objects.get().grade == 7
    values = values_of(answer)
    post(client, "person", entry.person_id, **values)
    assert SurveyEntry.objects.get().grade == 6


def test_somebody_moves_to_another_household(world, client, home):
    entry = make_child(make_round(world.commune_a), "Lò Văn Hai", form="005")
    correct(client, entry, household=home.pk)
    assert SurveyEntry.objects.get().household == home
    assert last("survey.person_corrected").changes["form_number"][0] == "Háng Lìa · 005"
    home.refresh_from_db()
    assert home.head_name == "Giàng A Của"


def test_a_household_is_corrected(world, client, home):
    url = reverse("mobilisation:household_change", args=[home.pk])
    values = values_of(client.get(url))
    told = values | {"form_number": "01b", "head_name": "", "phone": "0912345678"}
    post(client, "household_change", home.pk, **told)
    home.refresh_from_db()
    assert (home.form_number, home.head_name, home.phone) == ("01b", "", "0912345678")
    assert last("survey.household_corrected").changes["form_number"] == ["001", "01b"]
    answer = post(client, "household_change", home.pk, **told | {"phone": "1"})
    assert answer.status_code == 422
    answer = post(client, "household_change", home.pk, **told | {"address": "Đầu bản"})
    assert "Có người khác vừa sửa" in read(answer).text


# --- Removed and put back ---------------------------------------------------------------------


def test_removed_counts_nowhere_and_comes_back(world, client):
    survey_round = make_round(world.commune_a)
    entry = make_child(survey_round, "Lò Văn Hai", form="005")
    answer = post(client, "person_remove", entry.person_id, removal="twice", note="hộ 003")
    assert "Đã bỏ: 1" in read(answer).text
    assert children_of(survey_round).all.total == 0
    event = last("survey.person_removed")
    assert (event.reason, event.changes["removal"][1]) == ("hộ 003", "Nhập hai lần")
    again = post(client, "person_remove", entry.person_id, removal="twice", note="")
    assert again.status_code == 422
    page = client.get(reverse("mobilisation:person", args=[entry.person_id]))
    assert page.status_code == 302
    post(client, "person_restore", entry.person_id)
    assert children_of(survey_round).all.total == 1
    post(client, "person_restore", entry.person_id)
    assert Event.objects.filter(kind="survey.person_restored").count() == 1


@pytest.mark.parametrize(("removal", "outcome"), [("none", "mistake"), ("other", "moved")])
def test_who_was_removed_is_followed_no_more(world, client, removal, outcome):
    entry = make_child(make_round(world.commune_a), "Lò Văn Hai")
    make_child(make_round(world.commune_a, 2025), "Lò Văn Ba", form="2")
    SurveyEntry.objects.create(
        survey_round=make_round(world.commune_a, 2025),
        person=entry.person,
        household=entry.household,
    )
    case = follow(world, person=entry)
    page = client.get(reverse("mobilisation:person_remove", args=[entry.person_id]))
    assert f"Em này đang được {world.commune_officer} theo dõi" in read(page).text
    assert to_bring(entry.survey_round, world.today).count() == 1
    post(client, "person_remove", entry.person_id, removal=removal)
    case.refresh_from_db()
    assert (case.state, case.outcome, case.closed_by) == ("closed", outcome, world.commune_officer)
    assert "Bỏ khỏi phiếu điều tra" in case.closing_note
    assert last("case.closed").object_id == str(case.pk)
    assert not to_bring(entry.survey_round, world.today).exists()
    # An entry of a round before is no way to begin again.
    url = reverse("mobilisation:case_of_person", args=[entry.person_id])
    assert client.get(url).status_code == 404
    post(client, "person_restore", entry.person_id)
    assert client.get(url).status_code == 200


def test_a_pupil_is_followed_without_its_entry(world, client):
    entry, pupil = matched(world)
    case = follow(world, pupil, person=entry)
    page = client.get(reverse("mobilisation:person_remove", args=[entry.person_id]))
    assert "đang được" not in read(page).text
    post(client, "person_remove", entry.person_id, removal="twice")
    case.refresh_from_db()
    assert case.state == "open"


def test_who_was_removed_is_not_carried_on(world, client):
    entry = make_child(make_round(world.commune_a, 2025), "Lò Văn Hai")
    make_child(make_round(world.commune_a, 2025), "Lò Văn Ba", form="2")
    post(client, "person_remove", entry.person_id, removal="none")
    post(client, "round_open", world.commune_a.pk)
    opened = SurveyRound.objects.get(year=world.today.year)
    assert [each.person.full_name for each in opened.entries.all()] == ["Lò Văn Ba"]
    assert opened.entries.get().is_carried
    post(client, "round_open", world.commune_a.pk)
    assert SurveyRound.objects.count() == 2
    # Only the latest round is entered.
    page = client.get(reverse("mobilisation:person", args=[entry.person_id]))
    assert page.status_code == 404


def test_an_import_after_a_removal(world, client):
    """A file that has the person again enters it again; the removed one cannot come back too."""
    save(receive(world, survey_row()))
    entry = SurveyEntry.objects.get()
    post(client, "person_remove", entry.person_id, removal="none")
    save(receive(world, survey_row()))
    assert SurveyEntry.objects.count() == 1
    answer = post(client, "person_restore", entry.person_id)
    assert "đã có" in read(answer).text.casefold()
    assert SurveyEntry.objects.count() == 1


# --- The rolls --------------------------------------------------------------------------------


def matched(world, name="Giàng A Chua"):
    pupil = Pupil.objects.get(full_name=name)
    entry = make_child(
        make_round(world.commune_a),
        pupil.full_name,
        pupil.birth_date,
        sex=pupil.sex,
        ethnic_group=pupil.ethnic_group,
    )
    Match.objects.create(
        person=entry.person,
        pupil=pupil,
        score=100,
        confirmed_by=world.commune_officer,
        confirmed_at=datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC),
    )
    return entry, pupil


def test_a_match_outlives_a_correction_and_ends_when_somebody_is_gone(world, client):
    entry, pupil = matched(world)
    correct(client, entry, class_name="6A")
    assert Match.objects.filter(pupil=pupil).exists()
    correct(client, SurveyEntry.objects.get(), presence="left")
    assert not Match.objects.exists()
    assert last("survey.person_corrected").changes["match"] == [True, False]


def test_of_two_entries_of_one_child_the_other_is_proposed(world, client):
    entry, pupil = matched(world)
    twin = make_child(
        entry.survey_round,
        pupil.full_name,
        pupil.birth_date,
        form="9",
        sex=pupil.sex,
        ethnic_group=pupil.ethnic_group,
    )
    post(client, "person_remove", entry.person_id, removal="twice")
    assert not Match.objects.exists()
    assert Proposal.objects.get(pupil=pupil).person_id == twin.person_id


def test_a_new_child_is_proposed_at_once(world, client, home):
    pupil = Pupil.objects.get(full_name="Giàng A Chua")
    born = pupil.birth_date
    told = {"full_name": pupil.full_name, "day": born.day, "month": born.month, "year": born.year}
    told |= {"sex": pupil.sex, "ethnic_group": pupil.ethnic_group, "presence": "lives"}
    post(client, "person_add", home.pk, **told)
    proposal = Proposal.objects.get(pupil=pupil)
    assert proposal.is_certain
    # Somebody else is as much like the pupil: neither is certain any more.
    post(client, "person_add", home.pk, **told | {"is_another": "on"})
    assert [each.is_certain for each in Proposal.objects.filter(pupil=pupil)] == [False, False]
    # Found to be somebody else, it stands in nobody's way any more; nor struck off.
    second = SurveyEntry.objects.latest("pk")
    correct(client, second, full_name="Lò Thị Xuân", sex="F", day="1", month="1")
    assert Proposal.objects.get(pupil=pupil).is_certain
    correct(client, SurveyEntry.objects.latest("pk"), **told)
    assert not Proposal.objects.filter(pupil=pupil, is_certain=True).exists()
    post(client, "person_remove", second.person_id, removal="none")
    assert Proposal.objects.get(pupil=pupil).is_certain


def test_the_search_for_one_finds_what_the_whole_search_finds(world):
    survey_round = make_round(world.commune_a)
    for number, pupil in enumerate(Pupil.objects.order_by("pk")[:12]):
        make_child(
            survey_round,
            pupil.full_name,
            pupil.birth_date,
            form=str(number),
            sex=pupil.sex,
            ethnic_group=pupil.ethnic_group,
        )
    search_rolls(survey_round=survey_round, on=world.today, by=None)
    fields = ("person_id", "pupil_id", "score", "is_certain")
    whole = set(Proposal.objects.values_list(*fields))
    assert whole
    for person in SurveyPerson.objects.all():
        search_for(survey_round=survey_round, person=person.pk, on=world.today)
    assert set(Proposal.objects.values_list(*fields)) == whole


# --- Who reads it -----------------------------------------------------------------------------


def test_events_of_persons_are_read_where_the_survey_is_kept(world, client, home):
    post(client, "person_add", home.pk, **TENH)
    kinds = {"survey.person_entered"}

    def readable(person):
        return events_for(scope_for(person)).filter(kind__in=kinds).count()

    assert readable(world.commune_officer) == 1
    assert readable(world.province_officer) == 0


def test_events_of_the_survey_are_told_in_words(world, client, home):
    """No key of a row, no name of a field, no code: what stands in the list is read by people."""
    save(receive(world, survey_row()))
    entry, pupil = matched(world)
    values = values_of(client.get(reverse("mobilisation:household_change", args=[home.pk])))
    told = values | {"residence": "temp", "phone": "0912345678"}
    post(client, "household_change", home.pk, **told)
    add = {"village": "X", "form_number": "7", "residence": "perm"}
    post(client, "household_add", world.commune_a.pk, **add)
    post(client, "person_add", home.pk, **TENH | {"full_name": "Lò Thị Xuân", "grade": "6"})
    correct(client, entry, presence="left")
    correct(client, SurveyEntry.objects.get(person=entry.person_id), presence="lives")
    search_rolls(survey_round=entry.survey_round, on=world.today, by=world.commune_officer)
    confirm_certain(survey_round=entry.survey_round, seen=1, by=world.commune_officer)
    post(client, "person_remove", entry.person_id, removal="twice")
    post(client, "person_restore", entry.person_id)
    match = confirm(proposal=Proposal.objects.get(pupil=pupil), by=world.commune_officer)
    undo(match=match, area=world.commune_a.pk, by=world.commune_officer)
    open_round(commune=world.commune_a, year=2027, by=world.commune_officer)
    worded = told_events(Event.objects.filter(kind__startswith="survey.").order_by("pk"))
    changes = [change for each in worded for change in each.changes]
    assert not [each.label for each in changes if each.label.isascii()]
    told = {each.event.kind: {c.label: (c.old, c.new) for c in each.changes} for each in worded}
    assert told["survey.household_corrected"]["Diện cư trú"] == ("Thường trú", "Tạm trú")
    assert told["survey.searched"]["cặp có thể là một em"] == ("—", "0")
    rolls = "khớp với danh sách lớp"
    assert told["survey.person_corrected"].get(rolls) is None  # the second says nothing of it
    assert told["survey.person_removed"][rolls] == ("có", "không")
    assert told["survey.matched"]["học sinh"] == ("—", f"{world.class_a} · {world.school_a}")
    keys = {str(each) for each in (pupil.pk, entry.person_id)}
    assert not keys & {c.new for c in changes if c.label in (rolls, "học sinh")}


def test_of_a_pupil_of_elsewhere_the_event_says_no_class(world):
    pupil = Pupil.objects.get(full_name="Lò Văn Hặc")
    entry = make_child(make_round(world.commune_a), pupil.full_name, pupil.birth_date)
    proposal = Proposal.objects.create(
        survey_round=entry.survey_round, person=entry.person, pupil=pupil, score=99, is_certain=True
    )
    confirm(proposal=proposal, by=world.commune_officer)
    assert last("survey.matched").changes["pupil"] == [None, "ở trường ngoài xã"]


def test_made_anonymous_the_events_say_nothing_of_whom(world, client):
    entry = make_child(make_round(world.commune_a), "Lò Văn Hai")
    correct(client, entry, full_name="Lò Văn Ba")
    anonymising.anonymise([entry.person_id])
    event = last("survey.person_corrected")
    assert (event.object_name, event.changes) == ("", {})
    assert event.actor == world.commune_officer


def test_who_was_made_anonymous_is_a_line_without_a_name(world, client):
    """Counted as before, listed without a way to a page that is there no more."""
    survey_round = make_round(world.commune_a)
    old, gone, kept = (
        make_child(survey_round, name, form="005")
        for name in ("Lò Văn Hai", "Lò Văn Ba", "Lò A Tư")
    )
    post(client, "person_remove", gone.person_id, removal="twice")
    anonymising.anonymise([old.person_id, gone.person_id])
    page = read(client.get(reverse("mobilisation:household", args=[old.household_id])))
    assert page.text.count("Đã ẩn danh") == 2
    assert "Đưa trở lại" not in page.text
    assert len(page.texts("ul.list strong")) == 1
    assert NamesShown.objects.latest("pk").names == 2  # who has a name, and the head
    homes = reverse("mobilisation:households", args=[world.commune_a.pk]) + "?village=hang+lia"
    assert client.get(homes).context["homes"][0].people == 2
    assert [each.person for each in to_bring(survey_round, world.today)] == [kept.person]
    village = reverse("mobilisation:village", args=[world.commune_a.pk]) + "?village=hang+lia"
    text = read(client.get(village)).text
    assert (text.count("Đã ẩn danh"), text.count("Theo dõi")) == (1, 1)
    missing = reverse("mobilisation:missing", args=[world.commune_a.pk])
    text = read(client.get(missing + "?rate=mobilised_11_14")).text
    assert (text.count("Đã ẩn danh"), text.count("Theo dõi")) == (1, 1)
    answer = send(client, world, person=old.person_id, seen=seen_of(old), form_number="005")
    assert answer.status_code == 404
    restored = post(client, "person_restore", gone.person_id)
    assert restored.status_code == 404
    anonymising.anonymise([kept.person_id])
    assert client.get(village).status_code == 200


def opened(client, name, *args, query="", **told):
    """How many names the trail has of one page opened, or of one form refused."""
    NamesShown.objects.all().delete()
    url = reverse(f"mobilisation:{name}", args=args) + query
    answer = client.post(url, told) if told else client.get(url)
    assert answer.status_code == (422 if told else 200)
    return sum(NamesShown.objects.values_list("names", flat=True))


def test_every_name_on_a_page_is_counted(world, client):
    """People, heads of households once each, among whom to choose, who is named in a refusal."""
    survey_round, area = make_round(world.commune_a), world.commune_a.pk
    one, two = (make_child(survey_round, f"Lò Văn {each}", form="005") for each in ("Hai", "Ba"))
    number = "012015000001"
    make_child(survey_round, "Lò Văn Tư", form="006", citizen_id=number)
    nameless = make_child(survey_round, "Lò Văn Năm", form="007").household_id
    Household.objects.filter(pk=nameless).update(head_name="")
    village = "?village=hang+lia"
    assert opened(client, "households", area, query=village) == 2
    assert opened(client, "village", area, query=village) == 6
    assert opened(client, "rolls", area) == 6
    assert opened(client, "household", one.household_id) == 3
    assert opened(client, "household_change", one.household_id) == 1
    assert opened(client, "household_change", nameless) == 0
    assert opened(client, "person", two.person_id) == 3
    assert opened(client, "person_add", nameless) == 0
    told = TENH | {"citizen_id": number}
    assert opened(client, "person_add", nameless, **told) == 1
    assert opened(client, "person_add", one.household_id, **told) == 2
    told = values_of(client.get(reverse("mobilisation:person", args=[one.person_id])))
    assert opened(client, "person", one.person_id, **told | {"citizen_id": number}) == 4
    NamesShown.objects.all().delete()
    refused = send(client, world, told=TENH | {"citizen_id": number})
    assert (refused.status_code, "Lò Văn Tư" in refused.json()["message"]) == (422, True)
    assert NamesShown.objects.get().names == 1


def test_households_come_page_by_page(world, client):
    survey_round = make_round(world.commune_a)
    for number in range(1, 121):
        make_child(survey_round, f"Lò Văn {number}", form=f"{number}")
    url = reverse("mobilisation:households", args=[world.commune_a.pk]) + "?village=hang+lia"
    first, second = client.get(url), client.get(url + "&page=2")
    numbers = [
        [each.household.form_number for each in answer.context["page"]]
        for answer in (first, second)
    ]
    assert numbers == [[str(n) for n in range(1, 101)], [str(n) for n in range(101, 121)]]
    assert "120 hộ, 120 người" in read(second).text
    counts = NamesShown.objects.order_by("-names").values_list("names", flat=True)
    assert list(counts) == [100, 20]
    kept = client.get(url + "&take=1").context["kept"]
    assert len(kept["homes"]) == 120
    assert NamesShown.objects.get(kind="pocket").names == 240


def test_what_a_device_does_not_keep_is_told(world, client, monkeypatch):
    survey_round = make_round(world.commune_a)
    for number in (1, 2, 3):
        make_child(survey_round, f"Lò Văn {number}", form=f"{number}")
    monkeypatch.setattr(views, "MOST_HOMES", 2)
    url = reverse("mobilisation:households", args=[world.commune_a.pk]) + "?village=hang+lia"
    assert "còn 1 hộ" not in read(client.get(url)).text
    assert "còn 1 hộ" in read(client.get(url + "&take=1")).text


def test_find_a_household(world, client, home):
    make_child(make_round(world.commune_a), "Lò Văn Hai", form="10")
    url = reverse("mobilisation:households", args=[world.commune_a.pk]) + "?village=hang+lia"
    text = read(client.get(url)).text
    assert text.index("001") < text.index("10")
    assert "chưa có ai trong đợt điều tra này" in text
    assert "10" not in "".join(read(client.get(url + "&find=001")).texts("ul.list a"))
    assert client.get(url.replace("hang+lia", "khong+co")).status_code == 404


def test_every_household_of_a_village_is_listed(world, client, home):
    """Also who has nobody in the round: no more than a form number that is taken disappears."""
    before = make_round(world.commune_a, 2025)
    make_child(before, "Lò Văn Hai", form="002", presence="left")
    removed = make_child(make_round(world.commune_a), "Lò Văn Ba", form="003")
    post(client, "person_remove", removed.person_id, removal="none")
    make_child(make_round(world.commune_a), "Lò Văn Bốn", form="004", is_carried=True)
    make_child(before, "Lò Văn Năm", form="004")
    url = reverse("mobilisation:households", args=[world.commune_a.pk]) + "?village=hang+lia"
    page = client.get(url)
    homes = [
        (each.household.form_number, each.people, each.not_asked) for each in page.context["homes"]
    ]
    assert homes == [("001", 0, 0), ("002", 0, 0), ("003", 0, 0), ("004", 1, 1)]
    kept = client.get(url + "&take=1").context["kept"]
    assert [each["number"] for each in kept["homes"]] == ["001", "002", "003", "004"]
    # A village of such households alone is reached from the commune.
    make_child(before, "Lò Văn Sáu", village="Nậm Cáy", form="1", presence="left")
    commune = client.get(reverse("mobilisation:commune", args=[world.commune_a.pk]))
    assert "Nậm Cáy" in commune.context["childless"].values()
    assert client.get(url.replace("hang+lia", "nam+cay")).status_code == 200


def test_the_second_sending_writes_nothing(client, home):
    url = reverse("mobilisation:person_add", args=[home.pk])
    told = TENH | {"operation": str(uuid.uuid4())}
    for _time in range(2):
        assert client.post(url, told).status_code == 302
    assert SurveyPerson.objects.count() == 1


def test_a_year_is_opened_once(world):
    make_child(make_round(world.commune_a, 2025), "Lò Văn Hai")
    one = open_round(commune=world.commune_a, year=2026, by=world.commune_officer)
    assert open_round(commune=world.commune_a, year=2026, by=world.commune_officer) == one


# --- From a device ----------------------------------------------------------------------------

DEVICE = {"village": "Háng Lìa", "form_number": "001", "told": TENH}


def send(client, world, **more):
    url = reverse("api:survey_persons", args=[world.commune_a.pk])
    body = DEVICE | {"op_id": str(uuid.uuid4())} | more
    return client.post(url, body, content_type="application/json")


def test_a_device_sends_a_person_once(world, client, home):
    op = str(uuid.uuid4())
    first, second = (send(client, world, op_id=op) for _time in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert SurveyPerson.objects.count() == 1
    assert send(client, world, op_id=op, form_number="2").status_code == 409
    assert send(client, world, sender="another").status_code == 403


def test_a_lost_answer_is_answered_from_what_is_noted(world, client, home):
    """Whatever became of the person meanwhile: corrected by another, gone with a new round."""
    op = str(uuid.uuid4())
    first = send(client, world, op_id=op)
    SurveyEntry.objects.update(grade=7)
    again = send(client, world, op_id=op)
    assert (again.status_code, again.json()) == (200, first.json())
    # So a correction made of it takes nothing of the other's away unseen.
    person, seen = (first.json()[key] for key in ("person", "seen"))
    changed = send(client, world, person=person, seen=seen, told=TENH | {"grade": "6"})
    assert (changed.status_code, changed.json()["code"]) == (409, "changed")
    post(client, "person_remove", person, removal="none")
    open_round(commune=world.commune_a, year=2027, by=world.commune_officer)
    again = send(client, world, op_id=op)
    assert (again.status_code, again.json()) == (200, first.json())
    assert SurveyPerson.objects.count() == 1


def test_a_new_form_number_is_a_new_household(world, client, home):
    answer = send(client, world, form_number="77", head_name="Lò Văn Páo", village="hang lia")
    assert answer.status_code == 201
    made = Household.objects.get(form_number="77")
    assert (made.village, made.head_name) == ("Háng Lìa", "Lò Văn Páo")
    # Refused, nothing of it stays.
    refused = send(client, world, form_number="78", told=TENH | {"full_name": "Giàng 7"})
    assert refused.status_code == 422
    assert "Họ và tên" in refused.json()["message"]
    assert not Household.objects.filter(form_number="78").exists()


def test_a_device_corrects_what_it_has_seen(world, client):
    entry = make_child(make_round(world.commune_a), "Giàng A Tenh", is_carried=True)
    told = {"person": entry.person_id, "told": TENH | {"grade": "6"}}
    stale = send(client, world, **told, seen="0" * 16)
    assert (stale.status_code, stale.json()["code"]) == (409, "changed")
    done = send(client, world, **told, seen=stale.json()["seen"])
    assert done.status_code == 201
    now = SurveyEntry.objects.get()
    assert (now.person.full_name, now.grade, now.is_carried) == ("Giàng A Tếnh", 6, False)
    assert done.json()["seen"] == seen_of(now)


def test_who_is_alike_is_asked_of_the_device_too(world, client, home):
    send(client, world)
    again = send(client, world, form_number="2")
    assert (again.status_code, again.json()["code"]) == (422, "known")
    told = TENH | {"is_another": "on"}
    assert send(client, world, form_number="2", told=told).status_code == 201


def test_what_a_device_keeps_is_in_the_trail(world, client):
    survey_round = make_round(world.commune_a)
    entry = make_child(survey_round, "Lò Văn Hai", datetime.date(2015, 1, 2), grade=5)
    make_child(survey_round, "Lò Văn Ba", form="7")
    url = reverse("mobilisation:households", args=[world.commune_a.pk])
    kept = client.get(url + "?village=hang+lia&take=1").context["kept"]
    shown = NamesShown.objects.get(user=world.commune_officer)
    assert (shown.kind, shown.names) == ("pocket", 4)
    (person,) = kept["homes"][0]["people"]
    assert person["seen"] == seen_of(entry)
    told = person["told"]
    assert (told["full_name"], told["day"], told["grade"]) == ("Lò Văn Hai", "2", "5")
    # Sent back as it was kept it changes nothing.
    send(client, world, person=entry.person_id, seen=person["seen"], told=told)
    assert not Event.objects.filter(kind="survey.person_corrected").exists()


@pytest.mark.parametrize(("query", "most"), [("", 14), ("&take=1", 15)])
def test_a_village_of_200_households_asks_as_much_as_one_of_2(
    world, client, query, most, django_assert_max_num_queries
):
    survey_round = make_round(world.commune_a)
    url = reverse("mobilisation:households", args=[world.commune_a.pk]) + "?village=hang+lia"
    for homes in (range(2), range(2, 200)):
        for number in homes:
            make_child(survey_round, f"Lò Văn {number}", form=f"{number:03}")
        client.get(url + query)  # what is read once is read
        with django_assert_max_num_queries(most):
            answer = client.get(url + query)
    assert len(answer.context["homes"]) == 200
    assert len(answer.context["page"]) == 100
