"""The turn of the year: what is proposed, done, refused, taken back, and who may."""

import datetime
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import ClassAssignment, RoleGrant
from attendance.models import Absence, Register, RegisterRevision
from core.models import Event
from schools.enums import Grade
from schools.models import (
    Enrolment,
    NamesShown,
    PupilArrival,
    SchoolClass,
    SchoolYear,
    YearTurn,
)
from schools.pupils.services.enrolments import leave, move_class
from schools.year_turn.naming import raised
from schools.year_turn.selectors.standing import read_standing
from schools.year_turn.services.plan import build, propose
from schools.year_turn.services.receiving import place_arrivals
from schools.year_turn.services.turning import turn_year
from schools.year_turn.services.undoing import obstacles, undo_turn
from tests.accounts.staff_builders import make_person, teach
from tests.frozen import freeze_time
from tests.html_query import read
from tests.reports.register_builders import take
from tests.world import enrol, make_class, make_school

pytestmark = pytest.mark.django_db

SUMMER = datetime.date(2027, 8, 10)
FIRST = datetime.date(2027, 9, 6)
# Everything that a turn writes, but for history, events and the turn itself.
TOUCHED = [
    SchoolClass,
    Enrolment,
    PupilArrival,
    ClassAssignment,
    RoleGrant,
    Register,
    RegisterRevision,
    Absence,
]


def open_next(world):
    return SchoolYear.objects.create(
        code="2027-2028", valid_from=FIRST, valid_to=datetime.date(2028, 6, 1)
    )


def turned(school, by, **choices):
    """The turn of a school as proposed, but for some choices."""
    proposal = propose(read_standing(school, on=SUMMER))
    for name, value in choices.items():
        setattr(proposal, name, value)
    return turn_year(school=school, choices=proposal, on=SUMMER, by=by)


def plan_of(school):
    standing = read_standing(school, on=SUMMER)
    return build(standing, propose(standing))


def refusals(school, **choices):
    standing = read_standing(school, on=SUMMER)
    proposal = propose(standing)
    for name, value in choices.items():
        setattr(proposal, name, value)
    return " ".join(str(each) for each in build(standing, proposal).refusals)


def roll(name, school, day=FIRST):
    spells = Enrolment.objects.on(day).filter(school_class__name=name, school=school)
    spells = spells.filter(school_class__year__code="2027-2028")
    return sorted(spells.values_list("pupil__full_name", "grade"))


def fingerprint():
    return {
        model.__name__: sorted(repr(row) for row in model.objects.values_list())
        for model in TOUCHED
    }


def spells_of(school_class):
    return list(Enrolment.objects.filter(school_class=school_class).order_by("pk"))


@pytest.mark.parametrize(
    ("name", "grade", "to", "wanted"),
    [
        ("8A1", Grade.G8, Grade.G9, "9A1"),
        ("9A9", Grade.G9, Grade.G10, "10A9"),
        ("11A1", Grade.G11, Grade.G12, "12A1"),
        ("Lớp 1.2", Grade.G1, Grade.G2, "Lớp 2.2"),
        ("Mẫu giáo 3 tuổi A", Grade.AGE_3, Grade.AGE_4, "Mẫu giáo 4 tuổi A"),
        ("Hoa Ban", Grade.AGE_3, Grade.AGE_4, "Hoa Ban"),
        ("A18", Grade.G8, Grade.G9, "A18"),
    ],
)
def test_a_name_is_raised_with_its_grade(name, grade, to, wanted):
    assert raised(name, grade, to) == wanted


def test_classes_move_up_and_multi_grade_groups_go_on(world):
    open_next(world)
    turn = turned(world.school_a, world.head_a)
    names = dict(
        SchoolClass.objects.filter(school=world.school_a, year=turn.to_year).values_list(
            "name", "grades"
        )
    )
    assert names == {"7A": "7", "1+2 Háng Lìa": "1,2", "3A": "3"}
    group = SchoolClass.objects.get(name="1+2 Háng Lìa", year=turn.to_year)
    assert (group.site, group.sessions) == (world.site_a, "am,pm")
    assert [grade for _name, grade in roll("1+2 Háng Lìa", world.school_a)] == [2, 2]
    assert [grade for _name, grade in roll("3A", world.school_a)] == [3, 3]
    assert len(roll("7A", world.school_a)) == 6
    assert turn.promoted_count == 10
    old = Enrolment.objects.filter(school_class=world.class_a)
    assert set(old.values_list("valid_to", "exit_reason")) == {
        (datetime.date(2027, 8, 1), "completed")
    }
    assert Event.objects.filter(kind="school.year_turned", school_id=world.school_a.pk).count() == 1


