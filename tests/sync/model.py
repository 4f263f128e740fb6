"""Three phones of two people, a bad network and a changing roll, against an oracle.

After every step and at the end:

1. every operation with a receipt is in the database, exactly once;
2. no mark that was never on its sender's screen is written over, and what he changed himself is
   there, unless he compared both and said so;
3. counts, absences and the newest revision of a register tell one story, on the server's day;
4. what was kept on a phone is sent, waits there, or was refused with a sentence;
5. at rest, when the network is good: nothing waits, and every phone shows what the server holds.
"""

import datetime

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from accounts.models import RoleGrant
from attendance.enums import Mark
from attendance.models import Absence, Register, RegisterRevision
from schools.models import Enrolment

from .phone import REFUSED, Phone

phones = st.integers(0, 2)
sheets = st.integers(0, 1)
pupils = st.integers(0, 2)
kinds = st.sampled_from(["", "P", "K", "M"])
fates = st.lists(st.sampled_from(["ok", "ok", "lost", "unheard", "twice", "late"]), max_size=4)


class Person:
    """Who holds a phone."""

    def __init__(self, user):
        self.user = user


class Morning(RuleBasedStateMachine):
    """Subclasses name the world of `tests.world` and the class of servers.

    On a calm morning nobody's session, rights, clock or tab goes.
    """

    world = None
    make_server = None
    calm = False

    def __init__(self):
        super().__init__()
        server = self.make_server()
        teacher, head = Person(self.world.teacher_a), Person(self.world.head_a)
        self.server = server
        self.phones = [Phone(teacher, server), Phone(teacher, server), Phone(head, server)]
        day = self.world.today.isoformat()
        self.sheets = [
            [self.world.class_a.pk, day, "am"],
            [self.world.class_a.pk, self.before(), "am"],
        ]
        spells = Enrolment.objects.filter(school_class=self.world.class_a).order_by("pk")
        self.pupils = [str(spell.pupil_id) for spell in spells[:3]]
        self.operations = {}
        self.delayed = []

    def before(self):
        return self.world.today.replace(day=self.world.today.day - 1).isoformat()

    @rule(phone=phones, sheet=sheets)
    def look(self, phone, sheet):
        self.phones[phone].fetch([self.sheets[sheet]])

    @rule(phone=phones, sheet=sheets, pupil=pupils, kind=kinds)
    def mark(self, phone, sheet, pupil, kind):
        self.phones[phone].mark(self.sheets[sheet], self.pupils[pupil], kind)

    @rule(phone=phones, sheet=sheets)
    def undo(self, phone, sheet):
        self.phones[phone].undo(self.sheets[sheet])

    @rule(phone=phones, sheet=sheets)
    def send(self, phone, sheet):
        self.phones[phone].send(self.sheets[sheet])

    @rule(phone=phones, sheet=sheets, pupil=pupils, kind=kinds)
    def mark_and_send(self, phone, sheet, pupil, kind):
        self.phones[phone].save(self.sheets[sheet], {self.pupils[pupil]: kind})

    @precondition(lambda self: not self.calm)
    @rule(phone=phones)
    def the_tab_is_killed(self, phone):
        before = self.phones[phone].disk
        self.phones[phone].kill()
        assert self.phones[phone].disk == before

    @precondition(lambda self: not self.calm)
    @rule(phone=phones, hours=st.sampled_from([-48, -9, 0, 48]))
    def the_clock_jumps(self, phone, hours):
        self.phones[phone].ahead = datetime.timedelta(hours=hours)

    @precondition(lambda self: not self.calm)
    @rule(phone=phones)
    def the_session_ends(self, phone):
        self.server.sign_out(self.phones[phone].person)

    @precondition(lambda self: not self.calm)
    @rule(phone=phones)
    def sign_in(self, phone):
        self.server.sign_in(self.phones[phone].person)

    @precondition(lambda self: not self.calm)
    @rule(phone=phones, holds=st.booleans())
    def the_role_changes(self, phone, holds):
        self.give_role(self.phones[phone].person, holds)

    @rule(phone=phones, fates=fates)
    def network(self, phone, fates):
        fates = iter(fates)
        self.phones[phone].flush(lambda request: self.deliver(request, next(fates, "lost")))

    @precondition(lambda self: self.delayed)
    @rule()
    def what_was_late_arrives(self):
        self.put(self.delayed.pop(0))

    @rule(phone=phones, mine=st.booleans())
    def decide(self, phone, mine):
        asked = self.phones[phone].asked()
        sent = self.phones[phone].decide(mine)
        if sent:
            self.check_decision(asked, sent["marks"], mine)

    @precondition(lambda self: not self.calm)
    @rule(phone=phones)
    def throw_away(self, phone):
        self.phones[phone].throw_away()

    @rule(leaves=st.booleans())
    def the_roll_changes(self, leaves):
        last = Enrolment.objects.filter(pupil=int(self.pupils[2]))
        if leaves:
            last.update(valid_to=self.world.today, exit_reason="out")
        else:
            last.update(valid_to=None, exit_reason="")

    def give_role(self, person, holds):
        end = None if holds else self.world.today
        RoleGrant.objects.filter(user=person.user).update(valid_to=end)

    def put(self, request):
        person, operation = request
        self.operations[operation["id"]] = operation
        answer = self.server.put(person, operation)
        self.check_written()
        return answer

    def deliver(self, request, fate):
        if fate == "lost":
            return None
        if fate == "late":
            self.delayed.append(request)
            return None
        answer = self.put(request)
        if fate == "twice":
            answer = self.put(request)
        return None if fate == "unheard" else answer

    def check_written(self):
        for register in Register.objects.all():
            revisions = list(register.revisions.order_by("number"))
            day = [register.school_class_id, register.date.isoformat(), register.session]
            numbers = [revision.number for revision in revisions]
            assert numbers == list(range(1, register.revision + 1))
            for before, revision in zip([None, *revisions], revisions, strict=False):
                self.check_step(before, revision)
                assert self.operations[str(revision.operation_id)]["sheet"] == day
            self.check_counts(register, revisions[-1])

    def check_step(self, before, revision):
        said = self.operations.get(str(revision.operation_id))
        assert said is not None, "a revision of an operation that nobody sent"
        old, new = kinds_of(before) if before else {}, kinds_of(revision)
        for pupil in {*old, *new, *said["marks"]}:
            was, now = old.get(pupil, ""), new.get(pupil, "")
            sent = said["marks"].get(pupil, "")
            seen = {version.get(pupil, "") for version in said["saw"]}
            gone = int(pupil) not in revision.roll
            if was != now:
                assert gone or sent == now, "a mark that nobody made"
                assert gone or was in seen, "a mark written over that its sender had not seen"
            elif sent != now:
                assert gone or sent in seen, "a mark that was made and is not there"

    def check_decision(self, asked, marks, mine):
        base, held = asked["saw"][-1], asked["held"]["marks"]
        for pupil in {*base, *held, *asked["marks"]}:
            was, here, there = (each.get(pupil, "") for each in (base, asked["marks"], held))
            if pupil in asked["contested"]:
                wanted = here if mine else there
            elif here == was:
                wanted = there
            elif there == was:
                wanted = here
            else:
                continue
            assert marks.get(pupil, "") == wanted, "a question that changes other marks too"

    def check_counts(self, register, revision):
        absences = Absence.objects.filter(register=register)
        kept = {str(each.pupil_id): str(each.mark) for each in absences}
        assert kept == kinds_of(revision)
        letters = list(kept.values())
        assert register.unexcused == letters.count(Mark.UNEXCUSED)
        assert register.excused == letters.count(Mark.EXCUSED)
        assert register.late == letters.count(Mark.LATE)

    def check_receipts(self):
        for phone in self.phones:
            for operation_id in phone.acknowledged:
                count = RegisterRevision.objects.filter(operation_id=operation_id).count()
                assert count == 1, f"a receipt for what is there {count} times"

    def teardown(self):
        for phone in self.phones:
            self.give_role(phone.person, holds=True)
            self.server.sign_in(phone.person)
        for request in self.delayed:
            self.put(request)
        for _round in range(12):
            for phone in self.phones:
                phone.flush(lambda request: self.deliver(request, "ok"))
                for operation in phone.operations():
                    assert operation["state"] != REFUSED or operation["message"]
                phone.throw_away()
                phone.decide(choose_mine=False)
        self.check_receipts()
        for phone in self.phones:
            assert phone.operations() == [], "an operation that never goes"
            phone.fetch(self.sheets)
            for sheet in self.sheets:
                now = self.server.get(phone.person, sheet)
                if now is not None:
                    assert phone.shown(sheet) == (now["revision"], now["marks"])


def kinds_of(revision):
    return {pupil: mark[0] for pupil, mark in revision.marks.items()}
