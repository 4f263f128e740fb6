"""A visit without a network: taken along, each line in once, halves merged, late ones added."""

import datetime
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from core.models import Event
from inspections.models import (
    ChecklistAnswer,
    ChecklistItem,
    HeadCount,
    HouseholdCheck,
    Member,
    Supplement,
    Visit,
)
from inspections.offline import selectors
from inspections.papers.visit_papers import minutes, results
from inspections.services.findings import supplement_visit
from inspections.services.visits import record_visit
from mobilisation.models import Household, SurveyEntry, SurveyPerson, SurveyRound
from tests.html_query import read
from tests.reports.register_builders import pupil_ids, take
from tests.world import make_class, make_school, make_user

D = datetime.date
TODAY = D(2026, 10, 12)
HEAD = "Giàng A Sử"


@pytest.fixture
def visit(approved):
    return approved.visits.get()


@pytest.fixture
def colleague(visit, flagged):
    """Another member of the committee, who goes along."""
    user = make_user(
        "colleague",
        "Tòng Văn Én",
        "committee_member",
        since=flagged.since,
        area=flagged.commune_a,
    )
    member = Member.objects.create(
        committee=flagged.committee, user=user, full_name="Tòng Văn Én", valid_from=flagged.since
    )
    visit.team.add(member)
    return user


@pytest.fixture
def household(flagged):
    """Form 2 of Bản Nậm Cáy in the survey of the year: two people, one child at school."""
    survey = SurveyRound.objects.create(commune=flagged.commune_a, year=2026)
    made = Household.objects.create(
        commune=flagged.commune_a, village="Bản Nậm Cáy", form_number="2", head_name=HEAD
    )
    for name, born, more in ((HEAD, 1980, {}), ("Giàng Thị Xó", 2015, {"grade": 5})):
        person = SurveyPerson.objects.create(
            full_name=name, sex="F", birth_year=born, ethnic_group="08"
        )
        SurveyEntry.objects.create(
            survey_round=survey, person=person, household=made, presence="lives", **more
        )
    return made


@pytest.fixture
def questions(db):
    return list(ChecklistItem.objects.order_by("place"))


@pytest.fixture
def phone(client, visit):
    """Function: what a person's phone sends of the visit, and the answer."""

    def send(user, **told):
        client.force_login(user)
        body = {"op_id": str(uuid.uuid4()), "sender": user.username} | told
        address = reverse("api:visit_findings", args=[visit.pk])
        return client.post(address, body, content_type="application/json")

    return send


def answer(question, value="yes", **more):
    return {"part": "checklist", "about": question.pk, "value": value} | more


def count(school_class, value="4", **more):
    told = {"part": "counts", "about": school_class.pk, "value": value}
    return told | {"date": TODAY.isoformat(), "session": "am"} | more


def check(household, value="same", **more):
    return {"part": "households", "about": household.pk, "value": value} | more


def take_along(client, user, visit):
    client.force_login(user)
    return client.get(reverse("api:visit_findings", args=[visit.pk]))


def record(visit, by):
    return record_visit(visit=visit, visited_on=TODAY, result="Đủ", by=by)


# --- Taken along ----------------------------------------------------------------------------


def test_a_device_takes_all_of_a_visit_and_no_name_of_a_child_or_family(
    visit, flagged, household, questions, client, phone
):
    phone(flagged.member_user, **answer(questions[0], "no", note="Thiếu"))
    phone(flagged.member_user, **check(household))
    got = take_along(client, flagged.member_user, visit)
    told = got.json()
    assert (told["id"], told["commune"]) == (visit.pk, visit.commune.title)
    assert told["username"] == flagged.member_user.username
    assert [each["id"] for each in told["questions"]] == [each.pk for each in questions]
    first, second = told["questions"][:2]
    assert (first["line"]["value"], first["line"]["note"], first["line"]["version"]) == (
        "no",
        "Thiếu",
        1,
    )
    assert first["line"]["by"] == flagged.member_user.full_name
    assert second["line"] is None
    classes = {each["id"] for school in told["schools"] for each in school["classes"]}
    assert flagged.class_a.pk in classes
    assert flagged.class_b.pk not in classes
    (village,) = told["villages"]
    (row,) = village["households"]
    assert (row["number"], row["people"], row["children"], row["at_school"]) == ("2", 2, 1, 1)
    assert row["line"]["value"] == "same"
    names = [
        HEAD,
        "Giàng Thị Xó",
        *flagged.class_a.spells.values_list("pupil__full_name", flat=True),
    ]
    assert [name for name in names if name in got.content.decode()] == []


