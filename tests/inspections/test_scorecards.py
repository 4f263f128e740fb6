"""Scorecards: points from rows, changed with a reason, kept when confirmed."""

import datetime
import random
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from core.models import Event, Rule
from core.months import Month
from core.workflow import IllegalTransition
from inspections.models import (
    Assignment,
    InspectionPlan,
    Member,
    Recommendation,
    Scorecard,
    ScoringCriterion,
    Visit,
)
from inspections.scorecards.cards import Adjusted, Card, Grade, Item, Score
from inspections.scorecards.selectors import committee_scores, scorecard_of
from inspections.scorecards.services import (
    adjust_score,
    confirm_scorecard,
    take_back_confirmation,
)
from reports import thresholds
from reports.models import ClassCoverage, Target
from reports.services.facts import rebuild
from schools.models import Area, Placement, SchoolYear, Succession
from tests.frozen import freeze_time
from tests.html_query import read
from tests.reports.register_builders import pupil_ids, take

from .conftest import add_communes

D = datetime.date
LIMITS = {Grade.EXCELLENT: 90, Grade.GOOD: 75, Grade.DONE: 50}
SEPTEMBER = Month(2026, 9)


def items(reached, judged):
    return [Item(str(number), number < reached, "") for number in range(judged)]


def score(most, reached, judged, adjusted=None):
    return Score("x", "TC", "Tiêu chí", most, items(reached, judged), adjusted)


# --- Points ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "reached", "judged", "points"),
    [
        (30, 2, 3, "20.0"),
        (20, 1, 3, "6.7"),
        (5, 1, 8, "0.6"),  # 0.625
        (10, 1, 16, "0.6"),
        (15, 1, 20, "0.8"),  # 0.75 goes up
        (15, 0, 4, "0.0"),
        (15, 0, 0, None),
    ],
)
def test_points_follow_the_share_reached(most, reached, judged, points):
    assert score(most, reached, judged).computed == (points and Decimal(points))


def test_what_cannot_be_judged_neither_gives_points_nor_takes_them():
    card = Card([score(30, 2, 3), score(20, 0, 0)])
    assert (card.total, card.out_of, card.grade(LIMITS)) == (Decimal("20.0"), 30, Grade.DONE)
    assert Card([score(20, 0, 0)]).grade(LIMITS) == Grade.UNKNOWN


def test_points_given_by_a_person_count_instead():
    given = Adjusted(Decimal("18.5"), "Vùng lũ", "Lê Thị Mai")
    card = Card([score(20, 0, 4, given), score(20, 0, 0, given)])
    assert (card.total, card.out_of) == (Decimal("37.0"), 40)
    assert card.scores[0].computed == 0


@pytest.mark.parametrize(
    ("reached", "grade"),
    [(18, Grade.EXCELLENT), (17, Grade.GOOD), (15, Grade.GOOD), (10, Grade.DONE), (9, "not_done")],
)
def test_the_grade_follows_the_share_of_points(reached, grade):
    assert Card([score(20, reached, 20)]).grade(LIMITS) == grade


def test_a_card_is_read_back_as_it_was_kept():
    kept = Score(
        "attendance",
        "Chuyên cần",
        "Chuyên cần của xã phụ trách",
        30,
        [Item("Xã A, THCS, 09/2026", False, "91,0 %", 3, "2026-09", "THCS"), Item("B", True, "")],
        Adjusted(Decimal("12.5"), "Lũ", "Mai"),
    )
    assert Score.of_json(kept.as_json()) == kept


# --- What is looked at -----------------------------------------------------------------------


@pytest.fixture
def counted(world):
    """The year counted to September: lower secondary of A below its target, of B above it.

    No other register was sent: in August, and of the primary classes of A. A dozen pupils suffice.
    """
    Rule.objects.filter(key__in=[thresholds.MIN_PUPILS, thresholds.MIN_DAYS]).update(value=1)
    Target.objects.filter(indicator="coverage").delete()
    for day in SEPTEMBER.days()[:12]:
        take(world.class_a, day, dict.fromkeys(pupil_ids(world.class_a)[:2], "K"))
        take(world.class_b, day, {})
    for month in (SEPTEMBER.plus(-1), SEPTEMBER):
        rebuild(school_ids=[world.school_a.pk, world.school_b.pk], month=month)
    return world


