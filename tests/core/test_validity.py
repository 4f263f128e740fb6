"""Validity in time: half-open days, and no overlap held by the database itself."""

import datetime

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from attendance.calendar import state
from core.append_only import models as append_only_models
from core.append_only import triggers
from core.models import Rule
from core.validity import NoOverlap, install_overlap_triggers
from schools.models import Area, Enrolment, Placement, SchoolYear

D = datetime.date


def rule(valid_from, valid_to=None, *, key="tried", level=""):
    return Rule(key=key, level=level, value=1, valid_from=valid_from, valid_to=valid_to)


def refused():
    """A block that the database must refuse, inside a savepoint of its own."""
    return pytest.raises(IntegrityError)


# Against a row valid in [10 January, 20 January): what touches it and what does not.
BESIDE = [
    (D(2026, 1, 1), D(2026, 1, 10)),
    (D(2026, 1, 20), D(2026, 1, 25)),
    (D(2026, 1, 20), None),
]
ACROSS = [
    (D(2026, 1, 1), D(2026, 1, 11)),
    (D(2026, 1, 19), D(2026, 1, 25)),
    (D(2026, 1, 12), D(2026, 1, 13)),
    (D(2026, 1, 1), D(2026, 2, 1)),
    (D(2026, 1, 10), D(2026, 1, 20)),
    (D(2026, 1, 1), None),
    (D(2026, 1, 19), None),
]


@pytest.fixture
def january(db):
    return Rule.objects.create(
        key="tried", value=1, valid_from=D(2026, 1, 10), valid_to=D(2026, 1, 20)
    )


@pytest.mark.parametrize(
    ("day", "is_valid"),
    [
        (D(2026, 1, 9), False),
        (D(2026, 1, 10), True),
        (D(2026, 1, 19), True),
        (D(2026, 1, 20), False),
    ],
)
def test_the_first_day_is_in_and_the_end_is_out(january, day, is_valid):
    assert january.is_valid_on(day) is is_valid
    assert Rule.objects.on(day).filter(pk=january.pk).exists() is is_valid


@pytest.mark.parametrize(("start", "end"), BESIDE)
def test_periods_side_by_side_are_accepted(january, start, end):
    rule(start, end).full_clean()
    Rule.objects.bulk_create([rule(start, end)])
    assert Rule.objects.filter(key="tried").count() == 2


@pytest.mark.parametrize(("start", "end"), ACROSS)
def test_a_crossing_period_is_refused_by_the_check(january, start, end):
    with pytest.raises(ValidationError) as caught:
        rule(start, end).full_clean()
    assert [error.code for error in caught.value.error_dict["__all__"]] == ["overlap"]


@pytest.mark.parametrize(("start", "end"), ACROSS)
def test_a_crossing_period_is_refused_by_the_database(january, start, end):
    with refused(), transaction.atomic():
        Rule.objects.bulk_create([rule(start, end)])
    assert Rule.objects.filter(key="tried").count() == 1


@pytest.mark.parametrize(("start", "end"), ACROSS)
def test_moving_a_period_into_another_is_refused_by_the_database(january, start, end):
    moved = Rule.objects.create(key="tried", value=1, valid_from=D(2030, 1, 1))
    with refused(), transaction.atomic():
        Rule.objects.filter(pk=moved.pk).update(valid_from=start, valid_to=end)
    moved.refresh_from_db()
    assert (moved.valid_from, moved.valid_to) == (D(2030, 1, 1), None)


def test_two_crossing_rows_in_one_bulk_create_are_refused_together(db):
    pair = [rule(D(2026, 1, 1), D(2026, 3, 1)), rule(D(2026, 2, 1), D(2026, 4, 1))]
    with refused(), transaction.atomic():
        Rule.objects.bulk_create(pair)
    assert Rule.objects.filter(key="tried").count() == 0


