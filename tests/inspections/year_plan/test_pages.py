"""The proposal read from the database, its page, the plans that come of it, and the command."""

import datetime
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.formats import date_format

from core.models import Event, Rule
from core.months import Month
from inspections.management.commands import propose_plan
from inspections.models import Assignment, InspectionPlan, Member, Visit
from inspections.priority import total_of
from inspections.selectors.members import members_for
from inspections.services.plans import add_visit, approve_plan, change_visit, draft_plan
from inspections.year_plan import selectors
from inspections.year_plan.selectors import Asked, mark_of, proposal_for
from inspections.year_plan.services import draft_month, redraft_month
from reports.models import Flag
from reports.services.flags import mark_visited
from schools.models import AreaDesignation, Succession
from tests.html_query import read
from tests.inspections.conftest import add_communes, make_flag
from tests.world import make_area

from .checker import broken

D = datetime.date
# Of a proposal, and of the command that shows one.
PROPOSAL_CEILING, COMMAND_CEILING = 34, 37
NOVEMBER, DECEMBER = Month(2026, 11), Month(2026, 12)


def asked(w, **more):
    values = {"area": w.province, "first": NOVEMBER, "months": 3, "visits": 4, "days": 8}
    return Asked(**{**values, **more})


@pytest.fixture
def checked(monkeypatch):
    """Every proposal made from the database is held against the rules of the checker."""
    made = []

    def propose(*args):
        found = selectors_propose(*args)
        assert broken(found, *args) == []
        made.append(args)
        return found

    selectors_propose = selectors.propose
    monkeypatch.setattr(selectors, "propose", propose)
    return made


def visits(found, month=NOVEMBER):
    return {
        found.tree[each.need.commune].name: (each.day, found.members[each.member].full_name)
        for each in found.of(month).visits
    }


def test_a_proposal_reads_flags_members_roads_and_lessons(flagged, checked):
    found = proposal_for(asked(flagged))
    assert str(found.based_on) == "2026-09"
    assert set(visits(found)) == {"A Một", "A Hai", "B Một"}
    ((needs, inspectors, months, _capacity, _lessons, _planned),) = checked
    assert [(each.commune, each.place) for each in needs] == [
        (flagged.commune_a.pk, 1),
        (flagged.commune_b.pk, 2),
        (flagged.commune_a2.pk, 3),
    ]
    assert needs[0].in_charge == dict.fromkeys(months, flagged.member.pk)
    assert needs[0].cluster == needs[2].cluster == flagged.cluster.pk
    assert [each.member for each in inspectors] == [flagged.member.pk]
    assert len(months) == 3


def test_those_who_may_go_are_those_of_the_plan_of_each_month(flagged, checked):
    Assignment.objects.filter(pk=flagged.assignment.pk).update(valid_to=D(2026, 12, 10))
    other = Member.objects.create(
        committee=flagged.committee,
        full_name="Người thứ hai",
        valid_from=D(2026, 12, 5),
        valid_to=D(2027, 1, 1),
    )
    Assignment.objects.create(
        committee=flagged.committee,
        member=other,
        commune=flagged.commune_b,
        valid_from=D(2026, 11, 1),
    )
    proposal_for(asked(flagged))
    ((_needs, inspectors, months, _capacity, _lessons, _planned),) = checked
    for month in months:
        plan = InspectionPlan(area=flagged.province, month=month.first)
        assert {each.member for each in inspectors if month in each.months} == {
            each.pk for each in members_for(plan, month=month)
        }


