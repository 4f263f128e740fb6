"""Who is a semi-boarder, from when to when and why: of a pupil and of a class."""

import datetime
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from core.models import Event
from schools.boarding.selectors.semi_boarders import semi_boarders_among
from schools.boarding.services import semi_boarding as services
from schools.models import Enrolment, NamesShown, SemiBoarding
from schools.pupil_merging.services.merging import merge_pupils, undo_merge
from schools.pupils.selectors.pupils import class_list
from schools.transfers import services as transfers
from tests.world import MONDAY

DAY = datetime.timedelta(days=1)


@pytest.fixture
def spell(world):
    return Enrolment.objects.select_related("pupil", "school_class__year").get(
        pupil__full_name="Ma A Dơ"
    )


def begin(world, spell, start=MONDAY, **more):
    return services.begin_semi_boarding(
        spell=spell, start=start, by=world.head_a, **{"basis": "distance", **more}
    )


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_it_holds_between_its_days_and_is_told_without_a_name(world, spell):
    begin(world, spell, end=MONDAY + 7 * DAY)
    days = [MONDAY - DAY, MONDAY, MONDAY + 6 * DAY, MONDAY + 7 * DAY]
    found = [bool(semi_boarders_among([spell.pupil_id], on=day)) for day in days]
    assert found == [False, True, True, False]
    event = Event.objects.get()
    assert (event.kind, event.school_id) == ("semi_boarding.begun", world.school_a.pk)
    assert "Ma A Dơ" not in f"{event.object_name}{event.changes}"
    assert event.changes["basis"] == [None, "distance"]


def test_two_times_never_meet_and_an_end_comes_after_the_beginning(world, spell):
    begin(world, spell)
    with pytest.raises(ValidationError, match="đã được ghi bán trú"):
        begin(world, spell, start=MONDAY - 7 * DAY)
    begin(world, spell, start=MONDAY - 7 * DAY, end=MONDAY)
    with pytest.raises(ValidationError) as refused:
        begin(world, spell, start=MONDAY - 20 * DAY, end=MONDAY - 20 * DAY)
    assert "valid_to" in refused.value.error_dict
    assert SemiBoarding.objects.count() == 2


def test_it_is_ended_corrected_and_taken_back(world, spell):
    time = begin(world, spell)
    changed = services.change_semi_boarding(
        time=time,
        spell=spell,
        start=MONDAY,
        end=MONDAY + DAY,
        basis="terrain",
        own_lodging=True,
        by=world.head_a,
    )
    assert (changed.valid_to, changed.basis, changed.own_lodging) == (MONDAY + DAY, "terrain", True)
    assert Event.objects.order_by("-pk")[0].changes == {
        "valid_to": [None, str(MONDAY + DAY)],
        "basis": ["distance", "terrain"],
        "own_lodging": [False, True],
    }
    with pytest.raises(ValidationError) as refused:
        services.remove_semi_boarding(time=time, spell=spell, by=world.head_a, reason=" ")
    assert "reason" in refused.value.error_dict
    services.remove_semi_boarding(time=time, spell=spell, by=world.head_a, reason="Nhầm em khác")
    assert not SemiBoarding.objects.exists()
    assert Event.objects.order_by("-pk")[0].reason == "Nhầm em khác"


def test_a_class_is_entered_on_one_form_and_only_the_difference_is_written(world, sign_in):
    pupils = list(world.class_a.spells.order_by("pk").values_list("pupil", flat=True))
    begin(world, world.class_a.spells.get(pupil=pupils[0]), start=MONDAY - 30 * DAY)
    client = sign_in(world.head_a)
    url = reverse("schools:class_semi_boarders", args=[world.class_a.pk])
    assert client.get(url).context["form"].initial["pupils"] == [pupils[0]]
    sent = {
        "operation": str(uuid.uuid4()),
        "on": "2026-10-12",
        "basis": "terrain",
        "pupils": [str(pupils[1]), str(pupils[2])],
        "shown": client.get(url).context["form"]["shown"].initial,
    }
    answer = client.post(url, sent)
    assert answer.status_code == 302
    assert set(semi_boarders_among(pupils, on=MONDAY)) == {pupils[1], pupils[2]}
    ended = SemiBoarding.objects.get(pupil=pupils[0])
    assert ended.valid_to == MONDAY
    assert Event.objects.filter(kind="semi_boarding.of_class").get().changes == {
        "begun": [None, 2],
        "ended": [None, 1],
    }
    assert NamesShown.objects.filter(school_class=world.class_a).exists()
    # Only those who begin need a reason.
    more = {"operation": str(uuid.uuid4()), "basis": "", "pupils": [str(pk) for pk in pupils[:3]]}
    assert "basis" in client.post(url, sent | more).context["form"].errors
    # Sent again as another form, nothing is left to do.
    again = client.post(url, sent | {"operation": str(uuid.uuid4())})
    assert again.status_code == 422
    assert "Chưa có gì thay đổi" in again.content.decode()
    lines = class_list(world.class_a, on=MONDAY)
    assert lines.semi_boarders == 2


