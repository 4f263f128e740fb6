"""Two devices and one register: twelve cases by name, and six operations in every order."""

import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from attendance.models import Absence, Closure, Register, RegisterRevision
from attendance.registers.refusals import RegisterRefused, UnknownRevision
from core.months import Month
from schools.models import Enrolment, Pupil
from tests.frozen import freeze_time
from tests.reports.register_builders import pupil_ids
from tests.sending import send_register
from tests.world import build_world, enrol

from .model import Person
from .phone import ASKED, REFUSED, WAITING, Phone
from .server import Server

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def two(world):
    """Two phones that see the empty sheet: the teacher's and the head's."""
    server = Server()
    world.sheet = [world.class_a.pk, world.today.isoformat(), "am"]
    world.one = Phone(Person(world.teacher_a), server)
    world.other = Phone(Person(world.head_a), server)
    world.pupils = [str(pupil) for pupil in pupil_ids(world.class_a)]
    for phone in (world.one, world.other):
        phone.fetch([world.sheet])
    return world


def through(phone):
    """The network is there."""
    return phone.flush(lambda request: phone.server.put(*request))


def unheard(phone):
    """What is sent arrives, the answer does not."""
    phone.flush(lambda request: phone.server.put(*request) and None)


def marks():
    return {str(each.pupil_id): each.mark for each in Absence.objects.all()}


def state(phone):
    return [each["state"] for each in phone.operations()]


def both(two, mine, theirs):
    """The other sends first, then this one; each had seen the same sheet."""
    two.one.save(two.sheet, mine)
    two.other.save(two.sheet, theirs)
    through(two.other)
    through(two.one)


def test_1_different_pupils_are_put_together(two):
    first, second, *_rest = two.pupils
    both(two, {first: "K"}, {second: "P"})
    assert marks() == {first: "K", second: "P"}
    assert state(two.one) == state(two.other) == []


def test_2_the_same_mark_twice_is_one(two):
    first, *_rest = two.pupils
    both(two, {first: "K"}, {first: "K"})
    assert marks() == {first: "K"}
    assert state(two.one) == []


def test_3_two_marks_for_one_pupil_are_asked_about(two):
    first, *_rest = two.pupils
    both(two, {first: "K"}, {first: "P"})
    (asked,) = two.one.operations()
    assert (asked["state"], asked["contested"]) == (ASKED, [first])
    assert (asked["marks"][first], asked["held"]["marks"][first]) == ("K", "P")
    assert asked["told_by"] == str(two.head_a)
    assert asked["told_at"] == Register.objects.get().sent_at.astimezone().isoformat()
    two.one.decide(choose_mine=True)
    through(two.one)
    assert marks() == {first: "K"}
    assert RegisterRevision.objects.get(number=2).set_aside == {first: ["P", ""]}


def test_4_the_clock_of_a_device_decides_nothing(two):
    first, *_rest = two.pupils
    two.one.ahead, two.other.ahead = 2 * DAY, -2 * DAY
    both(two, {first: "K"}, {first: "P"})
    assert state(two.one) == [ASKED]
    assert marks() == {first: "P"}
    revision = RegisterRevision.objects.get()
    assert revision.sent_at - revision.device_time == 2 * DAY
    assert revision.register.date == two.today


def test_5_a_correction_on_what_was_seen_passes(two):
    first, second, *_rest = two.pupils
    two.one.save(two.sheet, {first: "K"})
    through(two.one)
    two.other.fetch([two.sheet])
    two.other.save(two.sheet, {first: "P", second: "M"})
    through(two.other)
    assert marks() == {first: "P", second: "M"}
    assert state(two.other) == []


def test_6_a_mark_taken_back_stays_taken_back_through_a_question(two):
    first, second, third, *_rest = two.pupils
    two.one.save(two.sheet, {first: "K", second: "K"})
    through(two.one)
    for phone in (two.one, two.other):
        phone.fetch([two.sheet])
    both(two, {first: "", third: "P"}, {second: "", third: "M"})
    assert state(two.one) == [ASKED]
    two.one.decide(choose_mine=False)
    through(two.one)
    assert marks() == {third: "M"}


def test_7_held_and_not_held_are_chosen_whole(two):
    first, *_rest = two.pupils
    send_register(
        school_class=two.class_a,
        date=two.today,
        session="am",
        operation_id="6f3ffd4c-47b8-4a0e-b57a-0a7f2a1a5a11",
        base_revision=0,
        marks={},
        state="not_held",
        not_held_reason="cold",
        by=two.head_a,
    )
    two.one.save(two.sheet, {first: "K"})
    through(two.one)
    (asked,) = two.one.operations()
    assert (asked["state"], asked["contested"]) == (ASKED, [])
    assert Register.objects.get().state == "not_held"


def test_8_an_edit_after_the_time_is_refused_and_kept(two):
    first, second, *_rest = two.pupils
    two.other.save(two.sheet, {first: "P"})
    through(two.other)
    two.one.save(two.sheet, {second: "K"})
    with freeze_time(datetime.datetime(2026, 12, 20, tzinfo=datetime.UTC)):
        two.one.server.sign_in(two.one.person)
        through(two.one)
    (refused,) = two.one.operations()
    assert (refused["state"], refused["marks"]) == (REFUSED, {second: "K"})
    assert "Đã hết thời gian sửa sổ" in refused["message"]
    assert marks() == {first: "P"}


def test_9_a_session_closed_meanwhile_is_refused_and_kept(two):
    first, *_rest = two.pupils
    two.one.save(two.sheet, {first: "K"})
    Closure.objects.create(
        area=two.commune_a, valid_from=two.today, valid_to=two.today + DAY, reason="storm"
    )
    through(two.one)
    assert state(two.one) == [REFUSED]
    assert Register.objects.count() == 0


