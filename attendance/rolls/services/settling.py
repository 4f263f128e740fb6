"""What becomes of registers already sent when the roll of their day changes.

A register is the word of who sent it, and the roll decides whom it may speak of. So every
change of the roll gives each register it reaches a revision of its own: pupils who are off
the roll are kept in it with their marks (`off_roll`), pupils who come back get them again, and
of pupils whom the register never had the choice is told. Absences, the pupils not counted and
the frozen counts follow, and a sheet opened before meets a newer revision and is merged.
"""

import datetime
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence, Set
from typing import TypeAlias

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core.events import record
from core.types import User
from schools.models import Enrolment
from schools.pupils.past_registers import (
    ASK,
    Choice,
    ChoiceNeeded,
    Effect,
    PastChoice,
    PastRegister,
    RegistersLocked,
)

from ... import events
from ...enums import Mark, RegisterState
from ...models import Absence, PastChange, Register, RegisterRevision, Uncounted
from ...registers.refusals import PeriodLocked
from ...registers.selectors.windows import Locks
from ...signals import register_saved

# [letter or "" for present, reason or ""], as revisions keep it.
KeptMark: TypeAlias = list[str]
# In `off_roll`: the register did not count for the pupil. No mark of a person.
NOT_COUNTED = "-"
BATCH = 500
ONE_DAY = datetime.timedelta(days=1)


@transaction.atomic
def settle(
    *,
    class_ids: Collection[int],
    start: datetime.date,
    end: datetime.date | None,
    by: User,
    choice: Choice,
    pupil_ids: Collection[int] | None = None,
    sessions: Collection[tuple[datetime.date, str]] | None = None,
) -> Effect:
    """Make registers taken in [start, end] agree with the roll; returns the `Effect`.

    Args:
        end: last day looked at, None = open.
        choice: a `PastChoice` for pupils whom a register never had, or `ASK`.
        pupil_ids: only these pupils, None = everybody.
        sessions: only these (date, session), None = all of the days.
    Raises RegistersLocked when a register that would change lies in a locked month;
    ChoiceNeeded when the choice is `ASK` and a pupil comes to or leaves a register.
    """
    pages = _pages(class_ids, start, end, pupil_ids, sessions)
    _check_not_locked([page.register for page in pages if page.gone or page.came])
    gone = [(page, pupil) for page in pages for pupil in sorted(page.gone)]
    came = [(page, pupil) for page in pages for pupil in sorted(page.came)]
    restored = [(page, pupil) for page, pupil in came if pupil in page.kept]
    missing = [(page, pupil) for page, pupil in came if pupil not in page.kept]
    effect = Effect(
        missing=[_line(page, _("did not have the pupil")) for page, _pupil in missing],
        gone=[_line(page, _said(page.mark_of(pupil))) for page, pupil in gone],
        restored=[_line(page, _said(page.kept[pupil])) for page, pupil in restored],
    )
    if choice == ASK and (came or gone):
        effect.choices = _choices(missing, gone)
        raise ChoiceNeeded(effect)
    for page, pupil in gone:
        page.take_off(pupil)
    moved = {(pupil, *page.session): page.kept[pupil] for page, pupil in gone}
    for page, pupil in restored:
        page.put_back(pupil)
    for page, pupil in missing:
        if choice == PastChoice.MOVED:
            # Whom the other class's register did not have is in no register: not counted.
            page.put_in(pupil, moved.get((pupil, *page.session)))
        else:
            page.put_in(pupil, ["", ""] if choice == PastChoice.PRESENT else None)
    changed = [page for page in pages if page.gone or page.came]
    without = {id(page) for page, _pupil in missing}
    for page in changed:
        page.choice = choice
        if id(page) not in without:
            page.choice = PastChoice.RESTORED if page.came else PastChoice.KEPT
    _write(changed, by)
    _note(missing, by, choice)
    _note(gone, by, PastChoice.KEPT)
    _note(restored, by, PastChoice.RESTORED)
    return effect


@transaction.atomic
def settle_register(*, register: Register, by: User, choice: Choice) -> Effect:
    """Settle one register as `settle`; tell of it when it differed from the roll."""
    effect = settle(
        class_ids=[register.school_class_id],
        start=register.date,
        end=register.date,
        by=by,
        choice=choice,
        sessions={(register.date, register.session)},
    )
    if not (effect.missing or effect.gone or effect.restored):
        return effect
    register_saved.send(
        sender=Register, school_class_ids=[register.school_class_id], date=register.date
    )
    _tell(register, by, choice)
    return effect