def test_who_came_after_the_list_was_shown_is_not_ended_by_it(world):
    ids = list(world.class_a.spells.order_by("pk").values_list("pupil", flat=True))
    for pk in ids[:2]:
        begin(world, world.class_a.spells.get(pupil=pk), start=MONDAY - 5 * DAY)
    done = services.enter_class(
        school_class=world.class_a,
        chosen=[ids[2]],
        shown=ids[1:],
        on=MONDAY,
        basis="distance",
        by=world.head_a,
    )
    assert done == (1, 1)
    assert semi_boarders_among(ids, on=MONDAY) == {ids[0], ids[2]}


def test_a_class_is_refused_whole(world):
    ids = list(world.class_a.spells.order_by("pk").values_list("pupil", flat=True))
    begin(world, world.class_a.spells.get(pupil=ids[1]), start=MONDAY + 5 * DAY)
    stranger = world.class_b.spells.first().pupil_id

    def enter(*chosen):
        return services.enter_class(
            school_class=world.class_a,
            chosen=chosen,
            shown=ids,
            on=MONDAY,
            basis="distance",
            by=world.head_a,
        )

    for chosen, words in [((ids[0], stranger), "không có tên"), ((ids[0], ids[1]), "17/10/2026")]:
        with pytest.raises(ValidationError, match=words):
            enter(*chosen)
    assert SemiBoarding.objects.count() == 1
    assert kinds() == ["semi_boarding.begun"]


def test_it_goes_along_to_another_school(world, spell):
    begin(world, spell)
    transfer = transfers.send(enrolment=spell, to=world.school_b, on=MONDAY + DAY, by=world.head_a)
    transfers.receive(transfer=transfer, to=world.class_b, start=MONDAY + DAY, by=world.head_b)
    assert class_list(world.class_b, on=MONDAY + DAY).semi_boarders == 1
    assert class_list(world.class_a, on=MONDAY + DAY).semi_boarders == 0


def test_two_records_of_one_child_bring_their_times_together_and_apart(world, spell):
    other = world.class_a.spells.exclude(pk=spell.pk).order_by("pk")[0]
    begin(world, spell, start=MONDAY - 40 * DAY, end=MONDAY - 20 * DAY)
    begin(world, other, start=MONDAY - 30 * DAY, end=MONDAY - 10 * DAY)
    begin(world, other, start=MONDAY)
    before = sorted(SemiBoarding.objects.values_list("pupil", "valid_from", "valid_to"))
    gone = other.pupil
    merge = merge_pupils(kept=spell.pupil, gone=gone, by=world.head_a)
    times = SemiBoarding.objects.order_by("valid_from")
    assert [(each.pupil_id, each.valid_from) for each in times] == [
        (spell.pupil_id, MONDAY - 40 * DAY),
        (spell.pupil_id, MONDAY),
    ]
    undo_merge(merge=merge, by=world.head_a)
    assert sorted(SemiBoarding.objects.values_list("pupil", "valid_from", "valid_to")) == before


def test_the_page_of_a_pupil_leads_to_it_and_another_school_does_not_reach_it(
    world, spell, sign_in
):
    time = begin(world, spell)
    client = sign_in(world.head_a)
    page = client.get(reverse("schools:pupil", args=[spell.pupil_id])).content.decode()
    assert reverse("schools:semi_boarding_change", args=[time.pk]) in page
    assert "Nhà ở xa trường" in page
    answer = client.post(
        reverse("schools:semi_boarding_change", args=[time.pk]),
        {
            "operation": str(uuid.uuid4()),
            "basis": "terrain",
            "start": "2026-10-12",
            "last": "2026-10-11",
        },
    )
    assert (answer.status_code, "last" in answer.context["form"].errors) == (422, True)
    for person, status in [(world.head_b, 404), (world.teacher_a, 403)]:
        url = reverse("schools:semi_boarding_change", args=[time.pk])
        assert sign_in(person).get(url).status_code == status