def test_who_answers_is_who_does_in_the_month_of_the_visit(flagged, checked):
    """Not in the first of the months, nor today."""
    Rule.objects.filter(key="visit_plan.spacing").update(value=1)
    Assignment.objects.filter(pk=flagged.assignment.pk).update(valid_to=D(2026, 12, 1))
    after = Member.objects.create(
        committee=flagged.committee, full_name="Người sau", valid_from=D(2026, 12, 1)
    )
    Assignment.objects.create(
        committee=flagged.committee,
        member=after,
        commune=flagged.commune_a,
        valid_from=D(2026, 12, 1),
    )
    draft_month(
        asked=asked(flagged, months=1, visits=1, days=2),
        month=NOVEMBER,
        seen=None,
        by=flagged.province_officer,
    )
    again = asked(flagged, first=NOVEMBER, months=2)
    assert visits(proposal_for(again), DECEMBER)["A Một"][1] == "Người sau"
    needs = checked[-1][0]
    assert needs[0].in_charge == {NOVEMBER: flagged.member.pk, DECEMBER: after.pk}


def test_a_visit_to_a_commune_that_ended_counts_for_the_one_it_went_into(flagged, checked):
    old = make_area(3, "xa", "03009", "Cũ", flagged.province, valid_to=D(2026, 10, 1))
    plan = draft_plan(
        area=flagged.province, month=Month(2026, 10), capacity=1, by=flagged.province_officer
    )
    plan.visits.update(commune=old, planned_on=D(2026, 10, 14))
    Succession.objects.create(old=old, new=flagged.commune_a, effective_on=D(2026, 10, 1))
    found = proposal_for(asked(flagged, months=2))
    needs = {each.commune: each.visited for each in checked[-1][0]}
    assert needs[flagged.commune_a.pk] == (D(2026, 10, 14),)
    assert "A Một" not in visits(found)


def test_seasons_are_dated_rules_of_remote_communes(flagged, checked):
    AreaDesignation.objects.create(area=flagged.commune_a, kind="dbkk", valid_from=D(2026, 1, 1))
    for key in ("closed_from", "closed_to"):
        Rule.objects.filter(key=f"visit_plan.{key}").update(value=11)
    found = proposal_for(asked(flagged))
    assert set(visits(found)) == {"A Hai", "B Một"}
    assert set(visits(found, Month(2026, 12))) == {"A Một"}


def test_a_month_with_a_plan_is_counted_and_not_proposed_again(flagged, checked):
    first = draft_month(
        asked=asked(flagged), month=NOVEMBER, seen=None, by=flagged.province_officer
    )
    found = proposal_for(asked(flagged))
    assert (found.plans, found.of(NOVEMBER)) == ({NOVEMBER: first}, None)
    # Three months lie between two visits: the three communes of November had theirs.
    assert (found.proposal.visits, found.proposal.left_out) == ([], [])


def test_a_person_who_is_elsewhere_that_day_is_not_sent(flagged, checked, draft):
    Rule.objects.filter(key="visit_plan.spacing").update(value=1)
    visit = draft.visits.get(commune=flagged.commune_a)
    (day, _name) = visits(proposal_for(asked(flagged, months=1)))["B Một"]
    Visit.objects.filter(pk=visit.pk).update(planned_on=day, commune=flagged.commune_a2)
    assert visits(proposal_for(asked(flagged, months=1)))["B Một"][0] != day


def test_the_past_and_an_area_that_is_not_there_are_refused(flagged):
    with pytest.raises(ValidationError) as refused:
        proposal_for(asked(flagged, first=Month(2026, 9)))
    assert list(refused.value.error_dict) == ["month"]
    type(flagged.cluster).objects.filter(pk=flagged.cluster.pk).update(valid_to=D(2026, 11, 1))
    with pytest.raises(ValidationError) as refused:
        proposal_for(asked(flagged, area=flagged.cluster))
    assert list(refused.value.error_dict) == ["area"]


# --- A month becomes a plan -------------------------------------------------------------------