def test_10_a_pupil_who_left_meanwhile(two):
    first, second, *_rest = two.pupils
    two.other.save(two.sheet, {first: "P"})
    through(two.other)
    two.one.save(two.sheet, {second: "K"})
    Enrolment.objects.filter(pupil=first).update(valid_to=two.today, exit_reason="out")
    through(two.one)
    assert marks() == {second: "K"}  # nobody is marked who is not on the roll
    two.other.save(two.sheet, {first: "M"})
    through(two.other)
    assert state(two.other) == [REFUSED]
    assert marks() == {second: "K"}


def test_11_a_pupil_who_came_meanwhile_is_present(two):
    first, *_rest = two.pupils
    two.one.save(two.sheet, {first: "K"})
    pupil = Pupil.objects.create(
        full_name="Lò A Mới", sex="M", birth_date=two.since - 4000 * DAY, ethnic_group="03"
    )
    enrol(pupil, two.class_a, two.today)
    through(two.one)
    register = Register.objects.get()
    assert (register.roll, register.unexcused) == (7, 1)


def test_12_a_sheet_more_than_a_week_old(two):
    first, second, third, *_rest = two.pupils
    two.one.save(two.sheet, {first: "K"})
    two.other.save(two.sheet, {second: "P", third: "M"})
    through(two.other)
    with freeze_time(datetime.datetime(2026, 10, 21, tzinfo=datetime.UTC)):
        for phone in (two.one, two.other):
            phone.server.sign_in(phone.person)
        through(two.one)
        assert state(two.one) == [REFUSED]  # a teacher corrects for some days only
        two.other.save(two.sheet, {first: "K"})
        through(two.other)
    assert marks() == {first: "K", second: "P", third: "M"}


def test_marks_that_were_merged_unseen_stay(two):
    """Two sheets behind each other on one phone; another's mark came between them."""
    first, second, third, *_rest = two.pupils
    two.other.save(two.sheet, {second: "P"})
    through(two.other)
    two.one.save(two.sheet, {first: "K"})
    unheard(two.one)
    two.one.save(two.sheet, {third: "M"})
    assert state(two.one) == [WAITING, WAITING]
    through(two.one)
    assert marks() == {first: "K", second: "P", third: "M"}
    two.one.save(two.sheet, {first: ""})
    through(two.one)
    assert marks() == {second: "P", third: "M"}


def test_what_waits_behind_a_sheet_thrown_away_goes(two):
    first, second, *_rest = two.pupils
    two.one.save(two.sheet, {first: "K"})
    two.one.flush(lambda request: None)
    two.one.save(two.sheet, {second: "P"})
    before, _behind = two.one.operations()
    two.one.drop(before["id"])
    through(two.one)
    assert state(two.one) == []
    assert marks() == {first: "K", second: "P"}


SHEETS = [("class_a", "am"), ("class_a12", "am"), ("class_a12", "pm")]


def six_operations(world):
    """A first sheet and its correction, of three sheets of one morning."""
    operations = []
    for number, (name, session) in enumerate(SHEETS):
        school_class = getattr(world, name)
        first, second, *_rest = pupil_ids(school_class)
        for base, content in (
            (0, {first: ("K", "")}),
            (1, {first: ("P", "sick"), second: ("M", "")}),
        ):
            operations.append(
                {
                    "school_class": school_class,
                    "date": world.today,
                    "session": session,
                    "operation_id": f"00000000-0000-4000-8000-0000000000{number}{base}",
                    "base_revision": base,
                    "marks": content,
                    "by": world.head_a,
                }
            )
    return operations


def is_accepted(operation):
    try:
        send_register(**operation)
    except UnknownRevision:
        return False  # too early: it stays on the phone, in sight
    return True


def end_state():
    return (
        sorted(Register.objects.values_list("school_class", "session", "revision", "unexcused")),
        sorted(Absence.objects.values_list("register__session", "pupil", "mark", "reason")),
        sorted(RegisterRevision.objects.values_list("operation_id", "number")),
    )


def test_six_operations_in_all_720_orders_end_alike(db):
    # The real day: a frozen clock makes every call slow.
    today = timezone.localdate()
    operations = six_operations(build_world(today, year_start=Month.of(today).plus(-4).first))
    known = {}

    def deliver(rest, held):
        """(number of orders of `rest`, ends they have) from what is stored now.

        Orders that meet in one state go on alike, so each state is played once.
        """
        state = (
            repr(end_state()),
            *(tuple(sorted(each["operation_id"] for each in some)) for some in (rest, held)),
        )
        if state not in known:
            known[state] = play(rest, held) if rest else (1, {settled(held)})
        return known[state]

    def play(rest, held):
        count, ends = 0, set()
        for operation in rest:
            with transaction.atomic():
                others = [each for each in rest if each is not operation]
                still = held if is_accepted(operation) else [*held, operation]
                more, found = deliver(others, still)
                count, ends = count + more, ends | found
                transaction.set_rollback(True)
        return count, ends

    def settled(held):
        while held:
            before = len(held)
            held = [each for each in held if not is_accepted(each)]
            assert len(held) < before, "an operation that never goes"
        return repr(end_state())

    orders, ends = deliver(operations, [])
    assert orders == 720
    assert len(ends) == 1


def test_an_operation_that_is_early_writes_nothing(world):
    *_rest, early = six_operations(world)
    with pytest.raises(RegisterRefused):
        send_register(**early)
    assert end_state() == ([], [], [])