def test_new_first_classes_are_like_those_of_this_year(world):
    open_next(world)
    turn = turned(world.school_b, world.head_b)
    made = SchoolClass.objects.get(year=turn.to_year, school=world.school_b, name="6B")
    assert (made.grades, made.sessions) == ("6", "am")
    assert not made.spells.exists()
    assert SchoolClass.objects.filter(year=turn.to_year, name="7B").exists()


def test_pupils_are_kept_back_into_a_class_of_their_grade(world):
    open_next(world)
    spell = spells_of(world.class_b)[0]
    turn = turned(world.school_b, world.head_b, kept_back=frozenset([spell.pk]))
    assert [grade for _name, grade in roll("6B", world.school_b)] == [6]
    assert len(roll("7B", world.school_b)) == 2
    assert (turn.kept_back_count, turn.promoted_count) == (1, 2)


def test_a_grade_without_a_class_for_those_kept_back_is_refused(world):
    open_next(world)
    spell = spells_of(world.class_b)[0]
    first = {world.class_b.pk: ""}
    said = refusals(world.school_b, kept_back=frozenset([spell.pk]), first=first)
    assert "6B" in said
    assert not SchoolClass.objects.filter(year__code="2027-2028").exists()


def test_who_left_is_not_moved_and_who_is_placed_already_stays(world):
    new = open_next(world)
    gone, placed, *_rest = spells_of(world.class_b)
    leave(enrolment=gone, on=datetime.date(2027, 3, 1), reason="out", cause="", by=world.head_b)
    placed.valid_to, placed.exit_reason = datetime.date(2027, 8, 1), "completed"
    placed.save()
    own = make_class(world.school_b, new, "7 Chọn", "THCS", "7", [])
    enrol(placed.pupil, own, FIRST)
    before = Enrolment.objects.get(pk=gone.pk)
    turn = turned(world.school_b, world.head_b)
    assert turn.promoted_count == 1
    assert len(roll("7 Chọn", world.school_b)) == 1
    after = Enrolment.objects.get(pk=gone.pk)
    assert (after.valid_to, after.exit_reason) == (before.valid_to, "out")


def test_two_classes_of_one_name_become_one(world):
    open_next(world)
    second = make_class(world.school_b, world.year, "6C", "THCS", "6", ["Lù A Sử", "Lò Văn Ín"])
    standing = read_standing(world.school_b, on=SUMMER)
    to = {line.key: "7A" for line in standing.lines}
    turn = turned(world.school_b, world.head_b, to=to)
    assert len(roll("7A", world.school_b)) == 5
    assert second.spells.filter(valid_to=None).count() == 0
    assert turn.class_count == 3


def test_a_name_that_is_taken_by_another_grade_is_refused(world):
    new = open_next(world)
    make_class(world.school_b, new, "7B", "THCS", "8", [])
    assert "7B" in refusals(world.school_b)
    with pytest.raises(ValidationError):
        turned(world.school_b, world.head_b)
    assert not YearTurn.objects.exists()


def test_a_class_that_is_there_already_takes_pupils_in_unless_it_has_registers(world):
    new = open_next(world)
    there = make_class(world.school_b, new, "7B", "THCS", "7", ["Vàng A Mới"])
    assert refusals(world.school_b) == ""
    take(there, FIRST, {})
    assert "7B" in refusals(world.school_b)


def test_the_year_after_must_be_open(world):
    assert "2026-2027" in refusals(world.school_a)
    assert read_standing(world.school_a, on=world.today).years.old is None


def receiving_scene(world):
    """School A ends with grade 6 here: a second school of its commune takes its sixth grade in."""
    world.school_b.levels = "TH"
    world.school_b.save()
    primary = make_school("12A5", "TH A Năm", "TH", world.commune_a, world.since)
    leavers = make_class(primary, world.year, "5A", "TH", "5", ["Lý A Một", "Lý A Hai", "Lý A Ba"])
    return primary, leavers