def scores_of(w, member=None):
    row = scorecard_of(member or w.member, year=w.year, today=w.today)
    return {each.code: each for each in row.card.scores}


def test_attendance_is_judged_by_commune_level_and_month_in_charge(counted):
    found = scores_of(counted)["attendance"]
    unsent = "gửi quá ít sổ để đánh giá"
    assert [(item.name, item.reached, item.said) for item in found.items] == [
        ("Xã A Một, Tiểu học, 08/2026", False, unsent),
        ("Xã A Một, THCS, 08/2026", False, unsent),
        ("Xã A Một, Tiểu học, 09/2026", False, unsent),
        ("Xã A Một, THCS, 09/2026", False, "66,7%, chỉ tiêu 95%"),
    ]
    Assignment.objects.create(
        committee=counted.committee,
        member=counted.member,
        commune=counted.commune_b,
        valid_from=counted.since,
    )
    found = scores_of(counted)["attendance"]
    # B sent nothing in August and was above its target in September.
    assert (found.reached, len(found.items), found.points) == (1, 6, Decimal("5.0"))


def test_a_month_before_the_assignment_is_not_the_members(counted):
    Assignment.objects.update(valid_from=D(2026, 10, 1))
    assert scores_of(counted)["attendance"].items == []


def test_a_month_with_too_few_registers_counts_against(counted):
    Target.objects.create(
        indicator="coverage", area=counted.province, percent=90, valid_from=counted.since
    )
    (item,) = [
        each
        for each in scores_of(counted)["attendance"].items
        if each.level == "THCS" and each.month == "2026-09"
    ]
    assert (item.reached, item.said) == (False, "gửi quá ít sổ để đánh giá")


def test_the_roll_is_judged_by_the_targets_there_are(counted):
    assert scores_of(counted)["roll_kept"].points is None
    for indicator, percent in (("retention_a", 99), ("dropout", 1)):
        Target.objects.create(
            indicator=indicator, area=counted.province, percent=percent, valid_from=counted.since
        )
    found = scores_of(counted)["roll_kept"]
    assert found.items
    assert found.reached == len(found.items)


def plan_of(w, month, area=None):
    return InspectionPlan.objects.create(
        area=area or w.province,
        month=month,
        based_on=month,
        capacity=3,
        state="approved",
        drafted_by=w.province_officer,
        approved_by=w.province_officer,
        approved_at=datetime.datetime(2026, 8, 1, tzinfo=datetime.UTC),
    )


def test_visits_records_and_recommendations_equal_a_slow_recount(world):
    """Random visits and recommendations, counted again one by one from the text of the rules."""
    draw = random.Random(7)
    plans = {month: plan_of(world, D(2026, month, 1)) for month in (8, 9)}
    communes = [world.commune_a, world.commune_a2, world.commune_b, *add_communes(world, 12)]
    made = []
    for plan in plans.values():
        for rank, commune in enumerate(communes, start=1):
            planned = plan.month.replace(day=draw.randint(1, 28))
            state = draw.choice(["planned", "done", "done", "cancelled"])
            visited = planned + datetime.timedelta(days=draw.randint(0, 9))
            recorded = visited + datetime.timedelta(days=draw.randint(0, 9))
            done = state == "done"
            visit = Visit.objects.create(
                plan=plan,
                commune=commune,
                rank=rank,
                reason="Thấp",
                member=world.member,
                planned_on=planned,
                state=state,
                visited_on=visited if done else None,
                result="Đủ" if done else "",
                recorded_by=world.member_user if done else None,
                recorded_at=datetime.datetime(
                    recorded.year, recorded.month, recorded.day, 5, tzinfo=datetime.UTC
                )
                if done
                else None,
            )
            made.append(visit)
            due = D(2026, 8, 1) + datetime.timedelta(days=draw.randint(0, 80))
            finished = draw.choice([None, due, due + datetime.timedelta(days=1)])
            Recommendation.objects.create(
                visit=visit,
                text="Vận động",
                owner="Xã",
                due_on=due,
                state="done" if finished else "open",
                done_on=finished,
            )
    held = {world.commune_a.pk}
    visits = [v for v in made if v.state != "cancelled"]
    done = [v for v in visits if v.state == "done"]
    in_time = [v for v in done if (v.recorded_at.date() - v.visited_on).days <= 5]
    due = [
        each
        for each in Recommendation.objects.select_related("visit")
        if each.visit.commune_id in held and D(2026, 8, 1) <= each.due_on < D(2026, 10, 1)
    ]
    carried_out = [each for each in due if each.done_on and each.done_on <= each.due_on]
    found = scores_of(world)
    assert (found["visits"].reached, len(found["visits"].items)) == (len(done), len(visits))
    assert (found["records"].reached, len(found["records"].items)) == (len(in_time), len(done))
    assert (found["recommendations"].reached, len(found["recommendations"].items)) == (
        len(carried_out),
        len(due),
    )
    assert 0 < len(in_time) < len(done) < len(visits)