@transaction.atomic
def count_again(*, register: Register, pupil_ids: Collection[int], by: User) -> int:
    """Take back that a register does not count for some pupils: they were present in it.

    Returns how many pupils it counts again. Raises RegistersLocked when its month is locked.
    """
    pages = _pages(
        [register.school_class_id],
        register.date,
        register.date,
        None,
        {(register.date, register.session)},
    )
    found = sorted(pages[0].uncounted & set(pupil_ids)) if pages else []
    if not found:
        return 0
    _check_not_locked([register])
    (page,) = pages
    for pupil in found:
        page.uncounted.discard(pupil)
        page.put_in(pupil, ["", ""])
    page.choice = PastChoice.PRESENT
    _write([page], by)
    _note([(page, pupil) for pupil in found], by, PastChoice.PRESENT)
    register_saved.send(
        sender=Register, school_class_ids=[register.school_class_id], date=register.date
    )
    _tell(register, by, PastChoice.PRESENT)
    return len(found)


def _check_not_locked(registers: Iterable[Register]) -> None:
    """One query for each school and level of the registers, none for those of this month."""
    by_class = defaultdict(list)
    for register in registers:
        by_class[register.school_id, register.school_class.level].append(register.date)
    for (school_id, level), days in by_class.items():
        locks = Locks(school_id, level, min(days), max(days) + ONE_DAY)
        lock = next(filter(None, map(locks.over, days)), None)
        if lock is not None:
            raise RegistersLocked(PeriodLocked(lock).message, code=PeriodLocked.code)


def _tell(register: Register, by: User, choice: Choice) -> None:
    record(
        events.ROLL_SETTLED,
        by=by,
        about=register,
        name=f"{register.school_class.name} {register.date:%d/%m/%Y}",
        school=register.school_id,
        changes={"choice": (None, str(PastChoice(choice).label))},
    )


class _Page:
    """One register with its newest revision, and the pupils who come to it and leave it."""

    def __init__(
        self,
        register: Register,
        revision: RegisterRevision,
        uncounted: Collection[int],
        roll: Set[int],
        pupil_ids: Set[int] | None,
    ) -> None:
        self.register = register
        self.choice: Choice = ""
        self.marks: dict[str, KeptMark] = dict(revision.marks)
        self.kept: dict[int, KeptMark] = {
            int(pk): mark for pk, mark in (revision.off_roll or {}).items()
        }
        self.seen = set(revision.roll)
        self.uncounted = set(uncounted)
        had = self.seen | self.uncounted
        self.gone, self.came = had - roll, roll - had
        if pupil_ids is not None:
            self.gone &= pupil_ids
            self.came &= pupil_ids

    @property
    def session(self) -> tuple[datetime.date, str]:
        return self.register.date, self.register.session

    def mark_of(self, pupil: int) -> KeptMark:
        if pupil in self.uncounted:
            return [NOT_COUNTED, ""]
        return self.marks.get(str(pupil), ["", ""])

    def take_off(self, pupil: int) -> None:
        self.kept[pupil] = self.mark_of(pupil)
        self.marks.pop(str(pupil), None)
        self.seen.discard(pupil)
        self.uncounted.discard(pupil)

    def put_back(self, pupil: int) -> None:
        self.put_in(pupil, self.kept.pop(pupil))

    def put_in(self, pupil: int, mark: KeptMark | None) -> None:
        """`mark`: [letter or "" for present, reason]; None: not counted."""
        if mark is None or mark[0] == NOT_COUNTED:
            self.uncounted.add(pupil)
            return
        self.seen.add(pupil)
        if mark[0]:
            self.marks[str(pupil)] = list(mark)


_PagePupil: TypeAlias = tuple[_Page, int]