def test_the_last_grade_is_sent_to_the_school_chosen_and_its_head_places_them(world):
    open_next(world)
    primary, leavers = receiving_scene(world)
    standing = read_standing(primary, on=SUMMER)
    assert [school.pk for school in standing.receiving] == [world.school_a.pk]
    alone = spells_of(leavers)[0]
    turn = turned(primary, world.head_a, finishing=frozenset([alone.pk]))
    assert (turn.sent_count, turn.finished_count) == (2, 1)
    arrivals = list(PupilArrival.objects.filter(to_school=world.school_a))
    assert {each.grade for each in arrivals} == {6}
    six = make_class(world.school_a, turn.to_year, "6A", "THCS", "6", [])
    place_arrivals(school_class=six, arrival_ids=[arrivals[0].pk], by=world.head_a)
    assert len(roll("6A", world.school_a)) == 1
    assert any("TH&THCS A Một" in sentence for sentence in obstacles(turn))
    with pytest.raises(ValidationError):
        place_arrivals(school_class=six, arrival_ids=[arrivals[0].pk], by=world.head_a)
    wrong = make_class(world.school_a, turn.to_year, "7A", "THCS", "7", [])
    with pytest.raises(ValidationError):
        place_arrivals(school_class=wrong, arrival_ids=[arrivals[1].pk], by=world.head_a)


def test_teachers_go_on_with_their_classes(world):
    open_next(world)
    person = make_person("Lò Thị Giáo", world.school_a, since=world.since)
    teach(person, world.class_a, start=world.since)
    left = make_person("Vàng Đã Nghỉ", world.school_a, since=world.since)
    teach(left, world.class_a, start=world.since, kind="subject")
    left.posts.update(valid_to=datetime.date(2027, 8, 1))
    said = " ".join(plan_of(world.school_a).sentences)
    assert world.teacher_a.full_name in said
    turned(world.school_a, world.head_a)
    new = SchoolClass.objects.get(name="7A")
    assert list(new.assignments.values_list("person", "kind", "valid_from")) == [
        (person.pk, "homeroom", FIRST)
    ]
    assert not RoleGrant.objects.filter(school_class=new).exists()


def test_taking_back_leaves_every_table_as_it_was(world):
    open_next(world)
    take(world.class_a, world.today, {spells_of(world.class_a)[0].pupil_id: "P"})
    person = make_person("Lò Thị Giáo", world.school_a, since=world.since)
    teach(person, world.class_a, start=world.since)
    primary, _leavers = receiving_scene(world)
    before = fingerprint()
    for school in (world.school_a, primary):
        turn = turned(school, world.head_a)
        assert fingerprint() != before
        undo_turn(turn=turn, by=world.head_a)
        assert fingerprint() == before
    assert YearTurn.objects.exclude(undone_at=None).count() == 2
    assert turned(world.school_a, world.head_a).promoted_count == 10


