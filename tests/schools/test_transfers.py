"""From one school to another: sent, expected, received or sent back, and looked for at home."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from attendance.models import Absence
from core.models import Event
from core.scope import Places
from core.workflow import IllegalTransition
from schools.enums import EntryReason, ExitReason
from schools.models import Enrolment, NamesShown, Pupil, School, Transfer
from schools.pupil_merging.services.merging import merge_pupils, undo_merge
from schools.pupils.selectors.rolls import roll_on
from schools.pupils.services.enrolments import enrol_pupil, undo_leaving
from schools.transfers import selectors, services
from tests.html_query import read
from tests.reports.register_builders import take
from tests.sending import send_register
from tests.world import MONDAY

DAY = datetime.timedelta(days=1)


@pytest.fixture
def spell(world):
    return Enrolment.objects.select_related("pupil", "school_class__year").get(
        pupil__full_name="Ma A Dơ"
    )


@pytest.fixture
def sent(world, spell):
    return services.send(enrolment=spell, to=world.school_b, on=MONDAY, by=world.head_a)


def receive(world, transfer, start=MONDAY, **more):
    return services.receive(
        transfer=transfer, to=world.class_b, start=start, by=world.head_b, **more
    )


def state_of(transfer):
    return Transfer.objects.get(pk=transfer.pk).state


def test_until_the_day_the_pupil_is_on_the_roll_here_and_from_it_on_there(world, spell, sent):
    assert spell.pupil in [each.pupil for each in roll_on(world.class_a, MONDAY - DAY)]
    assert spell.pupil not in [each.pupil for each in roll_on(world.class_a, MONDAY)]
    new = receive(world, sent)
    assert new.pupil in [each.pupil for each in roll_on(world.class_b, MONDAY)]
    assert (new.entry_reason, new.grade) == (EntryReason.TRANSFER_IN, 6)
    sent.refresh_from_db()
    assert (sent.state, sent.enrolment) == ("received", new)
    kinds = list(Event.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        *("enrolment.ended", "transfer.sent"),
        *("enrolment.begun", "transfer.received"),
    ]


def test_the_pupil_is_of_the_lowest_grade_of_a_class_that_does_not_teach_his(world, sent):
    world.class_b.grades = "7"
    world.class_b.save()
    assert receive(world, sent).grade == 7


def test_a_day_on_the_roll_before_is_refused_with_the_day_to_choose(world, sent):
    with pytest.raises(ValidationError) as refused:
        receive(world, sent, start=MONDAY - DAY)
    assert "12/10/2026" in refused.value.message_dict["start"][0]
    assert state_of(sent) == "expected"


@pytest.mark.parametrize("case", ["own", "closed", "level"])
def test_a_school_that_cannot_take_the_pupil_in_is_refused_at_its_field(world, spell, case):
    to = world.school_b
    if case == "own":
        to = world.school_a
    elif case == "closed":
        School.objects.filter(pk=to.pk).update(valid_to=MONDAY)
    else:
        School.objects.filter(pk=to.pk).update(levels="THPT")
    to.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        services.send(enrolment=spell, to=to, on=MONDAY, by=world.head_a)
    assert list(refused.value.message_dict) == ["to"]
    spell.refresh_from_db()
    assert spell.valid_to is None


def test_marks_of_the_past_stay_with_the_class_before_and_a_later_roll_has_none(world, spell):
    day = world.today - DAY
    take(world.class_a, day, {spell.pupil_id: "K"})
    before = list(Absence.objects.values())
    transfer = services.send(enrolment=spell, to=world.school_b, on=world.today, by=world.head_a)
    receive(world, transfer, start=world.today)
    assert [row["pupil_id"] for row in before] == [spell.pupil_id]
    assert list(Absence.objects.values()) == before


def test_sent_back_with_a_reason_sent_on_and_received_elsewhere(world, spell, sent):
    with pytest.raises(ValidationError):
        services.send_back(transfer=sent, reason="  ", by=world.head_b)
    services.send_back(transfer=sent, reason="Không có em nào đến", by=world.head_b)
    with pytest.raises(IllegalTransition):
        receive(world, sent)
    services.send_on(transfer=sent, to=world.school_b, by=world.head_a)
    sent.refresh_from_db()
    assert (sent.state, sent.reason, sent.sent_on) == ("expected", "", timezone.localdate())
    receive(world, sent)
    assert state_of(sent) == "received"


def test_each_hand_is_its_schools_own(world, sent):
    for act in (
        lambda by: services.receive(transfer=sent, to=world.class_b, start=MONDAY, by=by),
        lambda by: services.send_back(transfer=sent, reason="Không đến", by=by),
    ):
        with pytest.raises(IllegalTransition):
            act(world.head_a)
        with pytest.raises(PermissionDenied):
            act(world.commune_officer)
    with pytest.raises(IllegalTransition):
        services.send_on(transfer=sent, to=world.school_b, by=world.head_b)
    with pytest.raises(IllegalTransition):
        services.say_dropped_out(transfer=sent, cause="poverty", by=world.head_b)


def test_found_to_have_dropped_out_the_leaving_says_so(world, spell, sent):
    services.say_dropped_out(
        transfer=sent, cause="marriage", further=["work", "poverty", "marriage"], by=world.head_a
    )
    spell.refresh_from_db()
    assert (spell.exit_reason, spell.dropout_cause) == (ExitReason.DROPOUT, "marriage")
    assert spell.further_causes == "poverty,work", "in the order of the list, the main one apart"
    assert (spell.valid_to, state_of(sent)) == (MONDAY, "withdrawn")
    with pytest.raises(IllegalTransition):
        services.say_dropped_out(transfer=sent, cause="marriage", by=world.head_a)


def test_a_head_names_several_causes_on_the_page(world, spell, sent, sign_in):
    client = sign_in(world.head_a)
    page = reverse("schools:transfer_dropout", args=[sent.pk])
    shown = client.get(page).content.decode()
    assert 'name="further" value="tet"' in shown
    unknown = client.post(page, {"cause": "distance", "further": ["ghost"]})
    assert unknown.status_code in (200, 422)
    assert state_of(sent) == "expected"
    answer = client.post(page, {"cause": "distance", "further": ["tet", "harvest"]})
    assert answer.status_code == 302
    spell.refresh_from_db()
    assert spell.further_causes == "harvest,tet"
    roll = client.get(reverse("schools:pupil", args=[spell.pupil_id])).content.decode()
    for cause in ("Nhà xa, đường khó đi", "Làm nương, mùa vụ", "Nghỉ sau Tết"):
        assert cause in roll, cause


def test_a_leaving_taken_back_expects_nobody(world, spell, sent):
    undo_leaving(enrolment=spell, by=world.head_a, reason="Nhầm em")
    assert state_of(sent) == "withdrawn"
    services.send(enrolment=spell, to=world.school_b, on=MONDAY, by=world.head_a)
    assert Transfer.objects.filter(state="expected").count() == 1


@pytest.mark.parametrize(("to", "state"), [("class_b", "received"), ("class_a", "withdrawn")])
def test_the_roll_settles_it_whoever_wrote_the_roll(world, spell, sent, to, state):
    new = enrol_pupil(
        pupil=spell.pupil,
        school_class=getattr(world, to),
        grade=6,
        start=MONDAY + DAY,
        reason=EntryReason.TRANSFER_IN,
        by=world.province_officer,
    )
    sent.refresh_from_db()
    assert (sent.state, sent.enrolment) == (state, new if state == "received" else None)


def test_only_who_waits_longer_than_the_rule_is_looked_for(world, sent):
    places = Places(timezone.localdate(), areas=frozenset({world.commune_a.pk}), reading=True)

    def overdue(day):
        found = selectors.transfers_in(places, kind=selectors.OVERDUE, on=day)
        count = selectors.count_waiting(places, on=day).overdue
        (row,) = selectors.transfer_rows([Transfer.objects.get()], manages=places, on=day)
        assert found.count() == count == row.is_overdue
        return bool(count)

    Transfer.objects.update(sent_on=MONDAY)
    assert (overdue(MONDAY + 9 * DAY), overdue(MONDAY + 10 * DAY)) == (False, True)
    # Sent on to another school, it waits anew.
    Transfer.objects.update(sent_on=MONDAY + 5 * DAY)
    assert not overdue(MONDAY + 10 * DAY)


def test_merged_records_keep_the_transfer_and_parted_ones_take_it_back(world, spell, sent):
    other = Pupil.objects.create(
        full_name="Ma A Dơ", sex="M", birth_date=spell.pupil.birth_date, ethnic_group="08"
    )
    gone_id = spell.pupil_id
    merge = merge_pupils(kept=other, gone=spell.pupil, by=world.head_a)
    sent.refresh_from_db()
    assert (sent.pupil, sent.state) == (other, "expected")
    undo_merge(merge=merge, by=world.head_a)
    sent.refresh_from_db()
    assert (sent.pupil_id, sent.state) == (gone_id, "expected")


# --- The pages ---------------------------------------------------------------------------------


def log_in(client, user):
    client.force_login(user)
    return client


def test_two_heads_do_it_each_with_one_form(world, client, spell):
    url = reverse("schools:transfer_send", args=[spell.pk])
    log_in(client, world.head_a)
    page = client.get(url).content.decode()
    assert world.school_b.name in page
    tomorrow = timezone.localdate() + DAY
    answer = client.post(url, {"to": world.school_b.pk, "on": tomorrow})
    assert answer.status_code == 302, answer.content.decode()
    transfer = Transfer.objects.get()
    log_in(client, world.head_b)
    page = client.get(reverse("schools:transfers")).content.decode()
    assert "Ma A Dơ" in page
    for place in (
        reverse("schools:school", args=[world.school_b.pk]),
        reverse("schools:school_class", args=[world.class_b.pk]),
        reverse("home"),
    ):
        assert reverse("schools:transfers") in client.get(place).content.decode()
    url = reverse("schools:transfer_receive", args=[transfer.pk])
    assert "Ma A Dơ" in client.get(url).content.decode()
    assert NamesShown.objects.filter(kind="arrivals", pupil=spell.pupil_id).exists()
    answer = client.post(url, {"to": world.class_b.pk, "start": tomorrow})
    assert answer.status_code == 302, answer.content.decode()
    assert spell.pupil.spells.get(school_class=world.class_b).valid_from == tomorrow


def test_the_home_commune_finds_who_arrived_nowhere(world, client, spell, sent):
    """The child lives in a commune in which neither school lies."""
    log_in(client, world.commune_officer)
    Pupil.objects.filter(pk=spell.pupil_id).update(home=world.commune_a)
    Transfer.objects.update(
        leaves_on=timezone.localdate() - 11 * DAY,
        sent_on=timezone.localdate() - 11 * DAY,
        from_class=world.class_b,
        to_school=world.school_b,
    )
    page = client.get(reverse("schools:transfers") + "?kind=overdue").content.decode()
    assert "Ma A Dơ" in page
    assert "Chưa rõ đi đâu" in page
    assert reverse("schools:transfers") + "?kind=overdue" in client.get("/").content.decode()
    Pupil.objects.filter(pk=spell.pupil_id).update(home=world.commune_b)
    page = client.get(reverse("schools:transfers")).content.decode()
    assert "Ma A Dơ" not in page


def test_registers_sent_without_the_pupil_are_asked_about(world, client, sent):
    send_register(
        school_class=world.class_b,
        date=MONDAY,
        session="am",
        operation_id=uuid.uuid4(),
        base_revision=0,
        by=world.teacher_b,
        marks={},
    )
    url = reverse("schools:transfer_receive", args=[sent.pk])
    log_in(client, world.head_b)
    page = client.post(url, {"to": world.class_b.pk, "start": MONDAY})
    seen = read(page).one("input[name=seen]").get("value")
    assert state_of(sent) == "expected"
    data = {"to": world.class_b.pk, "start": MONDAY, "seen": seen, "choice": "uncount"}
    assert client.post(url, data).status_code == 302
    assert state_of(sent) == "received"
