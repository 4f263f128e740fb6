"""Three phones of two people, a bad network and a changing roll, against an oracle.

After every step and at the end:

1. every operation with a receipt is in the database, exactly once;
2. no mark that its sender had not seen is written over, unless he compared both and said so;
3. counts, absences and the newest revision of a register tell one story;
4. at rest, when the network is good: nothing waits, and every phone shows what the server holds.
"""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from attendance.enums import Mark
from attendance.models import Absence, Register, RegisterRevision
from schools.models import Enrolment

from .phone import Phone

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
    """Subclasses name the world of `tests.world` and the class of servers."""

    world = None
    make_server = None

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
    def mark_and_send(self, phone, sheet, pupil, kind):
        self.phones[phone].save(self.sheets[sheet], {self.pupils[pupil]: kind})

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
        self.phones[phone].decide(mine)

    @rule(leaves=st.booleans())
    def the_roll_changes(self, leaves):
        last = Enrolment.objects.filter(pupil=int(self.pupils[2]))
        if leaves:
            last.update(valid_to=self.world.today, exit_reason="out")
        else:
            last.update(valid_to=None, exit_reason="")

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
            numbers = [revision.number for revision in revisions]
            assert numbers == list(range(1, register.revision + 1))
            for before, revision in zip([None, *revisions], revisions, strict=False):
                self.check_step(revisions, before, revision)
            self.check_counts(register, revisions[-1])

    def check_step(self, revisions, before, revision):
        said = self.operations.get(str(revision.operation_id))
        assert said is not None, "a revision of an operation that nobody sent"
        base = kinds_of(revisions[said["base"] - 1]) if said["base"] else {}
        old, new = kinds_of(before) if before else {}, kinds_of(revision)
        for pupil in {*old, *new}:
            was, now = old.get(pupil, ""), new.get(pupil, "")
            seen, sent = base.get(pupil, ""), said["marks"].get(pupil, "")
            if was == now:
                continue
            gone = int(pupil) not in revision.roll
            assert gone or sent == now, "a mark that nobody made"
            assert gone or was == seen, "a mark written over that its sender had not seen"

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
        for request in self.delayed:
            self.put(request)
        for _round in range(12):
            for phone in self.phones:
                phone.flush(lambda request: self.deliver(request, "ok"))
                phone.give_up_refused()
                phone.decide(choose_mine=False)
        self.check_receipts()
        for phone in self.phones:
            assert phone.operations() == []
            phone.fetch(self.sheets)
            for sheet in self.sheets:
                now = self.server.get(phone.person, sheet)
                if now is not None:
                    assert phone.shown(sheet) == (now["revision"], now["marks"])


def kinds_of(revision):
    return {pupil: mark[0] for pupil, mark in revision.marks.items()}
