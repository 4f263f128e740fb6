"""Times in class that said "semi-boarder" become times of the pupil."""

import datetime

import pytest
from django.core.management import call_command

from schools.models import Enrolment, SchoolYear, SemiBoarding, YearTurn
from tests.migrating import migrate

BEFORE = [("schools", "0013_transfers_of_pupils")]
D = datetime.date


@pytest.mark.django_db(transaction=True)
def test_from_the_first_yes_to_the_next_no(world):
    first, second, third, fourth = (
        spell.pupil_id for spell in world.class_a.spells.order_by("pk")[:4]
    )
    Enrolment.objects.filter(pupil__in=[first, second, third]).delete()
    following = SchoolYear.objects.create(
        code="2027-2028", valid_from=D(2027, 8, 1), valid_to=D(2028, 8, 1)
    )
    turn = YearTurn.objects.create(
        school=world.school_a,
        from_year=world.year,
        to_year=following,
        made_by=world.head_a,
        made_at="2026-08-01T00:00:00Z",
        wrote={"begun": [[1, 2, 3, 6, "2026-08-01", None, "", True]]},
    )
    try:
        then = migrate(*BEFORE).get_model("schools", "Enrolment")

        def spell(pupil, start, end, why, is_semi_boarder):
            then.objects.create(
                pupil_id=pupil,
                school_id=world.school_a.pk,
                school_class_id=world.class_a.pk,
                grade=6,
                sex="F",
                ethnic_group="03",
                valid_from=start,
                valid_to=end,
                exit_reason=why,
                semi_boarder=is_semi_boarder,
            )

        # Two classes one after the other are one time; the last one goes on.
        spell(first, D(2026, 8, 1), D(2026, 9, 1), "class", True)
        spell(first, D(2026, 9, 1), None, "", True)
        # Yes, no, yes and dropped out.
        spell(second, D(2026, 8, 1), D(2026, 8, 10), "class", True)
        spell(second, D(2026, 8, 10), D(2026, 8, 20), "class", False)
        spell(second, D(2026, 8, 20), D(2026, 9, 1), "dropout", True)
        spell(third, D(2026, 8, 1), None, "", False)
    finally:
        call_command("migrate", verbosity=0)
    found = SemiBoarding.objects.order_by("pupil", "valid_from")
    assert list(found.values_list("pupil", "valid_from", "valid_to", "basis")) == [
        (first, D(2026, 8, 1), None, ""),
        (second, D(2026, 8, 1), D(2026, 8, 10), ""),
        (second, D(2026, 8, 20), D(2026, 9, 1), ""),
    ]
    assert not SemiBoarding.objects.filter(pupil=fourth).exists()
    turn.refresh_from_db()
    assert turn.wrote["begun"] == [[1, 2, 3, 6, "2026-08-01", None, ""]]