def test_only_the_team_of_a_visit_to_be_made_takes_it_along(visit, flagged, colleague, client):
    assert take_along(client, colleague, visit).status_code == 200
    assert take_along(client, flagged.province_officer, visit).status_code == 403
    assert take_along(client, flagged.teacher_a, visit).status_code == 403
    assert take_along(client, colleague, visit).json()["state"] == "planned"
    record(visit, flagged.member_user)
    # Who has still something typed adds it to the record.
    assert take_along(client, colleague, visit).json()["state"] == "done"
    Visit.objects.filter(pk=visit.pk).update(state="cancelled")
    assert take_along(client, colleague, visit).status_code == 403


def test_a_commune_too_large_leaves_out_and_says_how_many(
    visit, flagged, household, client, monkeypatch
):
    monkeypatch.setattr(selectors, "MOST_HOUSEHOLDS", 0)
    told = take_along(client, flagged.member_user, visit).json()
    assert (told["villages"], told["left_out"]) == ([], 1)


# --- Each line once -------------------------------------------------------------------------


def test_an_answer_sent_again_is_there_once(visit, flagged, questions, phone):
    told = answer(questions[0], "partly", note=" Thiếu hai ", op_id=str(uuid.uuid4()))
    first = phone(flagged.member_user, **told)
    again = phone(flagged.member_user, **told)
    assert (first.status_code, again.status_code) == (201, 200)
    for each in (first.json(), again.json()):
        assert (each["op_id"], each["result"]) == (told["op_id"], "written")
        assert (each["line"]["value"], each["line"]["version"]) == ("partly", 1)
    row = ChecklistAnswer.objects.get()
    assert (row.answer, row.note, row.version) == ("partly", "Thiếu hai", 1)
    assert row.answered_by == flagged.member_user
    assert Event.objects.filter(kind="visit.findings").count() == 1


def test_a_repeated_operation_does_not_undo_what_came_after(
    visit, flagged, colleague, questions, phone
):
    told = answer(questions[0], op_id=str(uuid.uuid4()))
    phone(flagged.member_user, **told)
    assert phone(colleague, **answer(questions[0], "no", seen=1)).status_code == 201
    again = phone(flagged.member_user, **told)
    assert (again.status_code, again.json()["line"]["value"]) == (200, "no")
    row = ChecklistAnswer.objects.get()
    assert (row.answer, row.answered_by, row.version) == ("no", colleague, 2)


def test_an_id_used_for_something_else_is_told(visit, flagged, colleague, questions, phone):
    op_id = str(uuid.uuid4())
    phone(flagged.member_user, **answer(questions[0], op_id=op_id))
    for who, told in (
        (flagged.member_user, answer(questions[0], "no", op_id=op_id)),
        (colleague, answer(questions[0], op_id=op_id)),
    ):
        refused = phone(who, **told)
        assert (refused.status_code, refused.json()["code"]) == (409, "operation_reused")
    assert ChecklistAnswer.objects.get().answer == "yes"


def test_a_count_is_put_beside_the_register_and_a_household_beside_its_form(
    visit, flagged, household, phone
):
    take(flagged.class_a, TODAY, {pupil_ids(flagged.class_a)[0]: "K"})
    told = phone(flagged.member_user, **count(flagged.class_a, note="Mưa")).json()["line"]
    assert (told["value"], told["roll"], told["registered"]) == ("4", 6, 5)
    row = HeadCount.objects.get()
    assert (row.counted, row.registered, row.note, row.session) == (4, 5, "Mưa", "am")
    sent = phone(flagged.member_user, **check(household, "differs", note="Một em đi nương"))
    assert sent.status_code == 201
    checked = HouseholdCheck.objects.get()
    assert (checked.result, checked.note, checked.people) == ("differs", "Một em đi nương", 2)


# --- Two who share a visit ------------------------------------------------------------------


def test_two_halves_become_one_whole(visit, flagged, colleague, household, questions, phone):
    first, second, *_rest = questions
    for who, told in (
        (flagged.member_user, answer(first)),
        (colleague, answer(second, "no")),
        (flagged.member_user, count(flagged.class_a)),
        (colleague, count(flagged.class_a12, "3")),
        (colleague, check(household)),
    ):
        assert phone(who, **told).status_code == 201
    assert set(ChecklistAnswer.objects.values_list("item", "answered_by")) == {
        (first.pk, flagged.member_user.pk),
        (second.pk, colleague.pk),
    }
    assert HeadCount.objects.count() == 2
    assert HouseholdCheck.objects.get().checked_by == colleague


