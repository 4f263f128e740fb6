"""Random histories of a term, and every reader of attendance held against one slow oracle.

ATTENDANCE_HISTORIES says how many histories are drawn (a few in CI, hundreds by hand).
"""

import datetime
import io
import os
import random
import uuid
from collections import Counter

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from python_calamine import CalamineWorkbook

from accounts.scoping import scope_for
from attendance.calendar.services.closures import add_closure, remove_closure
from attendance.enums import RegistersChoice
from attendance.models import Closure, Register, Uncounted
from attendance.month_sheet.selectors import class_month
from attendance.month_sheet.table import month_grid
from attendance.month_workbook.template import FIRST_DAY, FIRST_PUPIL, write_month
from attendance.registers.refusals import RegisterRefused
from attendance.registers.selectors.sheet import sheet_of
from attendance.reopenings.services import open_registers
from attendance.rolls.selectors import count_differences
from attendance.rolls.services.settling import count_again
from core.months import Month
from core.permissions import Permission as P
from reports.models import ClassMonth, SchoolMonth
from reports.selectors import risks
from reports.selectors.pupils import class_pupils, pupil_record
from reports.services.facts import rebuild, rebuild_stale, stale_chunks
from reports.services.verify import verify
from schools.areas.services.placements import move_placements_to_successors
from schools.models import (
    Area,
    ClusterMembership,
    Enrolment,
    Pupil,
    PupilMerge,
    School,
    SchoolClass,
    Succession,
)
from schools.pupil_merging.services.merging import merge_pupils, undo_merge
from schools.pupil_merging.services.removing import remove_pupil
from schools.pupils.past_registers import PastChoice
from schools.pupils.services.enrolments import (
    enrol_pupil,
    leave,
    move_class,
    transfer,
    undo_leaving,
)
from tests.reports.oracle import NOT_COUNTED, ONE_DAY, Oracle
from tests.sending import send_register
from tests.world import make_area, make_class

pytestmark = pytest.mark.django_db

HISTORIES = int(os.environ.get("ATTENDANCE_HISTORIES", "2"))
STEPS = 45
MONTHS = Month(2026, 10).since(Month(2026, 8))
CHOICES = [PastChoice.PRESENT, PastChoice.UNCOUNTED, PastChoice.MOVED]
AWAY = ("P", "K")