def _pages(
    class_ids: Collection[int],
    start: datetime.date,
    end: datetime.date | None,
    pupil_ids: Collection[int] | None,
    sessions: Collection[tuple[datetime.date, str]] | None,
) -> list[_Page]:
    """`_Page`s of the registers taken, by day; five queries."""
    found = Register.objects.select_for_update(of=("self",)).filter(
        school_class__in=list(class_ids), state=RegisterState.TAKEN, date__gte=start
    )
    if end is not None:
        found = found.filter(date__lte=end)
    registers = [
        register
        for register in found.select_related("school_class__year").order_by("date", "session", "pk")
        if sessions is None or (register.date, register.session) in sessions
    ]
    if not registers:
        return []
    ids = [register.pk for register in registers]
    revisions = {
        revision.register_id: revision
        for revision in RegisterRevision.objects.filter(
            register__in=ids, number=F("register__revision")
        )
    }
    uncounted: defaultdict[int, set[int]] = defaultdict(set)
    for register_id, pupil in Uncounted.objects.filter(register__in=ids).values_list(
        "register_id", "pupil_id"
    ):
        uncounted[register_id].add(pupil)
    spells: defaultdict[int, list[Enrolment]] = defaultdict(list)
    for spell in Enrolment.objects.filter(school_class__in=list(class_ids)).order_by():
        spells[spell.school_class_id].append(spell)
    wanted = None if pupil_ids is None else set(pupil_ids)
    return [
        _Page(
            register,
            revisions[register.pk],
            uncounted[register.pk],
            {s.pupil_id for s in spells[register.school_class_id] if s.is_valid_on(register.date)},
            wanted,
        )
        for register in registers
        if register.pk in revisions
    ]


def _choices(missing: Collection[_PagePupil], gone: Collection[_PagePupil]) -> list[PastChoice]:
    if not missing:
        return [PastChoice.KEPT if gone else PastChoice.RESTORED]
    choices = [PastChoice.PRESENT, PastChoice.UNCOUNTED]
    sessions = {(pupil, *page.session) for page, pupil in gone}
    if any((pupil, *page.session) in sessions for page, pupil in missing):
        choices.append(PastChoice.MOVED)
    return choices


def _write(pages: Sequence[_Page], by: User) -> None:
    if not pages:
        return
    now = timezone.now()
    ids = [page.register.pk for page in pages]
    Absence.objects.filter(register__in=ids).delete()
    Uncounted.objects.filter(register__in=ids).delete()
    for page in pages:
        register = page.register
        letters = [mark for mark, _reason in page.marks.values()]
        register.revision += 1
        register.roll = len(page.seen)
        register.excused = letters.count(Mark.EXCUSED)
        register.unexcused = letters.count(Mark.UNEXCUSED)
        register.late = letters.count(Mark.LATE)
    Register.objects.bulk_update(
        [page.register for page in pages],
        ["revision", "roll", "excused", "unexcused", "late"],
        batch_size=BATCH,
    )
    Absence.objects.bulk_create(
        (
            Absence(
                school_id=page.register.school_id,
                register=page.register,
                pupil_id=int(pupil),
                mark=mark,
                reason=reason,
            )
            for page in pages
            for pupil, (mark, reason) in page.marks.items()
        ),
        batch_size=BATCH,
    )
    Uncounted.objects.bulk_create(
        (
            Uncounted(school_id=page.register.school_id, register=page.register, pupil_id=pupil)
            for page in pages
            for pupil in sorted(page.uncounted)
        ),
        batch_size=BATCH,
    )
    RegisterRevision.objects.bulk_create(
        (
            RegisterRevision(
                school_id=page.register.school_id,
                register=page.register,
                number=page.register.revision,
                operation_id=uuid.uuid4(),
                state=RegisterState.TAKEN,
                marks=page.marks,
                off_roll={str(pk): mark for pk, mark in page.kept.items()} or None,
                roll=sorted(page.seen),
                roll_choice=page.choice,
                sent_by=by,
                sent_at=now,
            )
            for page in pages
        ),
        batch_size=BATCH,
    )


def _note(found: Collection[_PagePupil], by: User, choice: Choice) -> None:
    """One `PastChange` for each pupil and class."""
    days: defaultdict[tuple[int, int], list[datetime.date]] = defaultdict(list)
    owners = {}
    for page, pupil in found:
        days[pupil, page.register.school_class_id].append(page.register.date)
        owners[page.register.school_class_id] = page.register.school_id
    now = timezone.now()
    PastChange.objects.bulk_create(
        (
            PastChange(
                school_id=owners[class_id],
                school_class_id=class_id,
                pupil_id=pupil,
                choice=choice,
                first=min(dates),
                last=max(dates),
                registers=len(dates),
                made_by=by,
                made_at=now,
            )
            for (pupil, class_id), dates in days.items()
        ),
        batch_size=BATCH,
    )


def _line(page: _Page, text: str) -> PastRegister:
    register = page.register
    label = (
        f"{register.school_class.name} · {register.get_session_display()} {register.date:%d/%m/%Y}"
    )
    return PastRegister(label, text)


def _said(mark: KeptMark) -> str:
    if mark[0] == NOT_COUNTED:
        return _("Not counted")
    return str(Mark(mark[0]).label) if mark[0] else _("Present")
