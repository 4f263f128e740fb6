"""The pages on which a head says what becomes of registers when the roll changes in the past."""

import datetime

import pytest
from django.urls import reverse

from attendance.models import Register, Uncounted
from schools.models import Enrolment
from tests.attendance.test_rolls import assert_sound, marks_on, new_pupil, put_out, send, spell_of
from tests.html_query import read
from tests.world import enrol, make_class

pytestmark = pytest.mark.django_db

ONE_DAY = datetime.timedelta(days=1)


def posted(client, url, data):
    """Answer the form, then again with the choice that `data` holds, as the page asks."""
    page = client.post(url, data)
    assert page.status_code == 200
    effect = page.context["past"]
    return effect, client.post(url, data | {"seen": effect.seen})


def test_a_head_moves_a_pupil_back_dated_and_takes_the_marks_along(world, sign_in):
    sibling = make_class(world.school_a, world.year, "6C", "THCS", "6", ["Lò A Chu"])
    spell, day = spell_of(world), world.today - 2 * ONE_DAY
    send(world, day, {spell.pupil_id: ("K", "")})
    send(world, day, school_class=sibling)
    client = sign_in(world.head_a)
    data = {"to": sibling.pk, "on": day.isoformat(), "choice": "moved"}

    effect, done = posted(client, reverse("schools:move", args=[spell.pk]), data)

    assert (len(effect.missing), len(effect.gone)) == (1, 1)
    assert done.status_code == 302
    assert marks_on(day, sibling) == {spell.pupil_id: ("K", "")}
    page = read(client.get(reverse("attendance:history", args=[sibling.pk, day, "am"])))
    assert "Mang dấu theo" in page.text
    page = read(client.get(reverse("reports:pupil", args=[spell.pupil_id])))
    assert "Mang dấu theo" in page.text
    assert "Lù Văn Sơn" in page.text


def test_a_choice_made_for_another_day_is_asked_again(world, sign_in):
    spell = spell_of(world)
    for back in (2, 3):
        send(world, world.today - back * ONE_DAY)
    client, url = sign_in(world.head_a), reverse("schools:leave", args=[spell.pk])
    data = {"reason": "other", "choice": "kept", "on": (world.today - 2 * ONE_DAY).isoformat()}
    effect, _ = client.post(url, data).context["past"], None
    later = data | {"on": (world.today - 3 * ONE_DAY).isoformat(), "seen": effect.seen}
    answer = client.post(url, later)
    assert len(answer.context["past"].gone) == 2
    spell.refresh_from_db()
    assert spell.valid_to is None


def test_a_head_is_told_what_comes_back_when_a_leaving_is_undone(world, sign_in):
    spell, day = spell_of(world), world.today - 2 * ONE_DAY
    send(world, day, {spell.pupil_id: ("K", "")})
    put_out(world, spell, day)
    client = sign_in(world.head_a)
    sheet = read(
        sign_in(world.teacher_a).get(
            reverse("attendance:sheet", args=[world.class_a.pk, day, "am"])
        )
    )
    assert "Giữ lại cho học sinh" in sheet.text
    url = reverse("schools:undo_leaving", args=[spell.pk])
    effect, done = posted(client, url, {"reason": "nhầm", "choice": "back"})
    assert [each.text for each in effect.restored] == ["Nghỉ không phép"]
    assert done.status_code == 302
    assert marks_on(day, world.class_a) == {spell.pupil_id: ("K", "")}


def test_a_difference_is_listed_named_and_settled(world, sign_in):
    day = world.today - ONE_DAY
    send(world, day)
    newcomer = new_pupil()
    enrol(newcomer, world.class_a, day)
    client = sign_in(world.head_a)
    page = read(client.get(reverse("attendance:roll_differences")))
    assert newcomer.full_name in page.text
    assert "sổ 6, danh sách 7" in page.text
    above = read(sign_in(world.province_officer).get(reverse("attendance:roll_differences")))
    assert "sổ 6, danh sách 7" in above.text
    assert newcomer.full_name not in above.text
    assert (
        newcomer.full_name
        not in read(sign_in(world.head_b).get(reverse("attendance:roll_differences"))).text
    )

    url = reverse("attendance:roll_settle", args=[world.class_a.pk, day, "am"])
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"choice": "uncount"}).status_code == 302
    assert Uncounted.objects.get().pupil_id == newcomer.pk
    assert "khớp với danh sách" in read(client.get(reverse("attendance:roll_differences"))).text
    assert_sound()


def test_a_register_with_a_pupil_too_many_is_settled(world, sign_in):
    spell, day = spell_of(world), world.today - ONE_DAY
    send(world, day, {spell.pupil_id: ("K", "")})
    Enrolment.objects.filter(pk=spell.pk).update(valid_to=day, exit_reason="other")
    url = reverse("attendance:roll_settle", args=[world.class_a.pk, day, "am"])
    assert sign_in(world.head_a).post(url, {"choice": "kept"}).status_code == 302
    assert Register.objects.get().roll == 5
    assert_sound()