class History:
    """A term of the small province, one random thing after the other, told to the oracle."""

    def __init__(self, world, seed):
        self.world, self.rng = world, random.Random(seed)
        make_class(world.school_a, world.year, "6C", "THCS", "6", ["Lò A Chu", "Lò Thị Hương"])
        self.classes = list(
            SchoolClass.objects.select_related("year", "school", "site").order_by("pk")
        )
        self.oracle = Oracle(world)
        self.born = datetime.date(2014, 1, 1)
        self.done = Counter()

    def write(self, steps):
        for school_class in self.classes:
            for back in range(1, 10):
                self.send(school_class, self.world.today - back * ONE_DAY)
        kinds = [
            *[self.send] * 6,
            *[self.not_held] * 2,
            *[self.close] * 4,
            *[self.open_again] * 2,
            *[self.enrol] * 4,
            *[self.leave] * 4,
            *[self.undo_leaving] * 3,
            *[self.move] * 4,
            *[self.transfer] * 2,
            *[self.merge] * 2,
            self.part,
            self.remove,
            self.reopen,
            self.reorganise,
            self.count_again,
        ]
        for _step in range(steps):
            kind = self.rng.choice(kinds)
            try:
                kind()
                self.done[kind.__name__] += 1
            except (ValidationError, RegisterRefused):
                # What the product refuses has not happened.
                self.done["refused"] += 1
        # From here on only the closures tell of anything to be counted anew.
        sweep()
        self.close_sent_days()

    def day(self):
        return self.world.today - self.rng.randint(0, 20) * ONE_DAY

    def send(self, school_class=None, date=None):
        school_class = school_class or self.rng.choice(self.classes)
        date = date or self.day()
        session = self.rng.choice(school_class.session_list)
        register = Register.objects.filter(
            school_class=school_class, date=date, session=session
        ).first()
        key = (school_class.pk, date, session.value)
        share = self.rng.choice([0.1, 0.6])
        roll = sorted(self.oracle.roll(school_class.pk, date))
        marks = {pupil: self.rng.choice("PKM") for pupil in roll if self.rng.random() < share}
        if register is not None and key in self.oracle.taken:
            # On a sheet a pupil who is not counted has no marks to choose.
            said = self.oracle.said[key]
            marks = {pk: mark for pk, mark in marks.items() if said.get(pk) != NOT_COUNTED}
        self._send(register, school_class, date, session, marks)
        self.oracle.sent(key, marks)

    def not_held(self):
        school_class, date = self.rng.choice(self.classes), self.day()
        session = self.rng.choice(school_class.session_list)
        register = Register.objects.filter(
            school_class=school_class, date=date, session=session
        ).first()
        more = {"state": "not_held", "not_held_reason": "flood"}
        self._send(register, school_class, date, session, {}, **more)
        self.oracle.sent_not_held((school_class.pk, date, session.value))

    def _send(self, register, school_class, date, session, marks, **more):
        send_register(
            school_class=school_class,
            date=date,
            session=session,
            operation_id=uuid.uuid4(),
            base_revision=register.revision if register else 0,
            marks={pupil: (mark, "") for pupil, mark in marks.items()},
            correction_reason="Nhầm",
            by=self.world.head_a,
            answers_for_school=True,
            **more,
        )

    def close(self):
        w = self.world
        start = self.day()
        areas = list(Area.objects.on(start).filter(level=3))
        place = self.rng.choice([w.province, w.cluster, w.school_a, w.school_b, w.site_a, *areas])
        add_closure(
            place=place,
            is_held=self.rng.random() < 0.2,
            valid_from=start,
            valid_to=start + self.rng.randint(1, 3) * ONE_DAY,
            session=self.rng.choice(["", "", "am", "pm"]),
            level=self.rng.choice(["", "", "TH", "THCS"]),
            reason="flood",
            by=w.province_officer,
            choice=self.rng.choice(RegistersChoice.values),
        )

    def close_sent_days(self):
        """In the end some registers were sent for days that are closed now."""
        by_id = {each.pk: each for each in self.classes}
        for key in self.rng.sample(sorted(self.oracle.taken), 3):
            add_closure(
                place=by_id[key[0]].site,
                is_held=False,
                valid_from=key[1],
                valid_to=key[1] + ONE_DAY,
                reason="flood",
                by=self.world.province_officer,
                choice=RegistersChoice.CLOSED,
            )

    def open_again(self):
        closures = list(Closure.objects.filter(made_with=None).order_by("pk"))
        if closures:
            remove_closure(closure=self.rng.choice(closures), by=self.world.province_officer)

    def change(self, choice, change):
        before = self.oracle.rolls()
        change()
        self.oracle.changed(before, str(choice))

    def _pupil(self, like=None):
        self.born += ONE_DAY
        values = {"full_name": "Vàng A Sử", "birth_date": self.born}
        if like is not None:
            values = {"full_name": like.full_name, "birth_date": like.birth_date}
        return Pupil.objects.create(sex="M", ethnic_group="08", **values)

    def enrol(self, pupil=None, school_class=None, choice=None):
        school_class = school_class or self.rng.choice(self.classes)
        choice = choice or self.rng.choice(CHOICES)
        pupil = pupil or self._pupil()
        self.change(
            choice,
            lambda: enrol_pupil(
                pupil=pupil,
                school_class=school_class,
                grade=school_class.grade_list[0],
                start=self.day(),
                reason="in",
                by=self.world.head_a,
                choice=choice,
            ),
        )
        return pupil

    def _spell(self, **condition):
        spells = list(Enrolment.objects.filter(**condition).order_by("pk"))
        if not spells:
            raise ValidationError("nobody is there")
        return self.rng.choice(spells)

    def leave(self):
        spell = self._spell(valid_to=None)
        self.change(
            PastChoice.KEPT,
            lambda: leave(
                enrolment=spell, on=self.day(), reason="other", cause="", by=self.world.head_a
            ),
        )

    def undo_leaving(self):
        spell, choice = self._spell(exit_reason="other"), self.rng.choice(CHOICES[:2])
        self.change(
            choice,
            lambda: undo_leaving(
                enrolment=spell, by=self.world.head_a, reason="Nhầm", choice=choice
            ),
        )

    def move(self):
        spell, choice = self._spell(valid_to=None), self.rng.choice(CHOICES)
        classes = [c for c in self.classes if c.school_id == spell.school_id]
        to, day = self.rng.choice(classes), self.day()
        if self.rng.random() < 0.2:
            day = spell.valid_from
        self.change(
            choice,
            lambda: move_class(enrolment=spell, to=to, on=day, by=self.world.head_a, choice=choice),
        )

    def transfer(self):
        spell, choice = self._spell(valid_to=None), self.rng.choice(CHOICES)
        to = self.rng.choice([c for c in self.classes if c.school_id != spell.school_id])
        # Marks are moved along inside a school only: what left stays with the other school.
        told = PastChoice.UNCOUNTED if choice == PastChoice.MOVED else choice
        self.change(
            told,
            lambda: transfer(
                enrolment=spell,
                to=to,
                grade=to.grade_list[0],
                on=self.day(),
                by=self.world.head_a,
                choice=choice,
            ),
        )

    def merge(self):
        known = self._spell(valid_to=None)
        twin = self.enrol(self._pupil(known.pupil), known.school_class)
        pair = [known.pupil, twin]
        self.rng.shuffle(pair)
        if self.rng.random() < 0.5:
            self.send(known.school_class)
        merge_pupils(kept=pair[0], gone=pair[1], by=self.world.head_a)
        self.oracle.resync([each.pk for each in (known.pupil, twin) if each.pk] + [twin.pk])
        self.oracle.resync([known.pupil_id])

    def part(self):
        merges = list(PupilMerge.objects.filter(undone_at=None).order_by("-pk"))
        if merges:
            kept, gone = undo_merge(merge=merges[0], by=self.world.head_a)
            self.oracle.resync([kept.pk, gone.pk])

    def remove(self):
        mistake = self.enrol(choice=PastChoice.UNCOUNTED)
        pk = mistake.pk
        remove_pupil(pupil=mistake, by=self.world.head_a)
        for words in self.oracle.said.values():
            words.pop(pk, None)

    def reopen(self):
        first = self.world.today - 20 * ONE_DAY
        open_registers(
            place=self.rng.choice([self.world.school_a, self.world.school_b]),
            first_day=first,
            last_day=first + 9 * ONE_DAY,
            reason="Sửa sổ",
            by=self.world.province_officer,
        )

    def reorganise(self):
        day = self.world.today - self.rng.randint(2, 12) * ONE_DAY
        ending = Area.objects.filter(level=3, valid_to=None, valid_from__lt=day)
        old = self.rng.choice([*ending.order_by("pk"), None])
        if old is None:
            return
        new = make_area(3, "xa", f"04{Area.objects.count():03}", "A Mới", self.world.province, day)
        Area.objects.filter(pk=old.pk).update(valid_to=day)
        if ClusterMembership.objects.filter(commune=old).update(valid_to=day):
            cluster = self.world.cluster
            ClusterMembership.objects.create(cluster=cluster, commune=new, valid_from=day)
        Succession.objects.create(old=old, new=new, effective_on=day, decree="1/NQ")
        move_placements_to_successors(on=day)

    def count_again(self):
        rows = list(Uncounted.objects.select_related("register").order_by("pk"))
        if rows:
            row = self.rng.choice(rows)
            register = row.register
            count_again(register=register, pupil_ids=[row.pupil_id], by=self.world.head_a)
            key = (register.school_class_id, register.date, register.session)
            self.oracle.said[key][row.pupil_id] = ""