def test_a_month_becomes_a_draft_with_days_members_reasons_and_flags(flagged, checked):
    found = proposal_for(asked(flagged))
    plan = draft_month(
        asked=asked(flagged),
        month=NOVEMBER,
        seen=mark_of(found, NOVEMBER),
        by=flagged.province_officer,
    )
    assert (plan.state, plan.capacity, plan.based_on) == ("draft", 4, D(2026, 9, 1))
    rows = list(plan.visits.order_by("rank"))
    assert {each.commune.name: (each.planned_on, each.member.full_name) for each in rows} == visits(
        found
    )
    first = rows[0]
    assert list(first.flags.all()) == [flagged.flag_a]
    assert first.reason.splitlines() == [
        flagged.flag_a.reason,
        f"Thứ 1 trong danh sách 3 xã, {total_of(first.points)} điểm.",
        "Người đi phụ trách xã này.",
        "Theo đề xuất từ tháng 11/2026 đến tháng 01/2027.",
    ]
    (event,) = Event.objects.filter(kind="plan.drafted")
    assert event.changes["communes"][1][0] == "Xã A Một"
    # It is a plan as any other.
    change_visit(visit=first, member=first.member, planned_on=None, by=flagged.province_officer)
    redraft_month(plan=plan, capacity=2, days=8, by=flagged.province_officer)


def test_a_proposal_that_changed_meanwhile_is_not_written(flagged):
    seen = mark_of(proposal_for(asked(flagged)), NOVEMBER)
    Assignment.objects.filter(pk=flagged.assignment.pk).update(valid_from=D(2026, 11, 16))
    Member.objects.filter(pk=flagged.member.pk).update(valid_from=D(2026, 11, 16))
    with pytest.raises(ValidationError) as refused:
        draft_month(asked=asked(flagged), month=NOVEMBER, seen=seen, by=flagged.province_officer)
    assert refused.value.code == "meanwhile"
    assert not InspectionPlan.objects.exists()


def test_what_is_shown_is_more_than_days_and_members(flagged):
    """The reasons are written into the plan: it is drafted with those that were read."""
    seen = mark_of(proposal_for(asked(flagged)), NOVEMBER)
    make_flag(flagged.commune_a, "persistent", "TH")
    assert visits(proposal_for(asked(flagged))).keys() == {"A Một", "A Hai", "B Một"}
    with pytest.raises(ValidationError) as refused:
        draft_month(asked=asked(flagged), month=NOVEMBER, seen=seen, by=flagged.province_officer)
    assert refused.value.code == "meanwhile"


@pytest.mark.parametrize("first", [NOVEMBER, DECEMBER])
def test_the_other_months_stay_as_shown(flagged, checked, first):
    """Whichever month is drafted first, and once its plan is approved and the visits are made."""
    Rule.objects.filter(key="visit_plan.spacing").update(value=1)
    told = asked(flagged, visits=1, days=2)
    found = proposal_for(told)
    marks = {month: mark_of(found, month) for month in told.span}
    plan = draft_month(asked=told, month=first, seen=marks[first], by=flagged.other_officer)
    for change in (None, "approved", "done"):
        if change == "approved":
            approve_plan(plan=plan, by=flagged.province_officer)
        if change == "done":
            mark_visited(
                flag_ids=Flag.objects.filter(visits__plan=plan).values_list("pk", flat=True)
            )
        now = proposal_for(told)
        for month in set(told.span) - {first}:
            assert mark_of(now, month) == marks[month], (month, change)
    for month in set(told.span) - {first}:
        draft_month(asked=told, month=month, seen=marks[month], by=flagged.other_officer)


