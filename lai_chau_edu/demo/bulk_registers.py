"""Registers by the million: absences drawn for each pupil's year, written in order of time.

A pupil is away in spells of a few sessions that begin where the season is bad (`rhythm`).
About 5.4 % of the pupil-sessions are missed, more than in a real province, so that what is
measured on these books does not flatter.
"""

import datetime
from bisect import bisect_left
from collections import defaultdict
from itertools import accumulate
from uuid import UUID

from django.utils import timezone

from attendance.calendar.selectors.due_sessions import due_sessions
from attendance.models import Absence, Register, RegisterRevision
from attendance.models.pupil_ids import pack

from . import absence_patterns, bulk
from .registers import REASONS

SHARE_AWAY = 0.054
SPELL_AWAY = 2.6  # sessions
NEVER_SENT = 0.01
SHARE_LATE = 0.004
AT_ONCE = 40_000
REGISTER = (
    *("id", "school_id", "school_class_id", "date", "session", "state", "not_held_reason"),
    *("roll", "excused", "unexcused", "late", "revision", "first_sent_at", "sent_at"),
)
ABSENCE = ("id", "school_id", "register_id", "pupil_id", "mark", "reason")
REVISION = (
    *("id", "school_id", "register_id", "number", "operation_id", "state", "not_held_reason"),
    *("marks", "roll", "correction_reason", "sent_by_id", "device_time", "sent_at"),
)


def write_registers(rng, classes, *, sender, today, now, since=None):
    """Registers, absences and revisions of `classes` until yesterday, all or `since` a day.

    Returns how many registers and absences.
    """
    first = min(demo.school_class.year.valid_from for demo in classes)
    due = due_sessions([demo.school_class for demo in classes], first, today)
    books = [_ClassYear(rng, demo, sorted(due[demo.school_class.pk])) for demo in classes]
    pages = sorted(
        (date, session, number, page)
        for number, book in enumerate(books)
        for page, (date, session) in enumerate(book.sessions)
        if rng.random() >= NEVER_SENT and (since is None or date >= since)
    )
    ids = {model: bulk.next_id(model) for model in (Register, Absence, RegisterRevision)}
    absences = 0
    for at in range(0, len(pages), AT_ONCE):
        absences += _write(rng, books, pages[at : at + AT_ONCE], ids, sender, now)
    bulk.reset_sequences(Register, Absence, RegisterRevision)
    return len(pages), absences


def _write(rng, books, pages, ids, sender, now):
    registers, absences, revisions = [], [], []
    for date, session, number, page in pages:
        book = books[number]
        school_id, class_id = book.school_id, book.class_id
        (roll, packed), marks = book.roll(date), book.marks.get(page, {})
        letters = [mark for mark, _reason in marks.values()]
        sent = _sent(rng, date, session, now)
        key = ids[Register]
        registers.append(
            (
                *(key, school_id, class_id, date, session, "taken", "", len(roll)),
                *(letters.count("P"), letters.count("K"), letters.count("M"), 1, sent, sent),
            )
        )
        for pupil, (mark, reason) in marks.items():
            absences.append((ids[Absence], school_id, key, pupil, mark, reason))
            ids[Absence] += 1
        operation = UUID(int=rng.getrandbits(128), version=4)
        revisions.append(
            (
                *(ids[RegisterRevision], school_id, key, 1, operation, "taken", ""),
                *(marks, packed, "", sender.pk, None, sent),
            )
        )
        ids[Register] += 1
        ids[RegisterRevision] += 1
    bulk.insert(Register, REGISTER, registers)
    bulk.insert(Absence, ABSENCE, absences)
    bulk.insert(RegisterRevision, REVISION, revisions)
    return len(absences)


def _sent(rng, date, session, now):
    hour = 7 if session == "am" else 13
    sent = datetime.datetime.combine(date, datetime.time(hour, 5)) + datetime.timedelta(
        seconds=rng.randint(0, 3000)
    )
    if rng.random() < 0.05:
        sent += datetime.timedelta(hours=rng.choice([9, 26, 50]))
    return min(timezone.make_aware(sent), now)


class _ClassYear:
    """One class in one year: its sessions, who is on the roll, and who is away when."""

    def __init__(self, rng, demo, sessions):
        self.school_id = demo.school_class.school_id
        self.class_id = demo.school_class.pk
        self._spells = demo.spells
        self._rolls = {}
        self._changes = sorted(
            {spell.valid_from for spell in demo.spells}
            | {spell.valid_to for spell in demo.spells if spell.valid_to}
        )
        self.sessions = [pair for pair in sessions if self.roll(pair[0])[0]]
        self.marks = self._draw(rng, demo)

    def roll(self, date):
        """Ids of the pupils on the roll of a day, and the same packed."""
        stretch = bisect_left(self._changes, date + datetime.timedelta(days=1))
        if stretch not in self._rolls:
            ids = [spell.pupil_id for spell in self._spells if spell.is_valid_on(date)]
            self._rolls[stretch] = ids, pack(ids)
        return self._rolls[stretch]

    def _draw(self, rng, demo):
        """Number of the session -> {pupil: (mark, reason)}."""
        marks = defaultdict(dict)
        level, commune = demo.school_class.level, demo.commune_code
        chances = [
            absence_patterns.chance_away(date, level, commune) for date, _session in self.sessions
        ]
        if not chances:
            return marks
        upto = list(accumulate(chances))
        hard = upto[-1] / len(chances) / absence_patterns.BASE[level] / 2.0
        for spell in self._spells:
            first, last = self._pages(spell)
            often = spell.pupil.demo_away * SHARE_AWAY * hard / SPELL_AWAY * (last - first)
            for _each in range(_poisson(rng, min(often, 60.0))):
                page = bisect_left(upto, rng.random() * upto[-1])
                mark = "K" if rng.random() < 0.4 else "P"
                reason = rng.choice(REASONS[mark])
                for away in range(page, page + 1 + int(rng.expovariate(1 / (SPELL_AWAY - 0.6)))):
                    if first <= away < last:
                        marks[away][spell.pupil_id] = (mark, reason)
            for _each in range(_poisson(rng, (last - first) * SHARE_LATE)):
                page = rng.randrange(first, last)
                marks[page].setdefault(spell.pupil_id, ("M", ""))
        return marks

    def _pages(self, spell):
        first = bisect_left(self.sessions, (spell.valid_from, ""))
        if spell.valid_to is None:
            return first, len(self.sessions)
        return first, bisect_left(self.sessions, (spell.valid_to, ""))


def _poisson(rng, mean):
    """A Poisson draw by counting exponential gaps; `mean` up to some dozens."""
    count, at = 0, rng.expovariate(1.0)
    while at < mean:
        count += 1
        at += rng.expovariate(1.0)
    return count
