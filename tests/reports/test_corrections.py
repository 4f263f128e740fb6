"""What moved a published figure: register by register, and adding up to the difference exactly."""

import datetime
import random
import uuid

import pytest
from django.utils import timezone

from accounts.scoping import scope_for
from attendance.models import Absence, Closure, Register
from core.levels import EducationLevel
from core.months import Month
from core.permissions import Permission as P
from reports.month_review.comparison import Comparison
from reports.month_review.corrections import Cause, explained
from reports.month_review.services import publish_month, reopen_month
from reports.services.facts import rebuild
from schools.models import Enrolment, Placement, School
from tests.frozen import freeze_time
from tests.reports.histories import write_history
from tests.reports.register_builders import pupil_ids, take
from tests.sending import send_register

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def rebuild_all(month):
    rebuild(school_ids=list(School.objects.values_list("pk", flat=True)), month=month)


def published(world, month, area=None):
    """The month published two days after its end; the clock goes on a day later."""
    with freeze_time(f"{(month.end + 2 * DAY).isoformat()}T03:00:00+00:00"):
        rebuild_all(month)
        made = publish_month(area=area or world.province, month=month, by=world.province_officer)
        reopen_month(publication=made, by=world.province_officer, reason="Gửi nhầm")
    return made


def later(month):
    return freeze_time(f"{(month.end + 3 * DAY).isoformat()}T03:00:00+00:00")


def correct(world, school_class, date, marks, revision=1, session="am"):
    send_register(
        school_class=school_class,
        date=date,
        session=session,
        operation_id=uuid.uuid4(),
        base_revision=revision,
        marks=marks,
        by=world.head_a,
        answers_for_school=True,
        correction_reason="Em này nghỉ",
    )


def add_up(world, made, month):
    """Every difference of attendance, of every place and level, is what its effects add up to."""
    places = scope_for(world.province_officer).places_to_read(P.VIEW_FIGURES)
    comparison = Comparison(made, places)
    for area in comparison.areas:
        found = comparison.explained(area)
        for row in comparison.of(area):
            if row.indicator.code != "attendance":
                continue
            difference = [
                (row.now or {}).get(name, 0) - (row.published or {}).get(name, 0)
                for name in ("numerator", "denominator")
            ]
            assert moved(found, row.level) == difference, (area, row.level)
        for level in ("", *EducationLevel.values):
            if level not in {row.level for row in comparison.of(area)}:
                assert moved(found, level) == [0, 0]


def moved(found, level):
    """What the effects of a level add up to, numerator and denominator; "" for all together."""
    own = [each for each in found.effects if level in ("", each.level)]
    return [sum(each.numerator for each in own), sum(each.denominator for each in own)]


@pytest.mark.parametrize("seed", range(4))
def test_effects_add_up_after_random_changes(world, today, seed):
    write_history(world, seed)
    month = Month(2026, 9)
    made = published(world, month)
    rng = random.Random(seed)
    with later(month):
        change_at_random(rng, world, month)
        rebuild_all(month)
        add_up(world, made, month)
        assert explained(made, {world.commune_a.code, world.commune_b.code}).effects


def change_at_random(rng, world, month):
    registers = list(
        Register.objects.filter(date__gte=month.first, date__lt=month.end).order_by("pk")
    )
    for register in rng.sample(registers, 12):
        kind = rng.choice(["absent", "present", "gone", "late"])
        if kind == "gone":
            Absence.objects.filter(register=register).delete()
            Register.objects.filter(pk=register.pk).update(
                state="not_held", not_held_reason="cold", roll=0, excused=0, unexcused=0, late=0
            )
        elif kind == "present":
            Absence.objects.filter(register=register).delete()
        else:
            for spell in Enrolment.objects.filter(school_class=register.school_class)[:2]:
                Absence.objects.update_or_create(
                    register=register,
                    pupil=spell.pupil,
                    school_id=register.school_id,
                    defaults={"mark": "K" if kind == "absent" else "M"},
                )
    for spell in rng.sample(list(Enrolment.objects.filter(valid_to=None).order_by("pk")), 2):
        spell.valid_to = month.first + rng.randint(3, 20) * DAY
        if spell.valid_to > spell.valid_from:
            spell.exit_reason = "out"
            spell.save()
    start = month.first + rng.randint(0, 25) * DAY
    Closure.objects.create(
        area=rng.choice([world.commune_a, world.province]),
        reason="flood",
        valid_from=start,
        valid_to=start + 2 * DAY,
    )
    if rng.random() < 0.5:
        Placement.objects.filter(school=world.school_a).update(commune=world.commune_a2)


