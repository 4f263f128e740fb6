"""Measures proposed from flags and causes: by rules of a file, in order, never twice for a flag."""

import datetime
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import override

from attendance.enums import AbsenceReason
from core.models import Event, Rule
from core.months import Month
from core.workflow import IllegalTransition
from inspections.action_plans import services
from inspections.action_plans.proposals import measures, proposals_for
from inspections.action_plans.wordings import MEASURES
from inspections.models import ActionFlag, ActionItem
from inspections.ranking import rank
from mobilisation.rates.variants import VARIANTS
from reports import thresholds
from reports.absence_analysis.findings import (
    FEW_PUPILS,
    GROUP,
    NO_REASON,
    REASON,
    UNIT,
    Explanation,
)
from reports.absence_analysis.selectors import analyses_of_communes, analysis
from reports.models import Flag
from reports.services.facts import rebuild
from tests.html_query import read
from tests.inspections.conftest import make_flag
from tests.reports.register_builders import pupil_ids, take
from tests.world import make_class, make_school

from .builders import make_action, make_action_plan

D = datetime.date
SEPTEMBER = Month(2026, 9)


@pytest.fixture
def plan(world):
    """A plan in force of the province."""
    return make_action_plan(world.province, by=world.province_officer)


def keys(plan):
    return [each.key for each in proposals_for(plan, on=D(2026, 10, 12))]


def key(commune, level="THCS", indicator="attendance"):
    return f"{commune.pk}-{level}-{indicator}"


# --- The file of rules -----------------------------------------------------------------------


def test_every_rule_of_the_file_is_whole_and_known():
    codes = [each.code for each in measures()]
    assert len(codes) == len(set(codes))
    assert set(codes) == set(MEASURES)
    kinds = {"", REASON, FEW_PUPILS, GROUP, UNIT, NO_REASON}
    for each in measures():
        assert each.cause in kinds
        assert each.rules <= set(Flag.Rule.values)
        assert each.reasons <= set(AbsenceReason.values)
        assert 0 < each.days <= 366
        assert each.source.startswith("Công văn 785/UBND-VX")


def test_every_wording_is_vietnamese_and_fits_a_task():
    longest = "Trường Phổ thông dân tộc bán trú Trung học cơ sở số 1 xã Tủa Sín Chải"
    with override("vi"):
        for wording in MEASURES.values():
            said = str(wording) % {"place": longest, "level": "Tiểu học"}
            assert len(said) <= 500
            assert said.startswith(longest)


def test_whatever_the_flags_and_the_cause_exactly_one_rule_is_first():
    causes = [
        None,
        *(Explanation(kind, 0.5, "x") for kind in (FEW_PUPILS, GROUP, UNIT, NO_REASON)),
        *(Explanation(REASON, 0.5, reason) for reason in AbsenceReason),
    ]
    taken = set()
    for about, rule, cause in product(("attendance", "mobilisation"), Flag.Rule.values, causes):
        fitting = [each for each in measures() if each.fits(about, {rule}, cause)]
        assert fitting, (about, rule, cause)
        taken.add(fitting[0].code)
    # No rule of the file is dead.
    assert taken == set(MEASURES)


# --- Order and measure ------------------------------------------------------------------------


def test_proposals_stand_in_the_order_of_inspections(world, plan):
    make_flag(world.commune_a, "certainly_low", "TH")
    make_flag(world.commune_a, "certainly_low", "THCS", numerator=880)
    make_flag(world.commune_b, "certainly_low", "THCS", numerator=500)
    make_flag(world.commune_a2, "persistent", "TH")
    make_flag(world.commune_a2, "certainly_low", "TH")
    make_flag(world.commune_b, "cannot_be_judged", "TH")
    found = proposals_for(plan, on=world.today)
    assert [each.key for each in found] == [
        key(world.commune_a2, "TH"),  # gravest
        key(world.commune_b),  # lower secondary, further below
        key(world.commune_a),
        key(world.commune_a, "TH"),
        key(world.commune_b, "TH"),  # what is not known comes last
    ]
    flags = Flag.objects.select_related("commune")
    ranked = [each.commune_id for each in rank(flags)]
    assert list(dict.fromkeys(each.commune.pk for each in found)) == ranked
    assert found == proposals_for(plan, on=world.today)


def test_a_proposal_says_why_in_one_sentence_and_until_when(world, plan):
    make_flag(world.commune_a, "watch")
    make_flag(world.commune_a, "persistent", written_reason="Xã A Một: thấp 3 tháng liền.")
    (found,) = proposals_for(plan, on=world.today)
    assert found.measure.code == "meet_monthly"
    assert found.what.startswith("Xã A Một, cấp THCS: ban chỉ đạo xã họp hằng tháng")
    assert found.reason == "Xã A Một: thấp 3 tháng liền."
    assert found.target == "Tỷ lệ chuyên cần đạt từ 95% trở lên"
    assert (found.target_value, found.due_on) == (95, D(2026, 11, 11))
    # Never after the plan.
    plan.valid_to = D(2026, 11, 1)
    assert proposals_for(plan, on=world.today)[0].due_on == D(2026, 10, 31)