@pytest.fixture(params=range(HISTORIES))
def history(request, world):
    found = History(world, request.param)
    rebuild_all()
    found.write(STEPS)
    found.oracle.read_calendar()
    assert len(found.oracle.counted) < len(found.oracle.taken)
    return found


def rebuild_all():
    ids = list(School.objects.values_list("pk", flat=True))
    for month in MONTHS:
        rebuild(school_ids=ids, month=month)


def sweep():
    for school_ids, month in stale_chunks():
        rebuild_stale(school_ids=school_ids, month=month)


def tallied(sessions):
    words = [word for _date, _session, word in sessions]
    return [len(words), words.count("P"), words.count("K"), words.count("M")]


def test_every_reader_says_what_the_oracle_says(history, sign_in, monkeypatch):
    oracle, world = history.oracle, history.world
    # Only what the services marked is counted anew: a forgotten mark would show.
    sweep()
    hold_figures(oracle)
    hold_lists(oracle, world, history.rng)
    hold_risks(oracle, world, monkeypatch)
    hold_books(oracle, world, history.rng)
    hold_pages(oracle, world, sign_in, history.rng)


def hold_figures(oracle):
    """Facts of classes and schools, their second count, and the registers beside the roll."""
    for month in MONTHS:
        found = verify(month=month)
        assert (found.differences, found.drift, found.waiting) == ([], [], 0)
        by_school = Counter()
        for class_id, school_class in oracle.classes.items():
            expected = [0, 0, 0, 0]
            sums = [0, 0, 0]
            for sessions in of_class(oracle, class_id, month).values():
                tally = tallied(sessions)
                expected = [a + b for a, b in zip(expected, tally, strict=True)]
                away = tally[1] + tally[2]
                sums = [sums[0] + away**2, sums[1] + away * tally[0], sums[2] + tally[0] ** 2]
            rows = ClassMonth.objects.filter(school_class=class_id, month=month.first)
            names = ("expected", "excused", "unexcused", "late")
            assert [sum(getattr(row, name) for row in rows) for name in names] == expected
            names = ("sum_aa", "sum_an", "sum_nn")
            assert [sum(getattr(row, name) for row in rows) for name in names] == sums
            by_school[school_class.school_id] += expected[0]
        for school_id, expected in by_school.items():
            rows = SchoolMonth.objects.filter(school=school_id, month=month.first)
            assert sum(row.expected for row in rows) == expected


