"""A school that a child has left sees the time it had the child, not what came after.

Every address of the table is read as the former school's head and teacher, and its import too;
the next school's address, guardian and phone stand in no answer.
"""

import json

import pytest
from django.db import transaction
from django.urls import reverse

from schools.models import Enrolment, Pupil
from tests.permission_table import ROUTES, own_objects
from tests.schools.pupil_workbooks import check, pupil_row, workbook
from tests.test_access_trail import text_of
from tests.world import enrol

pytestmark = pytest.mark.django_db

NEW_HOME = {
    "home_address": "Bản Nậm Lạnh mới",
    "guardian_name": "Lò Văn Giữ",
    "guardian_phone": "0912000777",
}


@pytest.fixture
def moved(world):
    """The first pupil of 6A went to school B, which wrote down where the child lives now."""
    values = own_objects(world)
    spell = Enrolment.objects.filter(school_class=world.class_a).order_by("pk").first()
    values.values["pupil"] = spell.pupil_id
    spell.valid_to, spell.exit_reason = world.today, "out"
    spell.save()
    enrol(spell.pupil, world.class_b, world.today, 6, entry_reason="in")
    Pupil.objects.filter(pk=spell.pupil_id).update(home=world.commune_b, **NEW_HOME)
    return values


@pytest.mark.parametrize("name", sorted(name for name in ROUTES if not name.startswith("health")))
def test_no_page_of_the_former_school_tells_the_new_home(moved, world, sign_in, name):
    for person in ("head_a", "teacher_a", "commune_officer"):
        with transaction.atomic():
            answer = sign_in(getattr(world, person)).get(moved.url(name))
            told = text_of(answer)
            transaction.set_rollback(True)
        assert not [each for each in NEW_HOME.values() if each in told], person


def test_both_schools_read_the_pupil_each_with_its_own(moved, world, sign_in):
    page = reverse("schools:pupil", args=[moved.values["pupil"]])
    former = sign_in(world.head_a).get(page).content.decode()
    assert "TH&amp;THCS A Một" in former
    assert "THCS B Một" not in former
    assert world.commune_b.title not in former
    present = sign_in(world.head_b).get(page).content.decode()
    for each in NEW_HOME.values():
        assert each in present


def test_a_workbook_of_the_former_school_does_not_ask_the_new_home_out(moved, world):
    """The preview says what stands on record beside what stands in the file."""
    pupil = Pupil.objects.get(pk=moved.values["pupil"])
    pupil.ministry_id = "1234567890"
    pupil.save()
    here = pupil.spells.get(school=world.school_b)
    here.valid_from, here.valid_to = world.today.replace(day=8), world.today
    here.exit_reason = "out"
    there = pupil.spells.get(school=world.school_a)
    there.valid_to = world.today.replace(day=8)
    there.save()
    here.save()
    row = pupil_row(
        ministry_id=pupil.ministry_id,
        full_name=pupil.full_name,
        birth_date=pupil.birth_date.strftime("%d/%m/%Y"),
        sex=pupil.get_sex_display(),
        phone="0987000111",
        village="Háng Lìa",
        father="Giàng A Vừ",
    )
    batch = check(world, workbook(row))
    assert batch.changed_count == 1, batch.preview
    told = json.dumps(batch.preview, ensure_ascii=False)
    assert not [each for each in NEW_HOME.values() if each in told]