@given(data=st.data())
@settings(max_examples=6, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
def test_any_history_is_taken_back_exactly_and_no_mark_stands_outside_a_spell(
    data, world, django_db_blocker
):
    """Pupils leave, change class and are marked at random; then the year turns, and turns back."""
    from django.db import transaction

    with transaction.atomic():
        save = transaction.savepoint()
        if not SchoolYear.objects.filter(code="2027-2028").exists():
            open_next(world)
        other = make_class(world.school_a, world.year, "6K", "THCS", "6", ["Lù A Sử", "Lò Văn Ín"])
        days = st.dates(world.since + datetime.timedelta(days=2), datetime.date(2027, 7, 30))
        for spell in spells_of(world.class_a) + spells_of(other):
            what = data.draw(st.sampled_from(["stays", "leaves", "moves", "done"]))
            day = data.draw(days)
            if what == "leaves":
                leave(enrolment=spell, on=day, reason="other", cause="", by=world.head_a)
            elif what == "moves":
                to = other if spell.school_class_id == world.class_a.pk else world.class_a
                move_class(enrolment=spell, to=to, on=day, by=world.head_a)
            elif what == "done":
                spell.valid_to, spell.exit_reason = datetime.date(2027, 8, 1), "completed"
                spell.save()
        on = data.draw(days)
        present = Enrolment.objects.on(on).filter(school_class=other)
        take(other, on, dict.fromkeys(present.values_list("pupil_id", flat=True), "K"))
        standing = read_standing(world.school_a, on=SUMMER)
        everybody = [spell.pk for line in standing.lines for spell in line.spells]
        kept = data.draw(st.sets(st.sampled_from(everybody))) if everybody else set()
        to_year = SchoolYear.objects.get(code="2027-2028")
        make_class(world.school_a, to_year, "6 Lại", "THCS", "6", [])
        before = fingerprint()
        turn = turned(world.school_a, world.head_a, kept_back=frozenset(kept))
        for absence in Absence.objects.select_related("register"):
            assert (
                Enrolment.objects.on(absence.register.date).filter(pupil=absence.pupil_id).exists()
            )
        assert turn.promoted_count + turn.kept_back_count == len(everybody)
        undo_turn(turn=turn, by=world.head_a)
        assert fingerprint() == before
        transaction.savepoint_rollback(save)


@pytest.mark.parametrize(
    ("later", "word"),
    [
        ("register", "7A"),
        ("came", "7A"),
        ("left", "7A"),
        ("renamed", "7A"),
        ("teacher", ""),
        ("closed", "2026-2027"),
    ],
)
def test_what_would_be_lost_keeps_a_turn_from_being_taken_back(world, later, word):
    open_next(world)
    turn = turned(world.school_a, world.head_a)
    assert obstacles(turn) == []
    new = SchoolClass.objects.get(name="7A")
    if later == "register":
        take(new, FIRST, {})
    elif later == "came":
        pupil = spells_of(world.class_b)[0].pupil
        Enrolment.objects.filter(pupil=pupil).update(
            valid_to=datetime.date(2027, 8, 1), exit_reason="out"
        )
        enrol(pupil, new, FIRST)
    elif later == "left":
        spell = spells_of(new)[0]
        leave(
            enrolment=spell,
            on=FIRST + datetime.timedelta(days=3),
            reason="out",
            cause="",
            by=world.head_a,
        )
    elif later == "renamed":
        SchoolClass.objects.filter(pk=new.pk).update(name="7A9")
        new.refresh_from_db()
    elif later == "teacher":
        person = make_person("Lò Thị Giáo", world.school_a, since=world.since)
        teach(person, new, start=FIRST)
    else:
        world.year.closed_at = datetime.datetime(2027, 8, 9, tzinfo=datetime.UTC)
        world.year.save()
        turn.refresh_from_db()
    found = obstacles(turn)
    assert len(found) == 1
    assert word in found[0]
    before = fingerprint()
    with pytest.raises(ValidationError):
        undo_turn(turn=turn, by=world.head_a)
    assert fingerprint() == before


def test_two_turns_of_one_year_are_refused(world):
    open_next(world)
    proposal = propose(read_standing(world.school_a, on=SUMMER))
    turn_year(school=world.school_a, choices=proposal, on=SUMMER, by=world.head_a)
    with pytest.raises(ValidationError):
        turn_year(school=world.school_a, choices=proposal, on=SUMMER, by=world.head_a)
    assert YearTurn.objects.count() == 1


def test_a_plan_that_is_no_longer_the_one_seen_is_not_done(world):
    open_next(world)
    standing = read_standing(world.school_b, on=SUMMER)
    proposal = propose(standing)
    seen = build(standing, proposal).seen
    leave(
        enrolment=spells_of(world.class_b)[0],
        on=datetime.date(2027, 7, 1),
        reason="out",
        cause="",
        by=world.head_b,
    )
    with pytest.raises(ValidationError) as refused:
        turn_year(school=world.school_b, choices=proposal, on=SUMMER, by=world.head_b, seen=seen)
    assert refused.value.code == "changed"
    assert not YearTurn.objects.exists()


def test_the_queries_of_a_turn_do_not_grow_with_the_school(world):
    open_next(world)
    counts = []
    for school, classes, pupils in [(world.school_b, 0, 0), (world.school_a, 6, 12)]:
        for number in range(classes):
            names = [f"Lò Văn {number} {each}" for each in range(pupils)]
            made = make_class(school, world.year, f"6K{number}", "THCS", "6", names)
            person = make_person(f"Lò Thị {number}", school, since=world.since)
            teach(person, made, start=world.since)
        with CaptureQueriesContext(
            connection,
        ) as caught:
            turned(school, world.head_a)
        counts.append(len(caught))
    # The larger school has teachers: their assignments, and one event of them.
    assert counts[1] <= counts[0] + 8
    assert counts[1] <= 75


def test_the_command_says_what_would_happen_and_does_it(world):
    open_next(world)
    with freeze_time("2027-08-10 02:00:00"):
        said = io.StringIO()
        call_command("turn_year", all=True, dry_run=True, stdout=said)
        assert not YearTurn.objects.exists()
        assert "12A1" in said.getvalue()
        call_command("turn_year", school="12A1", stdout=said)
    turn = YearTurn.objects.get()
    assert (turn.school, turn.made_by) == (world.school_a, None)


@pytest.fixture
def summer(world, sign_in):
    """The world in the summer after its year, the next one open."""
    open_next(world)
    with freeze_time("2027-08-10 02:00:00"):
        yield sign_in


def test_the_head_sees_the_plan_changes_it_and_does_it(world, summer):
    client = summer(world.head_a)
    url = reverse("schools:year_turn", args=[world.school_a.pk])
    page = read(client.get(url))
    assert "7A" in page.one("main").text or client.get(url).content
    fields = fields_of(client.get(url))
    first = fields["seen"]
    kept = str(spells_of(world.class_a)[0].pk)
    key = f"{world.class_a.pk}_6"
    changed = fields | {f"to_{key}": "7 Một", "kept_back": [kept], f"back_{key}": ""}
    answer = client.post(url, changed)
    assert answer.status_code == 200
    assert not YearTurn.objects.exists()
    repaired = fields | {f"to_{key}": "7 Một"}
    answer = client.post(url, repaired)
    assert not YearTurn.objects.exists()
    seen = fields_of(answer)["seen"]
    assert seen != first
    answer = client.post(url, repaired | {"seen": seen})
    assert answer.status_code == 302
    assert SchoolClass.objects.filter(name="7 Một").count() == 1
    assert client.post(url, repaired | {"seen": seen}).status_code == 302
    assert YearTurn.objects.count() == 1
    assert NamesShown.objects.filter(kind="turn", user=world.head_a).exists()
    undo = reverse("schools:year_turn_undo", args=[world.school_a.pk])
    assert client.get(undo).status_code == 200
    client.post(undo)
    assert YearTurn.objects.get().undone_by == world.head_a
    assert client.post(undo).status_code == 302


def fields_of(answer):
    """What the page would send unchanged."""
    found = {}
    for field in read(answer).select("main form input"):
        kind = field.get("type")
        if field.get("name") and kind not in ("checkbox", "submit"):
            found[field.get("name")] = field.get("value") or ""
    for field in read(answer).select("main form select"):
        chosen = [
            each.get("value") for each in field.select("option") if each.get("selected") is not None
        ]
        found[field.get("name")] = chosen[0] if chosen else ""
    return found


def test_the_receiving_head_sees_who_comes_and_places_them(world, summer):
    primary, _leavers = receiving_scene(world)
    turn = turned(primary, world.head_a)
    client = summer(world.head_a)
    url = reverse("schools:arrivals", args=[world.school_a.pk])
    assert "Lý A Một" in client.get(url).content.decode()
    six = make_class(world.school_a, turn.to_year, "6A", "THCS", "6", [])
    arrivals = list(PupilArrival.objects.values_list("pk", flat=True))
    key = f"{PupilArrival.objects.first().from_class_id}_6"
    answer = client.post(url, {"group": key, f"{key}-arrivals": arrivals, f"{key}-to": six.pk})
    assert answer.status_code == 302
    assert len(roll("6A", world.school_a)) == 3
    assert NamesShown.objects.filter(kind="arrivals", user=world.head_a).exists()
    # Pressed once more on an old page.
    assert client.post(url, {"group": key}).status_code == 302
    assert summer(world.head_b).get(url).status_code == 404


def test_offices_see_which_schools_have_gone_over(world, summer):
    turned(world.school_a, world.head_a)
    url = reverse("schools:year_turns")
    text = summer(world.province_officer).get(url).content.decode()
    assert world.school_a.name.replace("&", "&amp;") in text
    assert world.school_b.name in text
    waiting = summer(world.province_officer).get(url, {"state": "waiting"}).content.decode()
    assert world.school_a.name.replace("&", "&amp;") not in waiting
    assert world.school_b.name not in summer(world.head_a).get(url).content.decode()


def test_the_head_is_told_of_the_turn_until_the_school_has_a_class_of_the_new_year(world, sign_in):
    client = sign_in(world.head_b)
    school = reverse("schools:school", args=[world.school_b.pk])
    turn = reverse("schools:year_turn", args=[world.school_b.pk])
    said = "trường chưa có lớp của năm học này"
    pages = (reverse("home"), school)
    assert not any(said in read(client.get(page)).text for page in pages)
    open_next(world)
    with freeze_time(SUMMER):
        client = sign_in(world.head_b)
        for page in pages:
            shown = read(client.get(page))
            assert said in shown.text
            links = shown.select("main .todo a") + shown.select("main .notice a")
            assert turn in [link.get("href") for link in links]
        turned(world.school_b, world.head_b)
        assert not any(said in read(client.get(page)).text for page in pages)