def test_what_is_not_known_is_first_to_be_known(world, plan):
    make_flag(world.commune_a, "cannot_be_judged")
    rate = next(iter(VARIANTS))
    make_flag(world.commune_b, "cannot_be_judged", "TH", indicator=rate)
    make_flag(world.commune_a2, "certainly_low", "TH", indicator=rate)
    found = {each.measure.code: each for each in proposals_for(plan, on=world.today)}
    assert set(found) == {"send_registers", "match_survey", "follow_children"}
    assert found["send_registers"].target == ""
    assert found["send_registers"].target_value is None
    assert found["follow_children"].target_value == 95


def counted(world, absences, others=lambda school_class, day: {}):
    """September of class 6A, and of 60 pupils of another school in the same commune: that one."""
    Rule.objects.filter(
        key__in=[thresholds.MIN_PUPILS, thresholds.WHY_PUPILS, thresholds.WHY_ABSENT]
    ).update(value=1)
    names = [f"Sùng A {number}" for number in range(60)]
    other = make_school("12A9", "THCS A Chín", "THCS", world.commune_a, world.since)
    second = make_class(other, world.year, "6C", "THCS", "6", names[:12])
    for letter in "DEGH":
        make_class(other, world.year, f"6{letter}", "THCS", "6", names[:12])
    for day in SEPTEMBER.days()[:20]:
        take(world.class_a, day, absences(world.class_a, day))
        for each in second.school.classes.all():
            take(each, day, others(each, day))
    rebuild(school_ids=[world.school_a.pk, other.pk], month=SEPTEMBER)
    return other


def test_the_reason_given_most_chooses_the_measure(world, plan):
    counted(
        world,
        lambda school_class, day: (
            {
                pupil_ids(school_class)[day.day % 6]: "K harvest",
                pupil_ids(school_class)[(day.day + 1) % 6]: "P sick",
            }
            if day.day % 4 == 0
            else {pupil_ids(school_class)[day.day % 6]: "K harvest"}
        ),
    )
    # Only the reasons are looked at here, not who or which school has the absences.
    Rule.objects.filter(
        key__in=[thresholds.WHY_UNIT, thresholds.WHY_FEW_PUPILS, thresholds.WHY_GROUP]
    ).update(value=101)
    make_flag(world.commune_a)
    (found,) = proposals_for(plan, on=world.today)
    assert found.measure.code == "season_work"
    assert found.reason.startswith("Xã A Một, THCS: certainly_low; ")
    assert found.reason.endswith(").")
    assert found.reason.count(". ") == 0


def test_a_school_much_lower_than_the_others_is_named_and_answers_for_it(world, plan):
    other = counted(
        world,
        lambda school_class, day: {},
        # Every one of them misses two days of three: no chance.
        lambda school_class, day: (
            dict.fromkeys(pupil_ids(school_class), "K work") if day.day % 3 else {}
        ),
    )
    Rule.objects.filter(
        key__in=[thresholds.WHY_REASON, thresholds.WHY_FEW_PUPILS, thresholds.WHY_GROUP]
    ).update(value=101)
    make_flag(world.commune_a)
    (found,) = proposals_for(plan, on=world.today)
    assert (found.measure.code, found.school) == ("school_alone", other)
    assert found.what.startswith("THCS A Chín: ban chỉ đạo xã làm việc với hiệu trưởng")
    (task,) = services.accept_proposals(plan=plan, keys=[found.key], by=world.province_officer)
    assert (task.school, task.area) == (other, world.commune_a)


def test_absences_of_all_communes_at_once_are_those_of_each(world):
    other = counted(world, lambda school_class, day: {pupil_ids(school_class)[0]: "K"})
    together = analyses_of_communes(
        month=SEPTEMBER,
        commune_of={world.school_a.pk: world.commune_a.pk, other.pk: world.commune_a.pk},
    )
    alone = analysis(
        month=SEPTEMBER,
        compared=SEPTEMBER,
        level="THCS",
        school_ids=[world.school_a.pk, other.pk],
        by_grade=False,
    )
    found = together[world.commune_a.pk, "THCS"]
    assert found.found.total == alone.total
    for kind in ("sex", "ethnic_group"):
        assert found.found.by[kind] == dict(alone.by[kind])
    assert sum((each.absent for each in found.schools.values()), 0) == alone.total.absent > 0


# --- Never twice ------------------------------------------------------------------------------