def of_class(oracle, class_id, month):
    """Pupil id -> the sessions of a month that count, of everybody on the roll in it."""
    found = {}
    for spell in oracle.spells:
        touches = spell.valid_from < month.end and not (
            spell.valid_to is not None and spell.valid_to <= month.first
        )
        if spell.school_class_id == class_id and touches:
            sessions = oracle.sessions(spell, start=month.first, end=month.end)
            found.setdefault(spell.pupil_id, []).extend(sessions)
    return found


def hold_lists(oracle, world, rng):
    """The pupils of a class, and each pupil's page."""
    for class_id, school_class in oracle.classes.items():
        for month in MONTHS:
            listed = {
                row.pupil_id: [row.expected, row.excused, row.unexcused, row.late]
                for row in class_pupils(school_class, month)
            }
            expected = of_class(oracle, class_id, month)
            assert listed == {pk: tallied(sessions) for pk, sessions in expected.items()}
    places = scope_of(world.province_officer).places(P.VIEW_FIGURES)
    for pupil in rng.sample(list(Pupil.objects.order_by("pk")), 8):
        record = pupil_record(places, pupil, on=world.today)
        hold_record(oracle, pupil.pk, record)


def hold_record(oracle, pupil_id, record):
    year = oracle.year_of(pupil_id)
    assert [record.expected, record.away] == [
        len(year),
        sum(word in AWAY for _date, _session, word in year),
    ]
    assert sorted((each["date"], each["mark"]) for each in record.absences) == sorted(
        (date, word) for date, _session, word in year if word
    )


def scope_of(user):
    return scope_for(user)


def hold_risks(oracle, world, monkeypatch):
    """The list of pupils at risk: rows of days, days of the year, streaks, every pupil shown."""
    heard = []

    def reasons(attended, level, table, today):
        heard.append(attended)
        yield "all", str(len(heard) - 1)

    monkeypatch.setattr(risks, "reasons_of", reasons)
    for head, school in ((world.head_a, world.school_a), (world.head_b, world.school_b)):
        heard.clear()
        found = risks.pupils_at_risk(scope_of(head).places(P.VIEW_PUPILS), world.today)
        for of_class_ in found:
            for each in of_class_.pupils:
                attended = heard[int(each.reasons[0][1].split(" ")[0])]
                year = oracle.year_of(each.spell.pupil_id)
                assert attended.sessions == [(date, word) for date, _session, word in year]
                days = {date for date, _session, word in year if word in AWAY}
                assert attended.days_away == len(days)
                for marks in (("K",), AWAY):
                    words = [word in marks for _date, _session, word in year][::-1]
                    run = words.index(False) if False in words else len(words)
                    assert attended.trailing(marks) == run
                seen = [date for date, _session, word in year if word not in AWAY]
                assert each.last_seen == max(seen, default=None)
        on_roll = Enrolment.objects.on(world.today).filter(school_class__school=school)
        assert sum(len(each.pupils) for each in found) == on_roll.count()
    monkeypatch.undo()