def test_who_would_overwrite_what_was_not_seen_is_told_what_stands_there(
    visit, flagged, colleague, household, questions, phone
):
    told = [answer(questions[0]), count(flagged.class_a), check(household)]
    for each in told:
        phone(flagged.member_user, **each)
    others = [
        answer(questions[0], "no", note="Không có"),
        count(flagged.class_a, "5"),
        check(household, "differs", note="Thiếu một em"),
    ]
    for before, other in zip(told, others, strict=True):
        refused = phone(colleague, **other)
        body = refused.json()
        assert (refused.status_code, body["code"]) == (409, "meanwhile")
        assert flagged.member_user.full_name in body["message"]
        assert (body["present"]["value"], body["present"]["version"]) == (before["value"], 1)
        assert body["present"]["by"] == flagged.member_user.full_name
        # The same line is no dispute.
        same = phone(colleague, **before)
        assert (same.status_code, same.json()["result"]) == (201, "same")
        # And who has seen it may correct it.
        assert phone(colleague, **other, seen=1).status_code == 201
    assert ChecklistAnswer.objects.get().answer == "no"
    assert HeadCount.objects.get().counted == 5
    assert HouseholdCheck.objects.get().checked_by == colleague


# --- After the record -----------------------------------------------------------------------


def test_what_arrives_after_the_record_is_added_to_it_with_its_day(
    visit, flagged, colleague, household, questions, phone, client
):
    take(flagged.class_a, TODAY, {pupil_ids(flagged.class_a)[0]: "K"})
    phone(flagged.member_user, **answer(questions[1]))
    record(visit, flagged.member_user)
    lines = [
        answer(questions[0], "no", note="Chưa có quyết định", op_id=str(uuid.uuid4())),
        count(flagged.class_a, note="Mưa"),
        count(flagged.class_a12, "3"),
        check(household, "differs", note="Một em đi nương"),
    ]
    written_at = timezone.now().replace(microsecond=0)
    for told in lines:
        sent = phone(colleague, **told, device_time=written_at.isoformat())
        assert (sent.status_code, sent.json()["result"]) == (201, "late")
    again = phone(colleague, **lines[0], device_time=written_at.isoformat())
    assert (again.status_code, again.json()["result"]) == (200, "late")
    # What the record says already is not said again.
    same = phone(colleague, **answer(questions[1]))
    assert (same.status_code, same.json()["result"]) == (201, "same")
    assert ChecklistAnswer.objects.count() == 1
    assert not HeadCount.objects.exists()
    assert not HouseholdCheck.objects.exists()
    added = list(Supplement.objects.values_list("text", flat=True))
    assert len(added) == 4
    local = timezone.localtime(written_at)
    assert all(f"{local:%H:%M}" in text and f"{local:%d/%m/%Y}" in text for text in added)
    assert questions[0].text in added[0]
    assert added[0].endswith("Chưa có quyết định")
    assert all(said in added[1] for said in ("6A", "4", "Mưa"))
    assert "Bản Nậm Cáy · 2" in added[3]
    assert Event.objects.filter(kind="visit.supplemented").count() == 4
    minutes = read(client.get(reverse("inspections:minutes", args=[visit.pk]))).text
    assert "Chưa có quyết định" in minutes
    assert colleague.full_name in minutes


def test_a_late_line_is_read_by_those_alone_whom_it_concerns(
    visit, flagged, colleague, household, questions, phone, sign_in
):
    """A head reads the counts of the own school, and of no other; the commune reads all."""
    world = flagged
    other = make_school("12A2", "THCS A Hai", "THCS", world.commune_a, world.since)
    class_2 = make_class(other, world.year, "7A", "THCS", "7", ["Giàng A Bảy"])
    neighbour = make_user("head_2", "Lò Văn Hiệu", "school_head", since=world.since, school=other)
    record(visit, world.member_user)
    phone(colleague, **answer(questions[0], "no", note="Chưa có quyết định"))
    phone(colleague, **count(world.class_a, note="Mưa to"))
    phone(colleague, **count(class_2, "1", note="Đường sạt"))
    phone(colleague, **check(household, "differs", note="Một em đi nương"))
    supplement_visit(visit=visit, text="Đoàn làm việc thêm buổi chiều", by=colleague)
    said = {
        "Chưa có quyết định": (),
        "Mưa to": (world.head_a,),
        "Đường sạt": (neighbour,),
        "Một em đi nương": (),
        "Đoàn làm việc thêm buổi chiều": (world.head_a, neighbour),
    }
    for reader in (world.commune_officer, world.head_a, neighbour):
        page = sign_in(reader).get(reverse("inspections:visit_here", args=[visit.pk]))
        seen = [text for text in said if text in page.content.decode()]
        is_whole = reader == world.commune_officer
        assert seen == [text for text, heads in said.items() if is_whole or reader in heads]
    # The notice of the results goes to schools: it says that there are more, not what they are.
    visit.refresh_from_db()
    notice = " ".join(line for _title, lines in results(visit).sections for line in lines)
    assert [text for text in said if text in notice] == ["Đoàn làm việc thêm buổi chiều"]
    assert "Có 4 nội dung ghi tại chỗ" in notice
    assert [text for text in said if text in str(minutes(visit).sections)] == list(said)