@pytest.fixture
def month(world, today):
    over = Month(2026, 9)
    for number in (7, 8, 9):
        take(world.class_a, over.first + (number - 1) * DAY, {pupil_ids(world.class_a)[0]: "P"})
    return over


def test_each_correction_says_who_when_why_and_its_effect(world, month):
    made = published(world, month)
    day = month.first + 6 * DAY
    with later(month):
        first, second, *_rest = pupil_ids(world.class_a)
        correct(world, world.class_a, day, {first: ("P", ""), second: ("K", "")})
        correct(world, world.class_a, day + 3 * DAY, {}, revision=0)
        rebuild_all(month)
        found = explained(made, {world.commune_a.code})
        assert [
            (each.cause, each.numerator, each.denominator, each.reason) for each in found.effects
        ] == [
            (Cause.CORRECTED, -1, 0, "Em này nghỉ"),
            (
                Cause.SENT,
                len(pupil_ids(world.class_a)),
                len(pupil_ids(world.class_a)),
                "Em này nghỉ",
            ),
        ]
        corrected = found.effects[0]
        assert (corrected.who, corrected.school_class) == (world.head_a, world.class_a)
        assert corrected.when == timezone.now()
        assert (corrected.before.present, corrected.now.present) == (
            corrected.before.expected - 1,
            corrected.before.expected - 2,
        )
        assert found.by_cause[0][1:] == (1, -1, 0)
        add_up(world, made, month)


def test_a_closure_entered_late_and_a_roll_changed_are_told(world, month):
    made = published(world, month)
    with later(month):
        day = month.first + 6 * DAY
        Closure.objects.create(
            school=world.school_a, reason="flood", valid_from=day, valid_to=day + DAY
        )
        gone = Enrolment.objects.filter(school_class=world.class_a).first()
        gone.valid_to, gone.exit_reason = day + 2 * DAY, "out"
        gone.save()
        rebuild_all(month)
        found = explained(made, {world.commune_a.code})
        causes = [each.cause for each in found.effects]
        assert causes == [Cause.CALENDAR, Cause.ROLL]
        assert found.effects[0].closure.reason == "flood"
        add_up(world, made, month)


@pytest.mark.parametrize(
    ("place", "is_told"),
    [
        ("own_site", True),
        ("school_a", True),
        ("province", True),
        ("everywhere", True),
        ("site_a", False),
        ("school_b", False),
        ("commune_b", False),
    ],
)
def test_the_closure_told_is_one_of_the_place_of_the_register(world, month, place, is_told):
    made = published(world, month)
    day = month.first + 6 * DAY
    with later(month):
        where = {
            "own_site": {"site": world.class_a.site},
            "school_a": {"school": world.school_a},
            "province": {"area": world.province},
            "everywhere": {},
            "site_a": {"site": world.site_a},
            "school_b": {"school": world.school_b},
            "commune_b": {"area": world.commune_b},
        }[place]
        days = {"valid_from": day, "valid_to": day + DAY}
        Closure.objects.create(school=world.school_a, reason="flood", **days)
        # Entered after what moved the register, so that it is looked at first.
        Closure.objects.create(**where, reason="cold", **days)
        rebuild_all(month)
        (effect,) = explained(made, {world.commune_a.code}).effects
        assert effect.cause == Cause.CALENDAR
        assert effect.closure.reason == ("cold" if is_told else "flood")


def test_a_make_up_day_is_not_told_of_a_register_that_counts_no_more(world, month):
    made = published(world, month)
    day = month.first + 6 * DAY
    days = {"valid_from": day, "valid_to": day + DAY}
    with later(month):
        Closure.objects.create(school=world.school_a, reason="flood", **days)
        Closure.objects.create(area=world.province, reason="other", is_held=True, **days)
        rebuild_all(month)
        (effect,) = explained(made, {world.commune_a.code}).effects
        assert effect.closure.reason == "flood"


def test_revisions_are_read_without_their_marks(world, month):
    made = published(world, month)
    with later(month):
        correct(
            world, world.class_a, month.first + 6 * DAY, {pupil_ids(world.class_a)[0]: ("K", "")}
        )
        rebuild_all(month)
        (effect,) = explained(made, {world.commune_a.code}).effects
        (revision,) = effect.revisions
        assert {"marks", "sent_marks", "off_roll", "roll"} <= revision.get_deferred_fields()
        assert not revision.sent_by.get_deferred_fields()


def test_nothing_moved_is_nothing_told(world, month):
    made = published(world, month)
    with later(month):
        assert explained(made, {world.commune_a.code, world.commune_b.code}).effects == []