def test_a_month_drafted_from_a_proposal_is_chosen_anew_by_roads(flagged, checked):
    """Not from the list, which knows neither the days on the road nor communes without a flag."""
    told = asked(flagged, visits=2, days=3)
    found = proposal_for(told)
    assert set(visits(found)) == {"A Một", "A Hai"}
    plan = draft_month(asked=told, month=NOVEMBER, seen=None, by=flagged.province_officer)
    assert plan.proposed == {"first": "2026-11", "months": 3, "days": 3}
    rows = {each.pk: (each.commune.name, each.planned_on) for each in plan.visits.all()}
    redraft_month(plan=plan, capacity=2, days=3, by=flagged.province_officer)
    assert {each.pk: (each.commune.name, each.planned_on) for each in plan.visits.all()} == rows
    (kept,) = plan.visits.filter(commune=flagged.commune_a)
    change_visit(
        visit=kept, member=flagged.member, planned_on=D(2026, 11, 20), by=flagged.province_officer
    )
    redraft_month(plan=plan, capacity=3, days=5, by=flagged.province_officer)
    plan.refresh_from_db()
    assert (plan.capacity, plan.proposed["days"]) == (3, 5)
    kept.refresh_from_db()
    assert kept.planned_on == D(2026, 11, 20)
    (added,) = plan.visits.filter(commune=flagged.commune_b)
    assert (added.planned_on is not None, added.member) == (True, flagged.member)


def test_what_is_added_by_hand_stays_and_is_not_proposed_twice(flagged, checked):
    told = asked(flagged, visits=1, days=2)
    plan = draft_month(asked=told, month=NOVEMBER, seen=None, by=flagged.province_officer)
    by_hand = add_visit(
        plan=plan, commune=flagged.commune_b, reason="Theo đơn", by=flagged.province_officer
    )
    redraft_month(plan=plan, capacity=3, days=9, by=flagged.province_officer)
    assert [each.commune.name for each in plan.visits.order_by("rank")] == [
        "A Một",
        "A Hai",
        "B Một",
    ]
    by_hand.refresh_from_db()
    assert (by_hand.rank, by_hand.reason) == (3, "Theo đơn")
    # Of a commune without a flag too that was chosen: it goes when another is chosen.
    redraft_month(plan=plan, capacity=1, days=2, by=flagged.province_officer)
    assert [each.commune.name for each in plan.visits.order_by("rank")] == ["A Một", "B Một"]


def test_the_page_of_a_plan_asks_for_the_days_of_a_proposal(flagged, officer, draft):
    Rule.objects.filter(key="visit_plan.spacing").update(value=1)
    told = asked(flagged, visits=2, days=3)
    plan = draft_month(asked=told, month=NOVEMBER, seen=None, by=flagged.province_officer)
    tree = read(officer.get(reverse("inspections:plan", args=[plan.pk])))
    assert tree.select("[name=days]")[0].get("value") == "3"
    address = reverse("inspections:plan_redraft", args=[plan.pk])
    assert officer.post(address, {"capacity": "3"}).status_code == 422
    assert officer.post(address, {"capacity": "3", "days": "5"}).status_code == 302
    assert plan.visits.count() == 3
    of_list = read(officer.get(reverse("inspections:plan", args=[draft.pk])))
    assert not of_list.select("[name=days]")


def test_nothing_proposed_or_a_plan_already_is_refused(flagged):
    by = flagged.province_officer
    with pytest.raises(ValidationError) as refused:
        draft_month(asked=asked(flagged), month=Month(2027, 5), seen=None, by=by)
    assert refused.value.code == "empty"
    draft_month(asked=asked(flagged), month=NOVEMBER, seen=None, by=by)
    with pytest.raises(ValidationError) as refused:
        draft_month(asked=asked(flagged), month=NOVEMBER, seen=None, by=by)
    assert refused.value.code == "plan_exists"


@pytest.mark.parametrize("count", [1, 12])
@pytest.mark.parametrize("months", [1, 9])
def test_a_proposal_asks_as_often_whatever_its_size(
    flagged, count, months, django_assert_max_num_queries
):
    """Of communes, members, visits, plans and months."""
    for place, commune in enumerate(add_communes(flagged, count)):
        make_flag(commune)
        somebody = Member.objects.create(
            committee=flagged.committee, full_name=f"Người {place}", valid_from=flagged.since
        )
        Assignment.objects.create(
            committee=flagged.committee,
            member=somebody,
            commune=commune,
            valid_from=flagged.since,
        )
    told = asked(flagged, months=months, visits=1, days=2)
    draft_month(asked=told, month=NOVEMBER, seen=None, by=flagged.other_officer)
    with django_assert_max_num_queries(PROPOSAL_CEILING):
        found = proposal_for(told)
    assert len(found.plans) == 1
    with django_assert_max_num_queries(COMMAND_CEILING):
        command("--area=12", "--month=2026-11", "--visits=4", f"--months={months}", "--dry-run")