@pytest.fixture
def merged(counted):
    """Commune A went into A2 on 1 September; one recommendation was due before, one is after."""
    counted.today = D(2026, 10, 12)
    day = D(2026, 9, 1)
    ClassCoverage.objects.filter(commune=counted.commune_a, month__gte=SEPTEMBER.first).update(
        commune=counted.commune_a2
    )
    plan = InspectionPlan.objects.create(
        area=counted.province,
        month=D(2026, 8, 1),
        based_on=D(2026, 8, 1),
        capacity=1,
        drafted_by=counted.province_officer,
    )
    visit = Visit.objects.create(plan=plan, commune=counted.commune_a, rank=1, reason="Thấp")
    for due in (D(2026, 8, 20), D(2026, 9, 20)):
        Recommendation.objects.create(visit=visit, text=f"Hạn {due}", owner="Xã", due_on=due)
    Area.objects.filter(pk=counted.commune_a.pk).update(valid_to=day)
    Succession.objects.create(old=counted.commune_a, new=counted.commune_a2, effective_on=day)
    Placement.objects.filter(school=counted.school_a).update(commune=counted.commune_a2)
    return counted


def due_of(row):
    (found,) = [each for each in row.card.scores if each.code == "recommendations"]
    return [item.name.split("Hạn ")[1] for item in found.items]


def test_a_commune_has_what_was_filed_under_those_that_went_into_it(merged):
    def due():
        scores = committee_scores(merged.committee, year=merged.year, today=merged.today)
        return {row.name: due_of(row) for row in scores.communes}

    assert due() == {"Xã A Hai": ["2026-08-20", "2026-09-20"], "Xã B Một": []}
    # Of one that was divided no commune answers alone.
    Succession.objects.create(
        old=merged.commune_a, new=merged.commune_b, effective_on=D(2026, 9, 1)
    )
    assert due() == {"Xã A Hai": [], "Xã B Một": []}


def test_what_is_due_after_a_commune_ended_is_with_who_answers_for_its_successor(merged):
    """The assignment to A was left open; it holds no longer than A."""
    second = Member.objects.create(
        committee=merged.committee, full_name="Lò Thị Inh", valid_from=merged.since
    )
    Assignment.objects.create(
        committee=merged.committee,
        member=second,
        commune=merged.commune_a2,
        valid_from=D(2026, 9, 1),
    )
    cards = {
        member: due_of(scorecard_of(member, year=merged.year, today=merged.today))
        for member in (merged.member, second)
    }
    assert cards == {merged.member: ["2026-08-20"], second: ["2026-09-20"]}
    # The same on the page of all.
    scores = committee_scores(merged.committee, year=merged.year, today=merged.today)
    assert {row.member: due_of(row) for row in scores.members} == cards


def test_a_sector_has_the_communes_and_visits_of_all_its_members(counted):
    second = Member.objects.create(
        committee=counted.committee,
        full_name="Lò Thị Inh",
        organisation=counted.member.organisation,
        valid_from=counted.since,
    )
    Assignment.objects.create(
        committee=counted.committee,
        member=second,
        commune=counted.commune_b,
        valid_from=counted.since,
    )
    scores = committee_scores(counted.committee, year=counted.year, today=counted.today)
    (organisation,) = scores.organisations
    assert organisation.name == "Hội Khuyến học tỉnh"
    assert len(organisation.card.scores[0].items) == 6
    # The best first: whoever has the commune above its target.
    assert [row.name for row in scores.members] == ["Lò Thị Inh", "Vàng Văn Thắng"]
    assert [each.code for each in scores.place_criteria] == [
        "attendance",
        "mobilisation",
        "roll_kept",
        "recommendations",
    ]
    assert scores.communes[0].name == "Xã B Một"


