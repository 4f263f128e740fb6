"""Lists by what was changed: another system asks with the last `updated_at` it saw."""

import datetime
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.dateparse import parse_datetime

from attendance.models import Register
from schools.models import Enrolment, Pupil, School
from tests.attendance.test_registers import pupil_ids, send
from tests.frozen import freeze_time
from tests.inspections.action_plans.builders import make_action, make_action_plan
from tests.mobilisation.case_builders import follow
from tests.mobilisation.survey_workbooks import make_child, make_round
from tests.test_query_ceilings import grow, write_books

pytestmark = pytest.mark.django_db
LISTS = {
    # address: (person, literal ceiling of statements)
    "schools/": ("province_officer", 9),
    "classes/": ("head_a", 6),
    "enrolments/": ("head_a", 8),
    "registers/": ("head_a", 6),
    "inspections/": ("province_officer", 8),
    "recommendations/": ("province_officer", 9),
    "actions/": ("province_officer", 9),
    "cases/": ("commune_officer", 11),
}
LATER = datetime.timedelta(days=1)


def rows(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def since(path, moment):
    return f"{path}?updated_since={moment.isoformat()}"


@pytest.mark.parametrize("path", LISTS)
def test_all_of_it_comes_with_a_moment_of_long_ago(world, caller, path):
    send(world)
    client = caller(LISTS[path][0])
    everything = rows(client.get(path))
    changed = rows(client.get(f"{path}?updated_since=2000-01-01T00:00:00Z"))
    key = str  # some rows have no id of their own
    assert sorted(map(key, everything)) == sorted(map(key, changed))
    moments = [each["updated_at"] for each in changed]
    assert moments == sorted(moments)


def test_a_school_a_class_and_a_pupil_that_change_are_told(world, caller):
    head, officer = caller("head_a"), caller("province_officer")
    with freeze_time(datetime.datetime(2026, 10, 12, 9, tzinfo=datetime.UTC)) as clock:
        begin = datetime.datetime(2026, 10, 12, 9, tzinfo=datetime.UTC)
        assert rows(officer.get(since("schools/", begin))) == []
        world.school_a.name = "TH & THCS A mới"
        world.school_a.save()
        assert [each["code"] for each in rows(officer.get(since("schools/", begin)))] == [
            world.school_a.code
        ]
        world.class_a.name = "6A1"
        world.class_a.save()
        assert [each["id"] for each in rows(head.get(since("classes/", begin)))] == [
            world.class_a.pk
        ]
        clock.shift(60)
        moment = datetime.datetime(2026, 10, 12, 9, 1, tzinfo=datetime.UTC)
        first, second = pupil_ids(world.class_a)[:2]
        pupil = Pupil.objects.get(pk=first)
        pupil.full_name = "Giàng A Mới"
        pupil.save()
        spell = Enrolment.objects.get(pupil=second, valid_to=None)
        spell.valid_to, spell.exit_reason = world.today, "out"
        spell.save()
        told = rows(head.get(since("enrolments/", moment)))
        # Who left is told too: the roll of a day would only be one shorter.
        assert {(each["pupil"], each["exit_reason"]) for each in told} == {
            (first, ""), (second, "out"),
        }  # fmt: skip


def test_a_register_sent_anew_is_told(world, caller):
    teacher = caller("teacher_a")
    send(world)
    (row,) = rows(teacher.get("registers/"))
    assert (row["class_id"], row["school_code"]) == (world.class_a.pk, world.school_a.code)
    moment = parse_datetime(row["updated_at"])
    # "at or after": the row itself comes again, and nothing that shares its moment is lost.
    assert rows(teacher.get(since("registers/", moment))) == [row]
    later = moment + datetime.timedelta(microseconds=1)
    assert rows(teacher.get(since("registers/", later))) == []
    send(world, {pupil_ids(world.class_a)[0]: ("K", "")}, base=1)
    Register.objects.update(sent_at=later)
    assert [each["revision"] for each in rows(teacher.get(since("registers/", later)))] == [2]


def test_next_goes_on_behind_the_last_row_also_of_one_moment(world, caller):
    head = caller("head_a")
    everything = {each["id"] for each in rows(head.get("enrolments/"))}
    assert len(everything) > 6
    moment = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC)
    Enrolment.history.update(history_date=moment)
    Pupil.history.update(history_date=moment)
    path, seen = "enrolments/?updated_since=2026-10-01T07:00:00+07:00&page_size=2", []
    while path:
        answer = head.get(path)
        seen += [each["id"] for each in rows(answer)]
        following = answer.json()["next"]
        assert following is None or "page=" not in following.replace("page_size=", "")
        path = following and following.partition("/api/v1/")[2]
    assert len(seen) == len(set(seen)) == len(everything)
    assert set(seen) == everything