def hold_books(oracle, world, rng):
    """The month as grid and as workbook, and sheets with the days before."""
    for class_id, school_class in oracle.classes.items():
        for month in MONTHS[1:]:
            book = class_month(school_class, month, today=world.today, answers_for_school=True)
            grid = month_grid(book, today=world.today, may_write=True)
            file = CalamineWorkbook.from_filelike(io.BytesIO(write_month(book)))
            rows = file.get_sheet_by_index(0).to_python(skip_empty_area=False)
            columns = written_columns(book)
            for place, line in enumerate(grid.lines):
                pupil, totals = line.line.pupil.pk, Counter()
                for each, cell in zip(grid.columns, line.cells, strict=True):
                    key = (class_id, each.column.date, each.column.session.value)
                    word = shown_word(oracle, key, pupil)
                    assert cell.text == word, (key, pupil)
                    totals[word] += 1
                    if word == "kt":
                        assert not cell.name
                    if oracle.is_due(key):
                        line_, column = FIRST_PUPIL + place, FIRST_DAY + columns[each.column.key]
                        written = rows[line_][column] if column < len(rows[line_]) else ""
                        if key in oracle.taken:
                            assert written == word
                assert line.totals == [totals[mark] for mark in "PKM"]
            for each in grid.columns:
                key = (class_id, each.column.date, each.column.session.value)
                if oracle.is_due(key) and key in oracle.taken:
                    words = [
                        oracle.said[key][pupil]
                        for pupil in oracle.roll(class_id, each.column.date)
                        if oracle.said[key][pupil] != NOT_COUNTED
                    ]
                    away = sum(word in AWAY for word in words)
                    assert (each.roll, each.present) == (len(words), len(words) - away)
    for class_id, date, session in rng.sample(sorted(oracle.taken), 6):
        hold_sheet(oracle, sheet_of(oracle.classes[class_id], date, session))


def written_columns(book):
    """Key of a due session -> its place among the columns of the workbook."""
    places, index = {}, 0
    due = {}
    for column in book.columns:
        if column.is_due:
            due.setdefault(column.date, []).append(column)
    for date in book.month.days():
        for column in due.get(date, [None]):
            if column is not None:
                places[column.key] = index
            index += 1
    return places


def shown_word(oracle, key, pupil):
    """What the book of the month shows of a pupil: nothing where nothing counts."""
    class_id, date, _session = key
    if not oracle.is_due(key) or key not in oracle.taken:
        return ""
    if pupil not in oracle.roll(class_id, date):
        return ""
    word = oracle.said[key][pupil]
    return {NOT_COUNTED: "kt", "": "x"}.get(word, word)


def hold_sheet(oracle, sheet):
    key = (sheet.school_class.pk, sheet.date, sheet.session.value)
    before = sorted(
        (register.date, register.session)
        for register in Register.objects.filter(school_class=sheet.school_class)
        if (register.date, register.session) < key[1:]
    )[-5:]
    for row in sheet.rows:
        word = oracle.said[key][row.pupil.pk]
        assert row.is_uncounted == (word == NOT_COUNTED)
        assert row.mark == ("" if row.is_uncounted else word)
        for (date, session), shown in zip(before, row.days, strict=True):
            past = (key[0], date, session)
            counts = (
                oracle.is_due(past)
                and past in oracle.taken
                and row.pupil.pk in oracle.roll(key[0], date)
                and oracle.said[past][row.pupil.pk] != NOT_COUNTED
            )
            assert shown == (oracle.said[past][row.pupil.pk] if counts else "none")


def hold_pages(oracle, world, sign_in, rng):
    """Pages and the API, as a person gets them."""
    for head, school in ((world.head_a, world.school_a), (world.head_b, world.school_b)):
        client = sign_in(head)
        pupils = Enrolment.objects.on(world.today).filter(school=school).values_list("pupil_id")
        for (pupil_id,) in rng.sample(sorted(pupils), min(2, len(pupils))):
            page = client.get(reverse("reports:pupil", args=[pupil_id]))
            of_head = {c.pk for c in oracle.classes.values() if c.school_id == school.pk}
            record = page.context["record"]
            year = [
                session
                for spell in oracle.spells
                if spell.pupil_id == pupil_id and spell.school_class_id in of_head
                for session in oracle.sessions(spell)
            ]
            assert record.expected == len(year)
        assert client.get(reverse("attendance:roll_differences")).context["found"].total == 0
        places = scope_of(head).places(P.VIEW_SCHOOL)
        assert count_differences(places, MONTHS[0], MONTHS[-1]) == {}
        of_school = [
            key for key in sorted(oracle.taken) if oracle.classes[key[0]].school_id == school.pk
        ]
        for key in rng.sample(of_school, min(3, len(of_school))):
            class_id, date, session = key
            told = client.get(f"/api/v1/registers/{class_id}/{date}/{session}/").json()
            roll = oracle.roll(class_id, date)
            said = {pk: oracle.said[key][pk] for pk in roll}
            assert told["counts"] == oracle.is_due(key)
            assert told["not_counted"] == sorted(pk for pk in roll if said[pk] == NOT_COUNTED)
            assert told["roll"] == sum(word != NOT_COUNTED for word in said.values())
            assert {each["pupil"]: each["kind"] for each in told["marks"]} == {
                pk: word for pk, word in said.items() if word in ("P", "K", "M")
            }