# --- The page -----------------------------------------------------------------------------------


@pytest.fixture
def officer(flagged, sign_in):
    return sign_in(flagged.province_officer)


PAGE = "/inspections/plans/several-months/"
GIVEN = {"first": "2026-11", "months": "3", "visits": "4", "days": "8"}


def test_the_page_shows_months_with_reasons_and_drafts_each(flagged, officer):
    given = GIVEN | {"area": flagged.province.pk}
    tree = read(officer.get(PAGE, given))
    assert tree.texts("tbody th") == ["Xã A Một", "Xã A Hai", "Xã B Một"]
    assert "Thứ 1 trong danh sách 3 xã" in tree.texts("tbody td")[2]
    form = tree.select("section.card form[method=post]")[0]
    sent = {each.get("name"): each.get("value") for each in form.select("input")}
    answer = officer.post(PAGE, sent)
    assert answer.status_code == 302, read(answer).texts(".error-summary, .field--error")
    assert answer["Location"].endswith("#month-2026-11")
    plan = InspectionPlan.objects.get()
    assert plan.drafted_by == flagged.province_officer
    # Sent again it is there once.
    officer.post(PAGE, sent)
    assert InspectionPlan.objects.count() == 1
    tree = read(officer.get(answer["Location"]))
    assert reverse("inspections:plan", args=[plan.pk]) in [
        each.get("href") for each in tree.select("section.card a")
    ]


def test_the_page_opens_with_a_proposal_and_says_what_is_wrong(flagged, officer):
    assert officer.get(PAGE).status_code == 200
    given = GIVEN | {"area": flagged.province.pk}
    wrong = read(officer.get(PAGE, given | {"visits": "0"}))
    assert wrong.select(".field--error")
    stale = given | {"month": "2026-11", "seen": "0" * 16}
    assert officer.post(PAGE, stale).status_code == 422
    assert officer.post(PAGE, stale | {"month": "x"}).status_code == 422
    assert not InspectionPlan.objects.exists()


def test_an_officer_plans_for_the_own_area_only(flagged, sign_in):
    client = sign_in(flagged.district_officer)
    given = GIVEN | {"area": flagged.province.pk}
    assert read(client.get(PAGE, given)).select(".field--error")
    answer = client.post(PAGE, given | {"month": "2026-11", "seen": "0" * 16})
    assert answer.status_code == 422
    assert sign_in(flagged.head_a).get(PAGE).status_code == 403


def test_the_service_asks_for_the_right_whoever_calls_it(flagged):
    """For the area of the own office alone, as the page offers it; nobody without the right."""
    own = asked(flagged, area=flagged.cluster)
    for area, who in (
        (flagged.province, flagged.district_officer),
        (flagged.cluster, flagged.province_officer),
        (flagged.province, flagged.head_a),
        (flagged.province, flagged.nobody),
    ):
        with pytest.raises(PermissionDenied):
            draft_month(asked=asked(flagged, area=area), month=NOVEMBER, seen=None, by=who)
        with pytest.raises(PermissionDenied):
            draft_plan(area=area, month=NOVEMBER, capacity=1, by=who)
    assert not InspectionPlan.objects.exists()
    draft_month(asked=own, month=NOVEMBER, seen=None, by=flagged.district_officer)


# --- The command --------------------------------------------------------------------------------


def command(*args, **options):
    out = StringIO()
    call_command("propose_plan", *args, stdout=out, **options)
    return out.getvalue()