def test_a_row_may_change_within_its_own_time(january):
    january.valid_to = D(2026, 1, 15)
    january.full_clean()
    january.save()
    Rule.objects.filter(pk=january.pk).update(value=2)
    january.refresh_from_db()
    assert (january.valid_to, january.value) == (D(2026, 1, 15), 2)


def test_other_keys_do_not_disturb_each_other(january):
    others = [
        rule(D(2026, 1, 12), key="other"),
        rule(D(2026, 1, 12), level="TH"),
    ]
    for other in others:
        other.full_clean()
    Rule.objects.bulk_create(others)
    assert Rule.objects.on(D(2026, 1, 12)).filter(value=1, key__in=["tried", "other"]).count() == 3


def test_ignoring_conflicts_lets_no_crossing_spell_in(world):
    """On both databases an ignored conflict leaves the roll as it was, or is refused."""
    spell = Enrolment.objects.filter(school_class=world.class_a).first()
    rival = Enrolment(
        pupil=spell.pupil, school_class=world.class_b, grade=6, valid_from=world.today
    )
    rival.copy_from_owners()
    try:
        with transaction.atomic():
            Enrolment.objects.bulk_create([rival], ignore_conflicts=True)
    except IntegrityError:
        pass
    assert Enrolment.objects.filter(pupil=spell.pupil).count() == 1


def test_school_years_overlap_whatever_their_code(world):
    with refused(), transaction.atomic():
        SchoolYear.objects.bulk_create(
            [SchoolYear(code="other", valid_from=D(2027, 7, 31), valid_to=D(2028, 8, 1))]
        )
    with pytest.raises(ValidationError):
        SchoolYear(code="other", valid_from=D(2027, 7, 31), valid_to=D(2028, 8, 1)).full_clean()


def test_the_end_must_lie_after_the_beginning(january):
    with pytest.raises(ValidationError) as caught:
        rule(D(2026, 3, 1), D(2026, 3, 1)).full_clean()
    assert "valid_to" in caught.value.error_dict


def all_overlap_rules():
    return [
        (model, constraint)
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, NoOverlap)
    ]


def test_the_database_itself_holds_every_overlap_rule(db):
    names = {constraint.name for _model, constraint in all_overlap_rules()}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'x'")
            held = {row[0] for row in cursor.fetchall()}
            assert held == names
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            held = {row[0] for row in cursor.fetchall()}
            rules = {f"{name}_{event}" for name in names for event in ("insert", "update")}
            append_only = {
                name
                for app in apps.get_app_configs()
                for model in append_only_models(app)
                for name, _event in triggers(model)
            }
            of_the_state = {
                f"{model._meta.db_table}_state_{event.lower()}"
                for model in state.RESTS_ON
                for event in state.EVENTS
            }
            assert held - append_only - of_the_state == rules


def test_triggers_can_be_installed_again(db):
    """SQLite rebuilds a table to change it and loses its triggers; each migrate restores them."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER rule_does_not_overlap_insert")
        Rule.objects.bulk_create([rule(D(2026, 1, 1)), rule(D(2026, 1, 2))])
        Rule.objects.filter(key="tried").delete()
    install_overlap_triggers(apps.get_app_config("core"))
    install_overlap_triggers(apps.get_app_config("core"))
    with refused(), transaction.atomic():
        Rule.objects.bulk_create([rule(D(2026, 1, 1)), rule(D(2026, 1, 2))])


def test_a_placement_and_an_area_version_are_guarded_too(world):
    with refused(), transaction.atomic():
        Placement.objects.bulk_create(
            [Placement(school=world.school_a, commune=world.commune_b, valid_from=world.today)]
        )
    with refused(), transaction.atomic():
        Area.objects.bulk_create(
            [
                Area(
                    level=3,
                    kind="xa",
                    code=world.commune_a.code,
                    name="Khác",
                    parent=world.province,
                    valid_from=world.today,
                )
            ]
        )