def test_accepted_measures_become_tasks_with_their_flags_and_are_not_proposed_again(world, plan):
    flags = [make_flag(world.commune_a), make_flag(world.commune_a, "persistent")]
    make_flag(world.commune_b)
    first = key(world.commune_a)
    (task,) = services.accept_proposals(plan=plan, keys=[first], by=world.province_officer)
    assert set(task.flags.all()) == set(flags)
    assert (task.level, task.indicator, task.measure) == ("THCS", "attendance", "meet_monthly")
    assert keys(plan) == [key(world.commune_b)]
    of_commune = make_action_plan(world.commune_a, by=world.commune_officer)
    assert keys(of_commune) == []
    services.cancel_action(item=task, reason="Làm cách khác", by=world.province_officer)
    assert keys(of_commune) == []
    with pytest.raises(ValidationError, match="không còn được đề xuất"):
        services.accept_proposals(plan=plan, keys=[first], by=world.province_officer)


def test_a_later_flag_waits_while_the_earlier_task_is_open(world, plan):
    make_flag(world.commune_a)
    (task,) = services.accept_proposals(
        plan=plan, keys=[key(world.commune_a)], by=world.province_officer
    )
    make_flag(world.commune_a, month=D(2026, 10, 1))
    assert keys(plan) == []
    ActionItem.objects.filter(pk=task.pk).update(
        state="done", done_on=world.today, done_by=world.head_a
    )
    assert keys(plan) == [key(world.commune_a)]


def test_flags_of_the_newest_month_that_are_still_met(world, plan):
    make_flag(world.commune_a, month=D(2026, 8, 1))
    make_flag(world.commune_b)
    make_flag(world.commune_a2, state="withdrawn")
    assert keys(plan) == [key(world.commune_b)]


def test_all_chosen_are_taken_or_none(world, plan):
    make_flag(world.commune_a)
    with pytest.raises(ValidationError, match="Có biện pháp không còn được đề xuất"):
        services.accept_proposals(
            plan=plan, keys=[key(world.commune_a), "9-THCS-attendance"], by=world.province_officer
        )
    with pytest.raises(ValidationError, match="ít nhất một"):
        services.accept_proposals(plan=plan, keys=[], by=world.province_officer)
    assert (ActionItem.objects.count(), Event.objects.count()) == (0, 0)


def test_a_plan_that_is_over_takes_no_measure(world):
    plan = make_action_plan(world.province, by=world.province_officer, state="ended")
    make_flag(world.commune_a)
    with pytest.raises(IllegalTransition, match="Chỉ sửa đổi được kế hoạch đang có hiệu lực"):
        services.accept_proposals(plan=plan, keys=[key(world.commune_a)], by=world.province_officer)


def test_a_plan_whose_days_are_over_is_proposed_nothing(world):
    plan = make_action_plan(world.province, by=world.province_officer, valid_to=world.today)
    make_flag(world.commune_a)
    assert keys(plan) == []
    plan.valid_to = D(2026, 10, 13)
    assert keys(plan) == [key(world.commune_a)]


def test_the_database_refuses_a_second_task_for_a_flag(world, plan):
    flag = make_flag(world.commune_a)
    tasks = [make_action(plan, by=world.province_officer) for _each in range(2)]
    ActionFlag.objects.create(item=tasks[0], flag=flag)
    with pytest.raises(IntegrityError), transaction.atomic():
        ActionFlag.objects.create(item=tasks[1], flag=flag)


def test_measures_are_ticked_or_taken_one_by_one_on_the_page(world, plan, sign_in):
    for commune in (world.commune_a, world.commune_a2, world.commune_b):
        make_flag(commune)
    client = sign_in(world.province_officer)
    page = reverse("inspections:action_plan", args=[plan.pk])
    accept = reverse("inspections:action_plan_accept", args=[plan.pk])
    offered = [box.get("value") for box in read(client.get(page)).select("input[name=measure]")]
    assert offered == keys(plan)
    # The button of one takes that one alone, whatever is ticked.
    assert client.post(accept, {"only": offered[0], "measure": offered[1]}).status_code == 302
    assert ActionItem.objects.count() == 1
    assert client.post(accept, {"measure": offered[1:]}).status_code == 302
    assert ActionItem.objects.count() == 3
    again = client.post(accept, {"measure": offered[:1]})
    assert again.status_code == 422
    assert "không còn được đề xuất" in read(again).texts(".error-summary li")[0]
    assert not read(client.get(page)).select("input[name=measure]")


def test_who_only_reads_a_plan_is_proposed_nothing(world, sign_in):
    plan = make_action_plan(world.commune_a, by=world.commune_officer)
    make_flag(world.commune_a)
    answer = sign_in(world.member_user).get(reverse("inspections:action_plan", args=[plan.pk]))
    assert not read(answer).select("input[name=measure]")