def test_the_criteria_are_those_of_the_last_day_of_the_year(counted):
    ScoringCriterion.objects.filter(code="visits").update(valid_to=D(2027, 1, 1))
    ScoringCriterion.objects.create(
        code="visits",
        short_name="Đi cơ sở",
        name="Đi cơ sở theo kế hoạch",
        measure="visits",
        points=25,
        place=4,
        valid_from=D(2027, 1, 1),
    )
    assert scores_of(counted)["visits"].most == 25


# --- What a person decides ---------------------------------------------------------------------


@pytest.fixture
def after_the_year(counted):
    """The day after the school year's end."""
    with freeze_time("2027-08-02 00:10:00"):
        counted.today = D(2027, 8, 2)
        yield counted


def adjust(w, **more):
    values = {
        "member": w.member,
        "year": w.year,
        "criterion": "attendance",
        "points": Decimal("12.5"),
        "reason": "Lũ quét tháng 9",
        "by": w.province_officer,
    }
    return adjust_score(**{**values, **more})


def test_points_are_changed_with_a_reason_and_the_last_ones_count(counted):
    adjust(counted)
    adjust(counted, points=Decimal("14"), reason="Đã xem lại")
    found = scores_of(counted)["attendance"]
    assert (found.computed, found.points) == (Decimal("0.0"), Decimal("14.0"))
    assert found.adjusted.reason == "Đã xem lại"
    event = Event.objects.filter(kind="score.adjusted").latest("pk")
    assert event.reason == "Đã xem lại"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"points": Decimal("30.1")}, "tối đa 30 điểm"),
        ({"reason": "  "}, "Hãy ghi lý do sửa điểm"),
        ({"criterion": "none"}, "không chấm tiêu chí này"),
    ],
)
def test_a_change_that_cannot_be_leaves_nothing(counted, wrong, why):
    with pytest.raises(ValidationError, match=why):
        adjust(counted, **wrong)
    assert not Scorecard.objects.exists()


def test_nobody_decides_about_the_own_card(after_the_year):
    w = after_the_year
    Member.objects.filter(pk=w.member.pk).update(user=w.province_officer)
    w.member.refresh_from_db()
    with pytest.raises(IllegalTransition, match="phiếu của chính mình"):
        adjust(w)
    with pytest.raises(IllegalTransition, match="phiếu của chính mình"):
        confirm_scorecard(member=w.member, year=w.year, by=w.province_officer)


def test_only_who_keeps_the_committee_decides(counted):
    with pytest.raises(PermissionDenied):
        adjust(counted, by=counted.district_officer)


def test_a_card_is_not_confirmed_before_the_year_is_over(counted):
    with pytest.raises(IllegalTransition, match="31/07/2027"):
        confirm_scorecard(member=counted.member, year=counted.year, by=counted.province_officer)
    assert not Scorecard.objects.exists()


def test_a_confirmed_card_stays_as_it_was(after_the_year):
    w = after_the_year
    before = scores_of(w)
    kept = confirm_scorecard(member=w.member, year=w.year, by=w.province_officer)
    Target.objects.update(percent=1)
    assert scores_of(w) == before
    with pytest.raises(IllegalTransition, match="đã được xác nhận"):
        adjust(w)
    with pytest.raises(IllegalTransition, match="Phiếu thi đua đã được xác nhận"):
        confirm_scorecard(member=w.member, year=w.year, by=w.province_officer)
    with pytest.raises(ValidationError, match="Ghi lý do rút xác nhận"):
        take_back_confirmation(member=w.member, year=w.year, reason=" ", by=w.province_officer)
    take_back_confirmation(
        member=w.member, year=w.year, reason="Chỉ tiêu đã đổi", by=w.province_officer
    )
    kept.refresh_from_db()
    assert (kept.state, kept.content, kept.confirmed_by) == ("draft", "", None)
    assert scores_of(w)["attendance"].reached > before["attendance"].reached


# --- Pages -----------------------------------------------------------------------------------


def page(client, name, *args):
    answer = client.get(reverse(f"inspections:{name}", args=args))
    assert answer.status_code == 200
    return read(answer)