def test_the_command_shows_and_writes_nothing_when_dry(flagged):
    said = command(
        "--area", "12", "--month", "2026-11", "--visits", "4", "--months", "2", "--dry-run"
    )
    assert "Tháng 11/2026" in said
    assert "Xã A Một" in said
    assert "Thứ 1 trong danh sách 3 xã" in said


def test_the_command_writes_nothing_at_all_when_dry(flagged):
    """With a person too, and in no table: each write would show among its statements."""
    args = ["--area", "12", "--month", "2026-11", "--visits", "4", "--months", "3", "--dry-run"]
    with CaptureQueriesContext(connection) as asked_for:
        command(*args)
        said = command(*args, "--by", "province")
    assert said.endswith("Chạy thử: chưa ghi gì.\n")
    written = [
        each["sql"]
        for each in asked_for
        if not each["sql"].lstrip("(").startswith(("SELECT", "SAVEPOINT", "RELEASE"))
    ]
    assert written == []
    assert not InspectionPlan.objects.exists()
    assert not Event.objects.filter(kind="plan.drafted").exists()


def test_the_command_drafts_every_month_as_it_showed_them(flagged):
    args = ["--area", "12", "--month", "2026-11", "--visits", "1", "--days", "2", "--months", "3"]
    shown = command(*args, "--dry-run").removesuffix("Chạy thử: chưa ghi gì.\n")
    assert command(*args, "--by", "province").startswith(shown)
    plans = InspectionPlan.objects.order_by("month")
    rows = [
        f"{visit.commune.title}, {date_format(visit.planned_on, 'l d/m/Y')}, {visit.member}"
        for plan in plans
        for visit in plan.visits.select_related("commune", "member")
    ]
    assert rows == [line.strip() for line in shown.splitlines() if line.startswith("  Xã")]
    assert len(rows) == 3


def test_the_command_drafts_all_months_or_none(flagged, monkeypatch):
    """A fault in the second month takes the first one back."""
    made = []

    def once(**more):
        if made:
            raise ValidationError("Hỏng")
        made.append(draft_month(**more))

    monkeypatch.setattr(propose_plan, "draft_month", once)
    with pytest.raises(CommandError):
        command(
            *("--area", "12", "--month", "2026-11", "--visits", "1", "--months", "3"),
            *("--by", "province"),
        )
    assert made
    assert not InspectionPlan.objects.exists()


def test_the_command_drafts_for_a_person(flagged):
    said = command("--area", "12", "--month", "2026-11", "--visits", "4", "--by", "province")
    assert "dự thảo kế hoạch tháng 11/2026" in said
    assert InspectionPlan.objects.get().drafted_by == flagged.province_officer


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"area": "99"}, "Không có đơn vị"),
        ({"month": "11/2026"}, "2026-10"),
        ({"month": "2026-09"}, "đã qua"),
        ({"visits": "0"}, "1"),
        ({"months": "13"}, "12"),
        ({"by": ""}, "--by"),
        ({"by": "nobody"}, "nobody"),
        ({"by": "head_a"}, "head_a"),
        ({"by": "cluster_a"}, "cluster_a"),
        # Of the province, whose officer drafts no plan of a cluster on the page either.
        ({"area": "C1"}, "province"),
    ],
)
def test_the_command_refuses_clearly(flagged, more, said):
    given = {
        "area": "12",
        "month": "2026-11",
        "visits": "4",
        "months": "1",
        "by": "province",
    } | more
    with pytest.raises(CommandError) as refused:
        command(*(part for name, each in given.items() if each for part in (f"--{name}", each)))
    assert said in str(refused.value)
    assert not InspectionPlan.objects.exists()


def test_the_command_refuses_a_month_that_has_a_plan(flagged):
    args = ["--area", "12", "--month", "2026-11", "--visits", "4", "--by", "province"]
    command(*args)
    with pytest.raises(CommandError) as refused:
        command(*args)
    assert "đã có kế hoạch tháng 11/2026" in str(refused.value)
