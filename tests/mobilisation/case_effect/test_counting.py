"""Children around a day, counted in SQL and again slowly, session by session."""

import datetime
import random

from attendance.models import Absence, Closure, Register, Uncounted
from attendance.registers.selectors.counting import counting
from mobilisation.case_effect.counting import Counter, window_around
from mobilisation.case_effect.estimation import Counts
from schools.models import Enrolment

from .conftest import OPENED, TODAY, school_days

D = datetime.date
ONE_DAY = datetime.timedelta(days=1)
AWAY = ("P", "K")


def window(world, today=TODAY, day=OPENED):
    return window_around(day, world.year, days=20, recent=5, today=today)


def slowly(spells, found):
    """{pupil id: (before, recent, after)} by walking through every session of every spell."""
    classes = {each.school_class_id: each.school_class for each in spells}
    counted = counting(classes.values(), found.first, found.last + ONE_DAY)
    by_pupil = {}
    for spell in spells:
        rows = by_pupil.setdefault(spell.pupil_id, [])
        rows += [(each.date, each.mark in AWAY) for each in counted.sessions_of(spell)]
        if spell.exit_reason == "dropout":
            back = min(
                (each.valid_from for each in spells
                 if each.pupil_id == spell.pupil_id and each.valid_from >= spell.valid_to),
                default=D(9999, 1, 1),
            )  # fmt: skip
            rows += [
                (date, True)
                for date, _session, register in counted.registers.get(spell.school_class_id, ())
                if spell.valid_to <= date < back
                and (register, spell.pupil_id) not in counted.left_out
            ]
    here = {each.pupil_id for each in spells if each.is_valid_on(OPENED)}
    return {
        pk: tuple(
            Counts(sum(away for _date, away in part), len(part))
            for part in (
                [row for row in rows if row[0] < OPENED],
                [row for row in rows if found.recent <= row[0] < OPENED],
                [row for row in rows if row[0] > OPENED],
            )
        )
        for pk, rows in by_pupil.items()
        if pk in here and any(date != OPENED for date, _away in rows)
    }


def leave(spell, on, reason):
    spell.valid_to, spell.exit_reason = on, reason
    spell.save()


def again(spell, school_class, start):
    made = Enrolment(pupil=spell.pupil, school_class=school_class, grade=6, valid_from=start,
                     entry_reason="return")  # fmt: skip
    made.copy_from_owners()
    made.save()


def upset(world, schools):
    """Children who drop out, come back, change schools; a session not counted, a day closed."""
    chance = random.Random(11)
    spells = list(Enrolment.objects.filter(school_class__in=schools).order_by("pk"))
    chance.shuffle(spells)
    leave(spells[0], D(2026, 10, 20), "dropout")
    leave(spells[1], D(2026, 10, 20), "dropout")
    again(spells[1], spells[1].school_class, D(2026, 11, 2))
    leave(spells[2], D(2026, 9, 30), "dropout")  # on no roll on the day
    leave(spells[3], D(2026, 10, 1), "out")
    again(spells[3], schools[(schools.index(spells[3].school_class) + 1) % 3], D(2026, 10, 1))
    leave(spells[4], D(2026, 10, 26), "out")
    register = Register.objects.get(school_class=spells[5].school_class, date=D(2026, 10, 7))
    Uncounted.objects.create(school=spells[5].school, register=register, pupil=spells[5].pupil)
    Closure.objects.create(
        area=world.commune_a, valid_from=D(2026, 10, 8), valid_to=D(2026, 10, 9), reason="rét"
    )


def test_every_child_is_counted_as_by_walking_through_its_sessions(world, schools):
    upset(world, schools[:3])
    found = window(world)
    spells = list(
        Enrolment.objects.filter(school_class__in=schools).select_related("school_class__year")
    )
    expected = slowly(spells, found)
    courses = Counter(found, world.year).pupils([each.pupil_id for each in spells])
    assert {each.pupil: (each.before, each.recent, each.after) for each in courses} == expected
    assert len(expected) > 150
    assert any(after.absent > 15 for _before, _recent, after in expected.values())  # dropped out


def test_those_away_so_often_are_those_counted_so(world, schools):
    counter = Counter(window(world), world.year)
    everybody = counter.pupils(list(Enrolment.objects.values_list("pupil_id", flat=True)))
    wanted = {each.pupil for each in everybody if 3 <= each.before.absent <= 6}
    assert {each.pupil for each in counter.away_between(3, 6)} == wanted
    assert len(wanted) > 20


def test_the_window_has_twenty_school_days_on_either_side(world, schools):
    days = school_days()
    found = window(world)
    place = days.index(OPENED)
    assert (found.first, found.recent) == (days[place - 20], days[place - 5])
    assert (found.last, found.is_over) == (days[place + 20], True)
    # A lesson that one class makes up on a Sunday makes no school day of it.
    Register.objects.filter(school_class=schools[0], date=D(2026, 10, 9)).update(
        date=D(2026, 10, 11)
    )
    assert window(world).first == found.first


def test_the_days_after_are_over_when_all_have_come_or_the_year_has_ended(world, schools):
    assert not window(world, today=D(2026, 10, 28)).is_over
    assert window(world, today=D(2026, 11, 9)).is_over
    late = D(2026, 11, 5)
    assert not window(world, day=late, today=D(2026, 11, 20)).is_over
    # No lesson comes any more for as long as the holidays of the New Year.
    assert window(world, day=late, today=D(2027, 2, 1)).is_over
    assert window(world, day=D(2026, 9, 7)) is None


def test_other_marks_are_no_absences(world, schools):
    before = Counter(window(world), world.year).away_between(1, 40)
    Absence.objects.update(mark="M")
    assert before
    assert Counter(window(world), world.year).away_between(1, 40) == []