def test_the_page_of_a_committee_shows_points_and_leads_to_each_card(counted, sign_in):
    found = page(sign_in(counted.province_officer), "scorecards", counted.committee.pk)
    (row,) = found.select("table[aria-labelledby=members] tbody tr, .table-wrap tbody tr")
    assert "Vàng Văn Thắng" in row.texts("th")[0]
    href = row.select("th a")[0].get("href")
    assert href == (
        reverse("inspections:scorecard", args=[counted.committee.pk, counted.member.pk])
        + "?year=2026-2027"
    )


def test_a_member_reads_the_own_card_and_no_other(counted, sign_in):
    other = Member.objects.create(
        committee=counted.committee, full_name="Lò Thị Inh", valid_from=counted.since
    )
    client = sign_in(counted.member_user)
    found = page(client, "scorecard", counted.committee.pk, counted.member.pk)
    assert found.texts("h1")[0].startswith("Vàng Văn Thắng:")
    assert "Xã A Một, THCS, 09/2026" in " ".join(found.texts("li"))
    refused = client.get(reverse("inspections:scorecard", args=[counted.committee.pk, other.pk]))
    assert refused.status_code == 404
    assert page(client, "mine").texts("main p a")[-1].startswith("Phiếu thi đua của tôi")


def test_points_are_changed_from_the_page(counted, sign_in):
    client = sign_in(counted.province_officer)
    address = reverse(
        "inspections:score_adjust",
        args=[counted.committee.pk, counted.member.pk, "attendance"],
    )
    answer = client.post(address, {"points": "31", "reason": "Lũ"})
    assert read(answer).texts(".error-summary li") != []
    assert client.post(address, {"points": "12,5", "reason": "Lũ"}).status_code == 302
    found = page(client, "scorecard", counted.committee.pk, counted.member.pk)
    assert any("Lê Thị Mai cho 12,5 điểm: Lũ" in text for text in found.texts(".notice"))


def test_points_given_for_a_criterion_that_ended_are_still_told(counted, sign_in):
    adjust(counted)
    ScoringCriterion.objects.filter(code="attendance").update(valid_to=D(2027, 1, 1))
    assert "attendance" not in scores_of(counted)
    client = sign_in(counted.province_officer)
    found = page(client, "scorecard", counted.committee.pk, counted.member.pk)
    (told,) = [text for text in found.texts(".notice") if "Thôi chấm" in text]
    assert told.endswith("Lê Thị Mai đã cho 12,5 điểm ở tiêu chí này: Lũ quét tháng 9")
    assert "Chuyên cần" in told


def test_a_year_is_confirmed_from_the_page_once_it_is_over(after_the_year, sign_in):
    w = after_the_year
    SchoolYear.objects.create(code="2027-2028", valid_from=D(2027, 8, 1), valid_to=D(2028, 8, 1))
    client = sign_in(w.province_officer)
    address = reverse("inspections:scorecard_confirm", args=[w.committee.pk, w.member.pk])
    # Without a year it is the one that runs: not over.
    refused = read(client.post(address))
    assert "31/07/2028" in refused.texts(".notice--warning")[0]
    assert client.post(f"{address}?year=2026-2027").status_code == 302
    assert Scorecard.objects.get().state == "confirmed"
    card = reverse("inspections:scorecard", args=[w.committee.pk, w.member.pk])
    assert client.get(f"{card}?year=1999-2000").status_code == 404


CEILINGS = {"scorecards": 49, "scorecard": 48}


def test_queries_do_not_grow_with_communes_members_and_visits(
    counted, sign_in, django_assert_max_num_queries
):
    client = sign_in(counted.province_officer)

    def read_all():
        for name, ceiling in CEILINGS.items():
            args = [counted.committee.pk] + [counted.member.pk] * (name == "scorecard")
            with django_assert_max_num_queries(ceiling):
                page(client, name, *args)

    read_all()
    plan = plan_of(counted, D(2026, 9, 1))
    for rank, commune in enumerate(add_communes(counted, 12), start=1):
        member = Member.objects.create(
            committee=counted.committee,
            full_name=f"Lò Văn {rank}",
            organisation=f"Sở {rank}",
            valid_from=counted.since,
        )
        Visit.objects.create(
            plan=plan,
            commune=commune,
            rank=rank,
            reason="Thấp",
            member=member,
            planned_on=D(2026, 9, 20),
        )
        Assignment.objects.create(
            committee=counted.committee,
            member=counted.member,
            commune=commune,
            valid_from=counted.since,
        )
    read_all()