@pytest.mark.parametrize(
    "said", ["x", "2026-10-32T00:00:00Z", "1999-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_what_is_no_moment_of_our_time_is_refused(world, caller, said):
    answer = caller("head_a").get(f"registers/?updated_since={said}")
    (violation,) = answer.json()["violations"]
    assert (answer.status_code, violation["parameter"]) == (400, "updated_since")


def test_statements_stay_under_their_ceilings_and_do_not_grow(world, caller):
    write_books(world, [world.class_a])
    plan = make_action_plan(world.commune_a, by=world.commune_officer)
    lives = make_round(world.commune_a)

    def more(number):
        for each in range(number, 2 * number):
            make_action(plan, by=world.commune_officer)
            follow(world, person=make_child(lives, f"Giàng A {each}", form=str(each)))

    more(1)
    callers = {person: caller(person) for person, _ceiling in LISTS.values()}
    for each in callers.values():
        each.get("me/")

    def count(path):
        with CaptureQueriesContext(connection) as queries:
            answer = callers[LISTS[path][0]].get(path + "?updated_since=2000-01-01T00:00:00Z")
        sizes[path] = len(rows(answer))
        return len(queries)

    sizes = {}
    small = {path: count(path) for path in LISTS}
    assert (sizes["actions/"], sizes["cases/"]) == (1, 1)
    write_books(world, grow(world))
    more(5)
    large = {path: count(path) for path in LISTS}
    assert (sizes["actions/"], sizes["cases/"]) == (6, 6)
    over = {
        path: (small[path], large[path], ceiling)
        for path, (_person, ceiling) in LISTS.items()
        if large[path] > ceiling or large[path] > small[path]
    }
    assert over == {}


def test_lists_keep_to_the_places_of_the_caller(world, caller):
    send(world)
    assert rows(caller("teacher_b").get("registers/")) == []
    of_b = rows(caller("teacher_b").get("enrolments/"))
    assert of_b
    assert {each["school_code"] for each in of_b} == {world.school_b.code}
    answer = caller("teacher_b").get("enrolments/")
    assert "no-store" in answer["Cache-Control"]


# --- Official identifiers -------------------------------------------------------------------


def by_code(school_class, rest):
    return (
        f"schools/{school_class.school.code}/classes/{school_class.year.code}/"
        f"{school_class.name}/{rest}"
    )


def test_a_class_is_addressed_by_what_it_is_called_officially(world, caller):
    teacher = caller("teacher_a")
    by_id = teacher.get(f"classes/{world.class_a.pk}/roll/")
    assert teacher.get(by_code(world.class_a, "roll/")).json() == by_id.json()
    assert caller("teacher_b").get(by_code(world.class_a, "roll/")).status_code == 404
    assert teacher.get("schools/none/classes/2026-2027/6A/roll/").status_code == 404
    sent = {"op_id": str(uuid.uuid4()), "base_revision": 0, "marks": []}
    address = by_code(world.class_a, f"registers/{world.today}/am/")
    assert teacher.put(address, sent).status_code == 201
    assert teacher.get(address).json()["class_id"] == world.class_a.pk


def identify(pupil_id, number):
    Pupil.objects.filter(pk=pupil_id).update(ministry_id=number)


def test_a_pupil_is_marked_by_the_identifier_of_the_ministry(world, caller):
    teacher, (first, second) = caller("teacher_a"), pupil_ids(world.class_a)[:2]
    identify(first, "1234567890")
    identify(pupil_ids(world.class_b)[0], "1234567891")
    roll = teacher.get(f"classes/{world.class_a.pk}/roll/").json()
    assert {each["pupil"]: each["ministry_id"] for each in roll}[first] == "1234567890"
    path = f"registers/{world.class_a.pk}/{world.today}/am/"

    def put(*marks):
        return teacher.put(
            path, {"op_id": str(uuid.uuid4()), "base_revision": 0, "marks": list(marks)}
        )

    # One of another class is as unknown as one that nobody has.
    for number in ("1234567891", "1234567899"):
        refused = put({"ministry_id": number, "kind": "K"})
        assert [each["pointer"] for each in refused.json()["violations"]] == [
            "#/marks/0/ministry_id"
        ]
    twice = put({"ministry_id": "1234567890", "kind": "K"}, {"pupil": first, "kind": "K"})
    assert twice.status_code == 400
    neither = put({"kind": "K"})
    assert neither.json()["violations"][0]["pointer"] == "#/marks/0/pupil"
    taken = put({"ministry_id": "1234567890", "kind": "K"}, {"pupil": second, "kind": "P"})
    assert taken.status_code == 201
    assert {each["pupil"]: each["kind"] for each in taken.json()["marks"]} == {
        first: "K",
        second: "P",
    }


def test_of_many_registers_each_is_refused_by_itself_for_an_unknown_identifier(world, caller):
    identify(pupil_ids(world.class_a)[0], "1234567890")
    common = {"date": str(world.today), "base_revision": 0}
    sent = [
        common
        | {"class_id": school_class.pk, "session": "am", "op_id": str(uuid.uuid4())}
        | {"marks": [{"ministry_id": "1234567890", "kind": "K"}]}
        for school_class in (world.class_a, world.class_a12)
    ]
    answers = caller("head_a").post("registers/", {"registers": sent}).json()["answers"]
    assert [each["status"] for each in answers] == [201, 400]


def test_a_school_is_asked_for_by_its_code(world, caller):
    officer, school = caller("province_officer"), world.school_a
    for path in (
        "figures/?month=2026-10&by=class",
        "ledger/?from=2026-09-07&to=2026-10-12",
    ):
        by_id = officer.get(f"{path}&school={school.pk}")
        assert by_id.status_code == 200
        assert officer.get(f"{path}&school_code={school.code}").json() == by_id.json()
        assert officer.get(f"{path}&school_code=none").status_code == 404
    head = caller("head_a")
    for path in ("classes/", "enrolments/", "registers/"):
        assert rows(head.get(f"{path}?school_code={school.code}")) == rows(
            head.get(f"{path}?school={school.pk}")
        )
        assert rows(head.get(f"{path}?school_code=none")) == []


def test_grants_name_their_places_officially(world, caller):
    (grant,) = caller("teacher_a").get("me/").json()["grants"]
    assert (grant["school_code"], grant["class_name"]) == (world.school_a.code, "6A")
    (grant,) = caller("commune_officer").get("me/").json()["grants"]
    assert grant["area_code"] == world.commune_a.code
    assert School.objects.filter(code=world.school_a.code).count() == 1