def test_the_database_keeps_a_supplement_of_a_count_with_its_school(visit, flagged, colleague):
    record(visit, flagged.member_user)
    told = {"visit": visit, "text": "A", "made_by": colleague, "made_at": timezone.now()}
    for wrong in ({"part": "counts"}, {"school": flagged.school_a}):
        with pytest.raises(IntegrityError, match="supplement_on_a_count"), transaction.atomic():
            Supplement.objects.create(**told, **wrong)


def test_a_clock_that_is_ahead_says_no_hour(visit, flagged, colleague, questions, phone):
    record(visit, flagged.member_user)
    later = timezone.now() + datetime.timedelta(days=2)
    phone(colleague, **answer(questions[0]), device_time=later.isoformat())
    assert f"{later:%d/%m/%Y}" not in Supplement.objects.get().text


@pytest.mark.parametrize("what", ["question", "class", "elsewhere", "household", "silent", "day"])
def test_what_cannot_be_is_refused_before_and_after_the_record(
    visit, flagged, colleague, household, questions, phone, what
):
    other = Household.objects.create(
        commune=flagged.commune_b, village="Nậm Cáy", form_number="9", head_name="A"
    )
    told = {
        "question": answer(questions[0]) | {"about": 2**31 - 1},
        "class": count(flagged.class_a) | {"about": 2**31 - 1},
        "elsewhere": count(flagged.class_b),
        "household": check(other),
        "silent": check(household, "differs", note="  "),
        "day": count(flagged.class_a, date="2026-09-30"),
    }[what]
    before = phone(colleague, **told)
    record(visit, flagged.member_user)
    after = phone(colleague, **told)
    for each in (before, after):
        assert each.status_code == 422, each.json()
        assert each.json()["message"]
    assert not Supplement.objects.exists()
    assert not HeadCount.objects.exists()
    assert not HouseholdCheck.objects.exists()


def test_a_visit_called_off_takes_nothing_and_says_so(visit, flagged, questions, phone):
    Visit.objects.filter(pk=visit.pk).update(state="cancelled")
    refused = phone(flagged.member_user, **answer(questions[0]))
    assert (refused.status_code, refused.json()["code"]) == (422, "state")
    assert not Supplement.objects.exists()


# --- Who may --------------------------------------------------------------------------------


def test_others_write_nothing(visit, flagged, colleague, questions, phone):
    told = answer(questions[0])
    assert phone(flagged.province_officer, **told).status_code == 403
    assert phone(flagged.teacher_a, **told).status_code == 403
    visit.team.clear()
    assert phone(colleague, **told).status_code == 404
    another = phone(flagged.member_user, **told, sender=colleague.username)
    assert (another.status_code, another.json()["code"]) == (403, "another_person")
    assert not ChecklistAnswer.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"part": "photos"},
        {"value": "perhaps"},
        {"value": ""},
        {"note": "x" * 501},
        {"about": 0},
        {"about": 2**40},
        {"part": "counts", "value": "4"},
        {"part": "counts", "value": "-1", "date": "2026-10-12", "session": "am"},
        {"part": "counts", "value": "101", "date": "2026-10-12", "session": "am"},
        {"part": "counts", "value": "٤", "date": "2026-10-12", "session": "am"},
        {"part": "counts", "value": "4", "date": "1926-10-12", "session": "am"},
        {"part": "households", "value": "yes"},
        {"part": "households", "value": "same", "note": "x" * 301},
        {"op_id": "7"},
    ],
)
def test_what_is_no_line_is_refused(visit, flagged, questions, phone, wrong):
    refused = phone(flagged.member_user, **(answer(questions[0]) | wrong))
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid")
    assert not ChecklistAnswer.objects.exists()
